// What a pattern may cost. Only what is proved to stay proportional to the text's length runs
// uncounted; every doubt means counting.

/// An upper bound on an attempt's work.
struct MatchCost {
    /// Steps, all ways tried.
    var steps: Int
    /// In how many ways it may succeed.
    var ways: Int

    private static let most = 1 << 20

    private init(_ steps: Int, _ ways: Int) {
        self.steps = min(steps, MatchCost.most)
        self.ways = min(ways, MatchCost.most)
    }

    /// The bound of a node; nil when its work depends on the text's length.
    init?(_ node: RegexNode) {
        switch node {
        case .empty, .never, .literal, .oneOf: self.init(1, 1)
        case .assertion(.wordBoundary): self.init(12, 1)
        case .assertion: self.init(3, 1)
        case .lineBreak: self.init(3, 2)
        case .sequence(let items): self.init(sequence: items)
        case .alternation(let branches):
            var total = MatchCost(0, 0)
            for branch in branches {
                guard let cost = MatchCost(branch) else { return nil }
                total = MatchCost(total.steps + cost.steps, total.ways + cost.ways)
            }
            self = total
        case .group(let inner, _): self.init(inner)
        case .atomic(let inner), .look(_, let inner):
            guard let cost = MatchCost(inner) else { return nil }
            self.init(cost.steps + 1, 1)
        case .repeated(let inner, let minimum, let maximum?, let kind):
            guard maximum <= 256, let cost = MatchCost(inner) else { return nil }
            var total = MatchCost(1, 0)
            var ways = 1
            for turn in 0...maximum {
                if turn >= minimum { total = MatchCost(total.steps, total.ways + ways) }
                total = MatchCost(total.steps + ways * cost.steps, total.ways)
                ways = min(ways * cost.ways, MatchCost.most)
            }
            self.init(total.steps, kind == .possessive ? 1 : total.ways)
        case .grapheme, .backreference, .repeated: return nil
        }
    }

    private init?(sequence items: [RegexNode]) {
        var total = MatchCost(0, 1)
        for item in items {
            guard let cost = MatchCost(item) else { return nil }
            total = MatchCost(total.steps + total.ways * cost.steps, total.ways * cost.ways)
        }
        self = total
    }

    /// Whether a search costs a bounded number of steps at each place, or succeeds where it scans
    /// on.
    static func isCheapSearch(_ node: RegexNode) -> Bool {
        guard case .alternation(let branches) = node else {
            return searchSteps(node.flattened(openingCaptures: true)) <= MatchPlan.cheapSteps
        }
        let total = branches.reduce(0) { sum, branch in
            min(sum + searchSteps(branch.flattened(openingCaptures: true)), most)
        }
        return total <= MatchPlan.cheapSteps
    }

    private static func searchSteps(_ items: [RegexNode]) -> Int {
        var total = MatchCost(0, 1)
        for (index, item) in items.enumerated() {
            if let cost = MatchCost(item) {
                total = MatchCost(total.steps + total.ways * cost.steps, total.ways * cost.ways)
                continue
            }
            // The first endless repetition: once reached, everything behind it must succeed.
            guard case .repeated(let inner, let minimum, nil, _) = item, inner.takesOneCharacter,
                items[(index + 1)...].allSatisfy(alwaysSucceeds)
            else { return most }
            return min(total.steps + total.ways * (minimum + 1), most)
        }
        return total.steps
    }

    private static func alwaysSucceeds(_ node: RegexNode) -> Bool {
        switch node {
        case .empty: true
        case .repeated(let inner, 0, _, _): inner.takesOneCharacter
        case .group(let inner, _): inner.flattened(openingCaptures: true).allSatisfy(alwaysSucceeds)
        case .never, .literal, .oneOf, .assertion, .lineBreak, .grapheme, .sequence, .alternation,
            .atomic, .look, .backreference, .repeated:
            false
        }
    }

    /// Whether one attempt at the whole text is proportional to its length.
    static func isCheapFullMatch(_ node: RegexNode) -> Bool {
        guard case .alternation(let branches) = node else {
            return isCheapFullMatch(node.flattened(openingCaptures: true))
        }
        return branches.allSatisfy { isCheapFullMatch($0.flattened(openingCaptures: true)) }
    }

    private static func isCheapFullMatch(_ items: [RegexNode]) -> Bool {
        var total = MatchCost(0, 1)
        var isEndless = false
        for (index, item) in items.enumerated() {
            if let cost = MatchCost(item) {
                total = MatchCost(total.steps + total.ways * cost.steps, total.ways * cost.ways)
            } else {
                guard case .repeated(let inner, let minimum, nil, _) = item, inner.takesOneCharacter
                else { return false }
                if isEndless {
                    // A second one may only be a last one that takes whatever is left.
                    return index == items.count - 1 && minimum == 0 && inner.singleCharacter == .all
                        && total.steps <= MatchPlan.cheapSteps
                }
                isEndless = true
                total = MatchCost(total.steps + total.ways * (minimum + 1), total.ways)
            }
            if total.steps > MatchPlan.cheapSteps { return false }
        }
        return true
    }

    /// The trigger of a pattern `C+ t Y`: t outside C, Y without choices and without t.
    ///
    /// No two attempts look at the same bytes more than twice: runs of C end at t, and Y cannot
    /// cross the next t.
    static func trigger(of items: [RegexNode]) -> SearchStrategy? {
        guard items.count >= 2, case .repeated(let inner, let minimum, nil, let kind) = items[0],
            kind != .lazy, minimum > 0, let characters = inner.singleCharacter,
            case .literal(let trigger, .exact) = items[1], trigger < 0x80,
            !characters.contains(trigger)
        else { return nil }
        var follow = CodePointSet([])
        var isLast = true
        for item in items.dropFirst(2).reversed() {
            var part = item
            var isOptional = false
            var isRepeated = false
            if case .repeated(let inner, let minimum, let maximum, let kind) = item {
                guard kind != .lazy else { return nil }
                part = inner
                isOptional = minimum == 0
                isRepeated = maximum != minimum
            }
            guard let set = part.singleCharacter, !set.contains(trigger) else { return nil }
            if isRepeated, !isLast, !set.isDisjoint(with: follow) { return nil }
            follow = isOptional ? follow.union(set) : set
            if !isOptional { isLast = false }
        }
        return .trigger(UInt8(trigger), characters: characters)
    }
}
