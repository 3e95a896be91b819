// Backpressure from the sinks: while the call segments are over their budget, packets stay packets.

import Logging
import Platform
import Service
import Spool
import Telemetry

/// Pauses the lanes while the call segments hold too much.
struct WatchedBudget: Sendable {
    private let limit: UInt64
    private var nextLook: Int64 = .min

    /// The time between two looks, at least.
    static let everyNanoseconds: Int64 = 1_000_000_000
    /// Looking takes no more than one part in so many of the time.
    static let share: Int64 = 50

    init(limit: UInt64) { self.limit = limit }

    /// Looks at the call segments, if it is time, and at the backlog.
    mutating func look(_ assembler: Assembler) {
        let time = assembler.spool.time
        let start = time.monotonicNanoseconds()
        guard start >= nextLook else { return }
        do throws(IOError) {
            let bytes = try StageUsage.bytes(of: .calls, in: assembler.spool)
            assembler.gauges.callsStored.set(Double(bytes))
            set(isPaused: bytes > limit, bytes, assembler)
            try assembler.lookAtBacklog()
        } catch {
            assembler.service.log.throttled(
                assembler.service.throttle, "budget", level: .warning, "budget_unknown",
                metadata: ["error": "\(error)"])
        }
        let end = time.monotonicNanoseconds()
        nextLook = end + max(WatchedBudget.everyNanoseconds, (end - start) * WatchedBudget.share)
    }

    private func set(isPaused: Bool, _ bytes: UInt64, _ assembler: Assembler) {
        guard isPaused != assembler.gate.isPaused else { return }
        assembler.gate.isPaused = isPaused
        assembler.gauges.paused.set(isPaused ? 1 : 0)
        if isPaused {
            assembler.gauges.pauses.add()
            assembler.service.health.set(
                "calls-budget", because: "call segments hold \(bytes) bytes, over \(limit)")
            assembler.service.log.warning(
                "paused", metadata: ["calls_bytes": "\(bytes)", "budget": "\(limit)"])
        } else {
            assembler.service.health.clear("calls-budget")
            assembler.service.log.info("resumed", metadata: ["calls_bytes": "\(bytes)"])
        }
    }
}
