// The numbers of the process that no lane owns.

import Synchronization
import Telemetry

/// Metrics of the watch.
final class AssemblerGauges: Sendable {
    let rulesReloads: Counter
    let rulesRefusals: Counter
    let pauses: Counter
    let paused: Gauge
    let callsStored: Gauge
    private let backlog = Mutex<[UInt32: StageUsage]>([:])

    init(_ metrics: MetricsRegistry) {
        rulesReloads = metrics.counter(
            "earshot_assemble_rules_reloads_total", help: "Rules put in force while running.")
        rulesRefusals = metrics.counter(
            "earshot_assemble_rules_refusals_total", help: "Rules that were bad and not used.")
        pauses = metrics.counter(
            "earshot_assemble_pauses_total",
            help: "Times assembling paused because call segments were over their budget.")
        paused = metrics.gauge(
            "earshot_assemble_paused", help: "1 while call segments are over their budget.")
        callsStored = metrics.gauge(
            "earshot_assemble_calls_stored_bytes", help: "Bytes of call segments not removed yet.")
    }

    /// Packet segments not assembled yet, per lane.
    func setBacklog(_ usage: StageUsage, of lane: UInt32) {
        backlog.withLock { $0[lane] = usage }
    }

    /// Packet segments of a lane not assembled yet.
    func backlog(of lane: UInt32) -> StageUsage { backlog.withLock { $0[lane] ?? StageUsage() } }
}
