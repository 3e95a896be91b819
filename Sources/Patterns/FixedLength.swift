// Look-behinds: PCRE2 wants every branch of one to have a fixed length. What Java bounds otherwise
// — a{1,3}, (?:a|bc) — is spelled out as branches.

/// Rewrites what a look-behind holds.
enum FixedLength {
    /// The most branches a look-behind is spelled out into.
    static let maximumBranches = 64

    /// The same meaning as branches of fixed length; nil when there is no such form.
    static func alternatives(of node: RegexNode) -> RegexNode? {
        guard let branches = expand(node) else { return nil }
        return branches.count == 1
            ? .sequence(branches[0]) : .alternation(branches.map { .sequence($0) })
    }

    private static func expand(_ node: RegexNode) -> [[RegexNode]]? {
        switch node {
        case .empty: return [[]]
        case .never, .literal, .oneOf, .assertion, .look: return [[node]]
        case .lineBreak:
            let lines = CodePointSet([0x0A...0x0D, 0x85...0x85, 0x2028...0x2029])
            return [[.literal(0x0D, .exact), .literal(0x0A, .exact)], [.oneOf(.set(lines))]]
        case .group(let inner, nil): return expand(inner)
        case .sequence(let items): return product(items.map(expand))
        case .alternation(let branches):
            var result: [[RegexNode]] = []
            for branch in branches {
                guard let expanded = expand(branch) else { return nil }
                result += expanded
                if result.count > maximumBranches { return nil }
            }
            return result
        case .repeated(let inner, let minimum, let maximum, let kind):
            guard let maximum, maximum <= maximumBranches, kind != .possessive else { return nil }
            var result: [[RegexNode]] = []
            for count in minimum...maximum {
                guard let part = product(Array(repeating: expand(inner), count: count)) else {
                    return nil
                }
                result += part
                if result.count > maximumBranches { return nil }
            }
            return result
        case .group, .grapheme, .atomic, .backreference: return nil
        }
    }

    private static func product(_ parts: [[[RegexNode]]?]) -> [[RegexNode]]? {
        var result: [[RegexNode]] = [[]]
        for part in parts {
            guard let part, result.count * part.count <= maximumBranches else { return nil }
            result = result.flatMap { head in part.map { head + $0 } }
        }
        return result
    }
}
