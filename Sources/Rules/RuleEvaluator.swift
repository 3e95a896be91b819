// Applies rules to calls, one lane's worth. spec: rules 3.5. What cannot be decided within the
// limits is decided against the data: a pair goes, and for stop rules the call.

import Bytes
import Patterns
public import Records

/// Applies a rule set to one call after the other; a lane has its own.
public struct RuleEvaluator: ~Copyable {
    /// The rules.
    public let rules: RuleSet
    /// What happened so far.
    public internal(set) var counters = RulesCounters()
    /// What the last `apply` did.
    public internal(set) var effects = RuleEffects()
    /// The fault of a replacement text that the last `apply` met, in Java's words.
    public internal(set) var replacementFailure: String?

    let scoped: ScopedRules
    /// What `copy_session_field` rules ask for.
    let sessionPatterns: [Pattern]
    /// Whether this call's steps are counted from the session fields on.
    var hasBudget = false
    var matcher = PatternMatcher()
    var cache: KeyCache
    /// For each pair a row of bits: the rules whose scope its key matches.
    var hits: [UInt64] = []
    /// All rows joined.
    var allHits: [UInt64]
    /// For each pair whether a limit kept a row from being known.
    var undecided: [Bool] = []
    var hasUndecided = false
    /// The row of the key looked at last.
    var row: [UInt64]
    var current = ByteBuffer()
    var next = ByteBuffer()

    /// Prepares the rules.
    public init(_ rules: RuleSet) {
        self.rules = rules
        scoped = ScopedRules(rules)
        sessionPatterns = rules.rules(.copySessionField).compactMap(\.value)
        cache = KeyCache(width: scoped.words)
        row = Array(repeating: 0, count: scoped.words)
        allHits = row
    }

    /// Applies the rules to the pairs of a call: all that are written before `host`.
    ///
    /// - Parameters:
    ///   - list: The pairs; changed in place.
    ///   - callKey: A number of the call that is the same on every replay; decides on sampling.
    /// - Returns: Whether the call is kept; when it is dropped the list is of no use.
    public mutating func apply(to list: inout PairList, callKey: UInt64) -> Verdict {
        counters.calls &+= 1
        effects.removeAll()
        replacementFailure = nil
        defer { hasBudget = false }
        if !rules.isPassThrough {
            if !hasBudget { matcher.resetBudget() }
            judgeKeys(list)
            if scoped.hasStopRules, let reason = stopReason(list) { return drop(reason) }
            if !isSampled(callKey) { return drop(.sampledOut) }
            if hasUndecided || allHits.meets(scoped.anyChange) { changePairs(&list) }
        }
        removeEmptyPairs(&list)
        return list.pairs.isEmpty ? drop(.nothingLeft) : .keep
    }

    private mutating func drop(_ reason: DropReason) -> Verdict {
        switch reason {
        case .stopped: counters.callsStopped &+= 1
        case .sampledOut: counters.callsSampledOut &+= 1
        case .nothingLeft: counters.callsEmptied &+= 1
        case .limited: counters.callsLimited &+= 1
        }
        return .drop(reason)
    }

    /// Whether the rules would leave a pair as it is.
    ///
    /// For what is written beside the pairs and carries the same content: a trailer is asked for as
    /// the header of its name.
    public mutating func leavesUntouched(key: Span<UInt8>, value: Span<UInt8>) -> Bool {
        if rules.isPassThrough { return true }
        guard loadRow(key) else { return false }
        for index in scoped.rules.indices where row[index / 64] >> UInt64(index % 64) & 1 != 0 {
            let rule = scoped.rules[index]
            switch rule.verb {
            case .remove: return false
            case .removeIf, .removeIfFound, .removeUnless, .removeUnlessFound:
                if removes(rule, value) != .notMatched { return false }
            case .replace:
                if let pattern = rule.value, matcher.find(pattern, in: value) != .notMatched {
                    return false
                }
            case .allowHTTPURL, .copySessionField, .sample, .skipCompression, .skipSubmission,
                .stop, .stopIf, .stopIfFound, .stopUnless, .stopUnlessFound:
                continue
            }
        }
        return true
    }

    /// Whether the call is among those kept: its draw from 0 to 99 is below the percentage.
    func isSampled(_ callKey: UInt64) -> Bool {
        guard let percent = rules.samplePercent else { return true }
        var hash = FoldHash(seed: 0x5A4D_504C)
        hash.combine(callKey)
        let draw = hash.value.multipliedFullWidth(by: 100).high
        return draw < UInt64(percent)
    }

    private func removeEmptyPairs(_ list: inout PairList) {
        // Only search here: most calls have none, and then nothing moves.
        if !list.pairs.contains(where: { $0.value.count == 0 }) { return }
        list.pairs.removeAll { $0.value.count == 0 }
    }
}

extension [UInt64] {
    /// Whether two rows have a bit in common.
    func meets(_ other: [UInt64]) -> Bool {
        for index in indices where self[index] & other[index] != 0 { return true }
        return false
    }
}
