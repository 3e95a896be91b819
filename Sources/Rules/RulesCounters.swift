// What rules did, counted.

/// Counters of a rule evaluator.
public struct RulesCounters: Sendable, BitwiseCopyable {
    /// Calls the rules were applied to.
    public var calls: UInt64 = 0
    /// Calls dropped by a stop rule.
    public var callsStopped: UInt64 = 0
    /// Calls dropped by the sample rule.
    public var callsSampledOut: UInt64 = 0
    /// Calls dropped because no pair was left.
    public var callsEmptied: UInt64 = 0
    /// Calls dropped because a stop rule's match reached a limit.
    public var callsLimited: UInt64 = 0
    /// Pairs removed by remove rules.
    public var pairsRemoved: UInt64 = 0
    /// Pairs whose value a replace rule changed.
    public var pairsReplaced: UInt64 = 0
    /// Pairs removed because a match reached a limit.
    public var pairsLimited: UInt64 = 0
    /// Pairs removed because a replacement text refers to no group.
    public var pairsFailed: UInt64 = 0
    /// Keys that had to be judged by the rules' patterns.
    public var keysJudged: UInt64 = 0

    /// Creates counters at zero.
    public init() {}

    /// Names every counter.
    public func forEach(_ body: (_ name: StaticString, _ value: UInt64) -> Void) {
        body("calls", calls)
        body("calls_stopped", callsStopped)
        body("calls_sampled_out", callsSampledOut)
        body("calls_emptied", callsEmptied)
        body("calls_limited", callsLimited)
        body("pairs_removed", pairsRemoved)
        body("pairs_replaced", pairsReplaced)
        body("pairs_limited", pairsLimited)
        body("pairs_failed", pairsFailed)
        body("keys_judged", keysJudged)
    }

    /// Adds another evaluator's counters.
    public mutating func add(_ other: RulesCounters) {
        calls &+= other.calls
        callsStopped &+= other.callsStopped
        callsSampledOut &+= other.callsSampledOut
        callsEmptied &+= other.callsEmptied
        callsLimited &+= other.callsLimited
        pairsRemoved &+= other.pairsRemoved
        pairsReplaced &+= other.pairsReplaced
        pairsLimited &+= other.pairsLimited
        pairsFailed &+= other.pairsFailed
        keysJudged &+= other.keysJudged
    }
}
