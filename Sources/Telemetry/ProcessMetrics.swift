// What every process tells of itself: build, start, processor time, memory.

import Platform

/// The metrics every process has.
public enum ProcessMetrics {
    /// Registers the collectors.
    ///
    /// - Parameters:
    ///   - metrics: The process's registry.
    ///   - process: `earshot-ship`.
    ///   - version: Earshot's version.
    public static func register(
        in metrics: MetricsRegistry, process: String, version: String
    ) {
        let started = Double(SystemTime().wallNanoseconds() / 1_000_000) / 1000
        metrics.collect { snapshot in
            snapshot.gauge(
                "earshot_build_info", 1, help: "Which Earshot this is; the value is always 1.",
                labels: ["process": process, "version": version])
            snapshot.gauge(
                "process_start_time_seconds", started,
                help: "Start of the process in seconds since the epoch.")
            let now = ProcessStatistics.current()
            let seconds = Double(now.userNanoseconds &+ now.systemNanoseconds) * 1e-9
            snapshot.counter(
                "process_cpu_seconds_total", fraction: seconds,
                help: "Processor time used, user and system.")
            // 0 means that /proc could not be read: not available is not zero.
            if now.residentBytes > 0 {
                snapshot.gauge(
                    "process_resident_memory_bytes", Double(now.residentBytes),
                    help: "Resident memory.")
            }
        }
    }
}
