// The thread that talks to the service manager while the process works.

import Platform
import Telemetry

/// Reports to the service manager from its creation until `finish()`.
final class ServiceReporter: Sendable {
    private let manager: ServiceManager
    private let isFinished: StopFlag
    private let thread: WorkerThread

    /// Starts to report; nil when no service manager asked for it.
    init?(
        environment: [String: String], health: HealthState, signals: SignalTrap
    ) throws(IOError) {
        guard
            let manager = ServiceManager(environment, processID: Privileges.processID)
        else { return nil }
        let isFinished = StopFlag()
        self.manager = manager
        self.isFinished = isFinished
        thread = try WorkerThread(name: "service-manager", stackBytes: 256 << 10) {
            ServiceReporter.run(manager, health, signals, isFinished)
        }
    }

    /// Says that the process stops, and waits for the thread. Until the work has ended the signs
    /// of life went on.
    func finish() {
        _ = isFinished.set()
        thread.join()
        manager.tell(["STOPPING=1", "STATUS=stopped"])
    }

    private static func run(
        _ manager: ServiceManager, _ health: HealthState, _ signals: SignalTrap,
        _ isFinished: StopFlag
    ) {
        let time = SystemTime()
        var report = ServiceReport(watchdogNanoseconds: manager.watchdogNanoseconds)
        var isStopping = false
        while !isFinished.isSet {
            if signals.isStopRequested, !isStopping {
                isStopping = true
                manager.tell(["STOPPING=1"])
            }
            let lines = report.lines(
                health: health.health(), readiness: health.readiness(),
                isStarting: health.isStarting, at: time.monotonicNanoseconds())
            if !lines.isEmpty { manager.tell(lines) }
            time.sleep(nanoseconds: tick)
        }
    }

    /// How soon a change is told.
    private static let tick: Int64 = 100_000_000
}
