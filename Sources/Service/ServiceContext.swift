// What a running process is handed: its log, its metrics, its health, and the wish to stop.

public import Logging
public import Platform
public import Telemetry

/// The surroundings of a process's work.
public struct ServiceContext: Sendable {
    /// `earshot-ship`.
    public let name: String
    /// The process's log.
    public let log: Logger
    /// Keeps repeated log lines down: `context.log.throttled(context.throttle, key, …)`.
    public let throttle: LogThrottle
    /// The process's metrics, served at `/metrics`.
    public let metrics: MetricsRegistry
    /// The process's health; call `health.clear("starting")` when the work has begun.
    public let health: HealthState
    /// SIGTERM and SIGINT: `signals.isStopRequested`, `signals.wait(nanoseconds:)`.
    public let signals: SignalTrap
    /// What the layers below the flags had to say.
    public let warnings: [String]
    /// How the process was started, for `ConfigurationWatch`.
    let launch: Launch
}
