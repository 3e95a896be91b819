// Removing pairs and replacing in values. spec: rules 3.5, steps 7 to 12.

import Bytes
import Patterns
import Records

extension RuleEvaluator {
    /// Applies remove and replace rules, pair by pair.
    ///
    /// Removing goes by a pair's own key and original value, so that the order of remove verbs
    /// makes no difference; replacing goes in textual order.
    mutating func changePairs(_ list: inout PairList) {
        var kept = 0
        for index in list.pairs.indices {
            var pair = list.pairs[index]
            switch fate(of: index, &pair, &list) {
            case .asItWas:
                effects.changed.append(false)
            case .replaced:
                counters.pairsReplaced &+= 1
                effects.note(pair.key, in: list)
                // An empty value is removed by the next step.
                if pair.value.count > 0 { effects.changed.append(true) }
            case .removed:
                effects.note(pair.key, in: list)
                continue
            }
            if pair.value.count == 0 {
                if effects.changed.count > kept { effects.changed.removeLast() }
                continue
            }
            list.pairs[kept] = pair
            kept += 1
        }
        list.pairs.removeLast(list.pairs.count - kept)
    }

    /// What becomes of a pair.
    private enum Fate { case asItWas, replaced, removed }

    private mutating func fate(of index: Int, _ pair: inout Pair, _ list: inout PairList) -> Fate {
        if hasUndecided, undecided[index] {
            counters.pairsLimited &+= 1
            return .removed
        }
        guard nextRule(index, scoped.anyChange, from: 0) != nil else { return .asItWas }
        var start = 0
        while let number = nextRule(index, scoped.anyRemove, from: start) {
            switch removes(scoped.rules[number], list.span(pair.value)) {
            case .matched:
                counters.pairsRemoved &+= 1
                return .removed
            case .limited:
                counters.pairsLimited &+= 1
                return .removed
            case .notMatched: start = number + 1
            }
        }
        guard nextRule(index, scoped.replace, from: 0) != nil else { return .asItWas }
        return replaceAll(index, &pair, &list)
    }

    /// Whether a remove rule about a pair's key removes it for its value.
    mutating func removes(_ rule: Rule, _ value: Span<UInt8>) -> MatchResult {
        switch rule.verb {
        case .remove: return .matched
        case .removeIf, .removeIfFound: return test(rule, value)
        case .removeUnless, .removeUnlessFound:
            switch test(rule, value) {
            case .matched: return .notMatched
            case .notMatched: return .matched
            case .limited: return .limited
            }
        case .allowHTTPURL, .copySessionField, .replace, .sample, .skipCompression,
            .skipSubmission, .stop, .stopIf, .stopIfFound, .stopUnless, .stopUnlessFound:
            return .notMatched
        }
    }

    /// Runs the replace rules about a pair, each on the result of the one before.
    private mutating func replaceAll(
        _ index: Int, _ pair: inout Pair, _ list: inout PairList
    ) -> Fate {
        var isChanged = false
        var start = 0
        while let number = nextRule(index, scoped.replace, from: start) {
            start = number + 1
            let rule = scoped.rules[number]
            guard let pattern = rule.value, let replacement = rule.replacement else { continue }
            next.removeAll()
            let result: ReplaceResult
            if isChanged {
                result = matcher.replaceAll(pattern, in: current, with: replacement, into: &next)
            } else {
                let value = list.span(pair.value)
                result = matcher.replaceAll(pattern, in: value, with: replacement, into: &next)
            }
            switch result {
            case .unchanged: continue
            case .replaced:
                isChanged = true
                swap(&current, &next)
            case .limited:
                counters.pairsLimited &+= 1
                return .removed
            case .failed:
                counters.pairsFailed &+= 1
                if replacementFailure == nil { replacementFailure = replacement.failure }
                return .removed
            }
        }
        guard isChanged else { return .asItWas }
        pair.value = list.keep(current.span)
        return .replaced
    }
}

extension PatternMatcher {
    /// `replaceAll` over a whole buffer.
    fileprivate mutating func replaceAll(
        _ pattern: Pattern, in subject: borrowing ByteBuffer, with replacement: Replacement,
        into target: inout ByteBuffer
    ) -> ReplaceResult {
        replaceAll(pattern, in: subject.span, with: replacement, into: &target)
    }
}
