// Which lines the service manager gets at a moment. Pure: health and time in, lines out.

import Telemetry

/// What was told so far, and what is to be told next.
struct ServiceReport {
    private let watchdogNanoseconds: Int64?
    private var isReady = false
    private var status = ""
    private var nextSign: Int64 = 0
    private var nextExtension: Int64 = 0

    init(watchdogNanoseconds: Int64?) { self.watchdogNanoseconds = watchdogNanoseconds }

    /// The lines for this moment, none when there is nothing new.
    ///
    /// A sign of life is only given while every loop turns, so that a process whose one loop hangs
    /// is restarted although its other threads run.
    mutating func lines(
        health: HealthState.Answer, readiness: HealthState.Answer, isStarting: Bool, at now: Int64
    ) -> [String] {
        var lines: [String] = []
        if !isReady, !isStarting {
            isReady = true
            lines.append("READY=1")
        } else if isStarting, health.isGood, now >= nextExtension {
            // Looking over a large spool takes its time; silence would be taken for a hang.
            nextExtension = now + ServiceReport.extensionEvery
            lines.append("EXTEND_TIMEOUT_USEC=\(ServiceReport.extensionMicroseconds)")
        }
        if let watchdogNanoseconds, health.isGood, now >= nextSign {
            nextSign = now + watchdogNanoseconds
            lines.append("WATCHDOG=1")
        }
        let newStatus = readiness.isGood ? "ready" : readiness.lines.joined(separator: "; ")
        if newStatus != status {
            status = newStatus
            lines.append("STATUS=\(newStatus)")
        }
        return lines
    }

    private static let extensionEvery: Int64 = 5_000_000_000
    private static let extensionMicroseconds = 30_000_000
}
