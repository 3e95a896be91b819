// Which rules are about which pair, and the stop rules. spec: rules 3.5, steps 1 to 5.

import Bytes
import Patterns
import Records

extension RuleEvaluator {
    /// Fills `hits` with a row of bits per pair.
    mutating func judgeKeys(_ list: borrowing PairList) {
        hits.removeAll(keepingCapacity: true)
        for pair in list.pairs {
            loadRow(list.span(pair.key))
            hits.append(contentsOf: row)
        }
    }

    /// Fills `row` with the rules whose scope the key matches and, behind, those undecided.
    mutating func loadRow(_ key: Span<UInt8>) {
        let hash = KeyCache.hash(key)
        if let start = cache.row(of: key, hash: hash) {
            for word in row.indices { row[word] = cache.rows[start + word] }
            return
        }
        counters.keysJudged &+= 1
        for word in row.indices { row[word] = 0 }
        for index in scoped.rules.indices {
            guard let scope = scoped.rules[index].scope else { continue }
            let bit: UInt64 = 1 << UInt64(index % 64)
            switch matcher.matches(scope, key) {
            case .matched: row[index / 64] |= bit
            case .notMatched: continue
            case .limited: row[scoped.words + index / 64] |= bit
            }
        }
        // What was undecided for want of steps may be decided next time: not kept.
        if row[scoped.words...].contains(where: { $0 != 0 }) { return }
        guard let start = cache.add(key, hash: hash) else { return }
        for word in row.indices { cache.setWord(start + word, row[word]) }
    }

    /// Whether the key in `row` is in a rule's scope.
    func isHit(_ index: Int) -> Bool { row[index / 64] >> UInt64(index % 64) & 1 != 0 }

    /// Whether a limit kept that from being known.
    func isUndecided(_ index: Int) -> Bool {
        row[scoped.words + index / 64] >> UInt64(index % 64) & 1 != 0
    }

    /// The first rule from `start` on that is in `mask` and about a pair; nil when there is none.
    func nextRule(_ pair: Int, _ mask: [UInt64], from start: Int) -> Int? {
        var word = start / 64
        guard word < scoped.words else { return nil }
        let base = pair * row.count
        var bits = hits[base + word] & mask[word] & (~0 << UInt64(start % 64))
        while bits == 0 {
            word += 1
            guard word < scoped.words else { return nil }
            bits = hits[base + word] & mask[word]
        }
        return word * 64 + bits.trailingZeroBitCount
    }

    /// Whether any rule of `mask` may be about a pair, but a limit kept that from being known.
    func isUndecided(_ pair: Int, _ mask: [UInt64]) -> Bool {
        let base = pair * row.count + scoped.words
        for word in 0..<scoped.words where hits[base + word] & mask[word] != 0 { return true }
        return false
    }

    /// Why a stop rule drops the call; nil when none does.
    mutating func stopReason(_ list: borrowing PairList) -> DropReason? {
        for pair in list.pairs.indices {
            if isUndecided(pair, scoped.anyStop) { return .limited }
            if nextRule(pair, scoped.stop, from: 0) != nil { return .stopped }
        }
        for mask in [scoped.stopIfFound, scoped.stopIf] {
            guard let count = countHits(list, mask, limit: 1) else { return .limited }
            if count > 0 { return .stopped }
        }
        let conditions = [
            (scoped.stopUnlessFound, scoped.stopUnlessFoundCount),
            (scoped.stopUnless, scoped.stopUnlessCount),
        ]
        for (mask, wanted) in conditions where wanted > 0 {
            guard let count = countHits(list, mask, limit: .max) else { return .limited }
            // Pairs times rules, as Java counts: a repeated header counts twice.
            if count != wanted { return .stopped }
        }
        return nil
    }

    /// How many pairs match how many rules of `mask`; nil when a match reached a limit.
    private mutating func countHits(
        _ list: borrowing PairList, _ mask: [UInt64], limit: Int
    ) -> Int? {
        guard mask.contains(where: { $0 != 0 }) else { return 0 }
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
