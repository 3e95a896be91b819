// How a pattern is searched for: which shortcuts are exact for it, and whether its work grows only
// with the length of the text or has to be counted.

/// What a pattern is for.
public enum MatchPurpose: Sendable {
    /// The whole text must match.
    case fullMatch
    /// Matches are found, with their places: for replacing.
    case search
    /// Only whether there is a match counts.
    case containment
}

/// The way to a match.
enum SearchStrategy: Equatable, Sendable {
    /// The engine, from the first byte on.
    case engine
    /// `minimum` to `maximum` bytes of one ASCII set, and nothing else.
    case run(CodePointSet, minimum: Int, maximum: Int)
    /// A run of `characters` before a byte outside them: find the byte, go back over the run, and
    /// only there ask the engine.
    case trigger(UInt8, characters: CodePointSet)
}

/// A pattern made ready.
struct MatchPlan {
    /// The steps an attempt may take from one place and still be called cheap.
    static let cheapSteps = 64

    var node: RegexNode
    var strategy = SearchStrategy.engine
    /// Whether the work may grow faster than the text, so that steps are counted.
    var countsSteps = false
    /// Texts that every match holds, in this order and not overlapping.
    var required: [RequiredText] = []
    /// Whether the pattern may only match where the search starts.
    var isAnchored = false
    /// Whether every ASCII text without a line end matches as a whole: `.*` and its like.
    var takesAnyLine = false
    /// Whether the search looks ahead itself, so that the engine must not do so at every start.
    var startsByItself = false

    /// Plans a pattern.
    init(_ root: RegexNode, purpose: MatchPurpose, groupCount: Int) {
        node = root
        switch purpose {
        case .fullMatch:
            isAnchored = true
            node = MatchPlan.withoutOuterAnchors(root)
            countsSteps = root.hasBackreference || !MatchCost.isCheapFullMatch(node)
            takesAnyLine = MatchPlan.takesAnyLine(node)
        case .search:
            planSearch(groupCount)
        case .containment:
            node = MatchPlan.stripped(root)
            planSearch(groupCount)
        }
        required = RequiredText.texts(of: node)
    }

    private static func takesAnyLine(_ node: RegexNode) -> Bool {
        let items = node.flattened(openingCaptures: false)
        guard items.count == 1, case .repeated(let inner, 0, nil, _) = items[0],
            let set = inner.singleCharacter
        else { return false }
        return (0 as UInt32..<0x80).allSatisfy { $0 == 0x0A || $0 == 0x0D || set.contains($0) }
    }

    private mutating func planSearch(_ groupCount: Int) {
        let items = node.flattened(openingCaptures: true)
        if groupCount == 0, let run = MatchPlan.run(items) {
            strategy = run
        } else if let trigger = MatchCost.trigger(of: items) {
            strategy = trigger
            isAnchored = true
            startsByItself = true
        } else if node.hasBackreference {
            countsSteps = true
        } else if !MatchCost.isCheapSearch(node) {
            countsSteps = !guardLeadingRun(items)
        }
    }

    /// The strategy of a pattern that is a run of ASCII characters and nothing else.
    private static func run(_ items: [RegexNode]) -> SearchStrategy? {
        guard items.count == 1 else { return nil }
        var part = items[0]
        var counts = (minimum: 1, maximum: 1)
        if case .repeated(let inner, let minimum, let maximum, let kind) = part {
            guard kind != .lazy, minimum > 0 else { return nil }
            part = inner
            counts = (minimum, maximum ?? .max)
        }
        guard let set = part.singleCharacter, set.isASCII, !set.isEmpty else { return nil }
        return .run(set, minimum: counts.minimum, maximum: counts.maximum)
    }

    /// Lets a pattern that begins with a run of one set start only where a run starts.
    ///
    /// Exact: what follows the run is tried at every place of the run reached from its start, so a
    /// later start inside the same run can reach nothing new.
    private mutating func guardLeadingRun(_ items: [RegexNode]) -> Bool {
        guard let first = items.first, case .repeated(let inner, _, nil, _) = first,
            let set = inner.singleCharacter, !set.isEmpty, !node.hasPreviousMatchEnd
        else { return false }
        let behind = RegexNode.look(
            LookAround(isBehind: true, isNegative: true), .oneOf(.set(set)))
        let start = RegexNode.group(
            .alternation([.assertion(.previousMatchEnd), behind]), number: nil)
        node = .sequence([start, node])
        return MatchCost.isCheapSearch(.sequence(Array(items.dropFirst())))
    }

    /// The pattern without the anchors that a match of the whole text satisfies anyway.
    static func withoutOuterAnchors(_ node: RegexNode) -> RegexNode {
        if case .alternation(let branches) = node {
            return .alternation(branches.map(withoutOuterAnchors))
        }
        guard case .sequence(var items) = node else { return node }
        while items.first == .assertion(.textStart) { items.removeFirst() }
        while let last = items.last,
            [.assertion(.lastLineEnd), .assertion(.lastUnixLineEnd), .assertion(.textEnd)].contains(
                last)
        {
            items.removeLast()
        }
        return items.count == 1 ? items[0] : .sequence(items)
    }

    /// The pattern without what may be empty at its ends: the question is only whether it matches.
    static func stripped(_ node: RegexNode) -> RegexNode {
        guard !node.hasBackreference else { return node }
        var items = node.flattened(openingCaptures: true)
        while case .repeated(let inner, let minimum, let maximum, let kind)? = items.first,
            minimum != maximum, kind != .possessive, inner.takesOneCharacter
        {
            items[0] = .repeated(inner, minimum: minimum, maximum: minimum, .greedy)
            if minimum == 0 { items.removeFirst() }
        }
        while case .repeated(let inner, let minimum, let maximum, _)? = items.last,
            minimum != maximum, inner.takesOneCharacter
        {
            items[items.count - 1] = .repeated(inner, minimum: minimum, maximum: minimum, .greedy)
            if minimum == 0 { items.removeLast() }
        }
        return items.count == 1 ? items[0] : .sequence(items)
    }
}

extension RegexNode {
    /// Whether the node takes exactly one character.
    var takesOneCharacter: Bool {
        switch self {
        case .literal, .oneOf: true
        case .group(let inner, nil): inner.takesOneCharacter
        case .sequence(let items): items.count == 1 && items[0].takesOneCharacter
        case .empty, .never, .assertion, .lineBreak, .grapheme, .alternation, .group, .atomic,
            .look,
            .backreference, .repeated:
            false
        }
    }
}
