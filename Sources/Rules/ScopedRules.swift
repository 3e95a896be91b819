// The rules that are about keys, numbered, with a set of bits per verb.

import Patterns

/// The rules with a scope, in textual order.
struct ScopedRules: Sendable {
    let rules: [Rule]
    /// Words of 64 bits for a bit per rule.
    let words: Int
    let stop: [UInt64]
    let stopIfFound: [UInt64]
    let stopIf: [UInt64]
    let stopUnlessFound: [UInt64]
    let stopUnless: [UInt64]
    let anyRemove: [UInt64]
    let replace: [UInt64]
    /// Remove and replace rules.
    let anyChange: [UInt64]
    /// Whether there are rules that may drop a call for its pairs.
    let hasStopRules: Bool
    let stopUnlessFoundCount: Int
    let stopUnlessCount: Int

    init(_ set: RuleSet) {
        let scoped = set.rules.filter { $0.scope != nil }
        let words = max((scoped.count + 63) / 64, 1)
        func mask(_ verbs: Set<RuleVerb>) -> [UInt64] {
            var mask = [UInt64](repeating: 0, count: words)
            for (index, rule) in scoped.enumerated() where verbs.contains(rule.verb) {
                mask[index / 64] |= 1 << UInt64(index % 64)
            }
            return mask
        }
        rules = scoped
        self.words = words
        stop = mask([.stop])
        stopIfFound = mask([.stopIfFound])
        stopIf = mask([.stopIf])
        stopUnlessFound = mask([.stopUnlessFound])
        stopUnless = mask([.stopUnless])
        let stops: Set<RuleVerb> = [.stop, .stopIf, .stopIfFound, .stopUnless, .stopUnlessFound]
        hasStopRules = scoped.contains { stops.contains($0.verb) }
        let removes: Set<RuleVerb> = [
            .remove, .removeIf, .removeIfFound, .removeUnless, .removeUnlessFound,
        ]
        anyRemove = mask(removes)
        replace = mask([.replace])
        anyChange = mask(removes.union([.replace]))
        stopUnlessFoundCount = scoped.count { $0.verb == .stopUnlessFound }
        stopUnlessCount = scoped.count { $0.verb == .stopUnless }
    }
}
