// Which rules are about which pair, and the stop rules. spec: rules 3.5, steps 1 to 5.

import Bytes
import Patterns
import Records

extension RuleEvaluator {
    /// Fills `hits` with a row of bits per pair.
    mutating func judgeKeys(_ list: borrowing PairList) {
        let width = scoped.words
        hits.removeAll(keepingCapacity: true)
        undecided.removeAll(keepingCapacity: true)
        hasUndecided = false
        for word in 0..<width { allHits[word] = 0 }
        for pair in list.pairs {
            if !loadRow(list.span(pair.key)) {
                hasUndecided = true
                while undecided.count < list.pairs.count { undecided.append(false) }
                undecided[hits.count / width] = true
            }
            for word in 0..<width {
                hits.append(row[word])
                allHits[word] |= row[word]
            }
        }
    }

    /// Fills `row` with the rules whose scope the key matches.
    ///
    /// - Returns: False when a limit kept that from being known for some rule.
    mutating func loadRow(_ key: Span<UInt8>) -> Bool {
        let hash = KeyCache.hash(key)
        if let start = cache.row(of: key, hash: hash) {
            for word in 0..<scoped.words { row[word] = cache.rows[start + word] }
            return true
        }
        counters.keysJudged &+= 1
        for word in row.indices { row[word] = 0 }
        for index in scoped.rules.indices {
            guard let scope = scoped.rules[index].scope else { continue }
            switch matcher.matches(scope, key) {
            case .matched: row[index / 64] |= 1 << UInt64(index % 64)
            case .notMatched: continue
            // What was undecided for want of steps may be decided next time: not kept.
            case .limited: return false
            }
        }
        guard let start = cache.add(key, hash: hash) else { return true }
        for word in row.indices { cache.setWord(start + word, row[word]) }
        return true
    }

    /// The first rule from `start` on that is in `mask` and about a pair; nil when there is none.
    func nextRule(_ pair: Int, _ mask: [UInt64], from start: Int) -> Int? {
        var word = start / 64
        guard word < scoped.words else { return nil }
        let base = pair * scoped.words
        var bits = hits[base + word] & mask[word] & (~0 << UInt64(start % 64))
        while bits == 0 {
            word += 1
            guard word < scoped.words else { return nil }
            bits = hits[base + word] & mask[word]
        }
        return word * 64 + bits.trailingZeroBitCount
    }

    /// Why a stop rule drops the call; nil when none does.
    mutating func stopReason(_ list: borrowing PairList) -> DropReason? {
        if hasUndecided { return .limited }
        if allHits.meets(scoped.stop) { return .stopped }
        guard let found = countHits(list, scoped.stopIfFound, limit: 1) else { return .limited }
        if found > 0 { return .stopped }
        guard let matched = countHits(list, scoped.stopIf, limit: 1) else { return .limited }
        if matched > 0 { return .stopped }
        if scoped.stopUnlessFoundCount > 0 {
            // Pairs times rules, as Java counts: a repeated header counts twice.
            guard let count = countHits(list, scoped.stopUnlessFound, limit: .max) else {
                return .limited
            }
            if count != scoped.stopUnlessFoundCount { return .stopped }
        }
        if scoped.stopUnlessCount > 0 {
            guard let count = countHits(list, scoped.stopUnless, limit: .max) else {
                return .limited
            }
            if count != scoped.stopUnlessCount { return .stopped }
        }
        return nil
    }

    /// How many pairs match how many rules of `mask`; nil when a match reached a limit.
    private mutating func countHits(
        _ list: borrowing PairList, _ mask: [UInt64], limit: Int
    ) -> Int? {
        guard allHits.meets(mask) else { return 0 }
        var count = 0
        for pair in list.pairs.indices {
            var start = 0
            while let index = nextRule(pair, mask, from: start) {
                switch test(scoped.rules[index], list.span(list.pairs[pair].value)) {
                case .matched: count += 1
                case .notMatched: break
                case .limited: return nil
                }
                if count >= limit { return count }
                start = index + 1
            }
        }
        return count
    }

    /// Whether a value is what the rule asks for.
    mutating func test(_ rule: Rule, _ value: Span<UInt8>) -> MatchResult {
        guard let pattern = rule.value else { return .matched }
        return pattern.purpose == .fullMatch
            ? matcher.matches(pattern, value) : matcher.find(pattern, in: value)
    }
}
