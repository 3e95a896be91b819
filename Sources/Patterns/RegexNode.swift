// A pattern as a tree: what the parser of Java's syntax makes and the writer of PCRE2's reads.

/// How letter case counts for a literal.
enum CaseRule: Equatable, Sendable {
    case exact
    /// ASCII letters match both cases.
    case ascii
    /// Letters match both cases the Unicode way.
    case unicode
}

/// A place in the text, matched without taking a character.
enum Assertion: Equatable, Sendable {
    case textStart, textEnd
    /// `$` and `\Z`: the end, or before a final line terminator.
    case lastLineEnd, lastUnixLineEnd
    case lineStart, unixLineStart, lineEnd, unixLineEnd
    /// `\G`: where the previous match ended.
    case previousMatchEnd
    case wordBoundary(isUnicode: Bool, isNegated: Bool)
}

/// How a repetition gives and takes.
enum RepetitionKind: Equatable, Sendable { case greedy, lazy, possessive }

/// A look-around's direction and sign.
struct LookAround: Equatable, Sendable {
    var isBehind: Bool
    var isNegative: Bool
}

/// A part of a pattern.
indirect enum RegexNode: Equatable, Sendable {
    case empty
    /// Matches nowhere.
    case never
    case literal(UInt32, CaseRule)
    case oneOf(CharacterClass)
    case assertion(Assertion)
    /// `\R`.
    case lineBreak
    /// `\X`.
    case grapheme
    case sequence([RegexNode])
    case alternation([RegexNode])
    /// A group; `number` is nil when it captures nothing.
    case group(RegexNode, number: Int?)
    case atomic(RegexNode)
    case look(LookAround, RegexNode)
    case backreference(Int, CaseRule)
    /// `maximum` nil means without end.
    case repeated(RegexNode, minimum: Int, maximum: Int?, RepetitionKind)

    /// The characters this node takes, when it always takes exactly one and they are known.
    var singleCharacter: CodePointSet? {
        switch self {
        case .literal(let value, .exact): return CodePointSet(value)
        case .literal(let value, .ascii): return CodePointSet(value).withBothASCIICases
        case .literal(let value, .unicode): return UnicodeCase.closure(of: value)
        case .oneOf(let characters): return characters.codePoints
        case .group(let inner, nil): return inner.singleCharacter
        case .sequence(let items) where items.count == 1: return items[0].singleCharacter
        case .empty, .never, .assertion, .lineBreak, .grapheme, .sequence, .alternation, .group,
            .atomic, .look, .backreference, .repeated:
            return nil
        }
    }

    /// The nodes in order with plain groups opened, capturing ones too when `openingCaptures`.
    func flattened(openingCaptures: Bool) -> [RegexNode] {
        switch self {
        case .empty: []
        case .sequence(let items): items.flatMap { $0.flattened(openingCaptures: openingCaptures) }
        case .group(let inner, let number) where number == nil || openingCaptures:
            inner.isAlternation ? [self] : inner.flattened(openingCaptures: openingCaptures)
        case .never, .literal, .oneOf, .assertion, .lineBreak, .grapheme, .alternation, .group,
            .atomic, .look, .backreference, .repeated:
            [self]
        }
    }

    var isAlternation: Bool {
        if case .alternation = self { return true }
        return false
    }

    /// Whether any node, this one included, satisfies `test`.
    func contains(_ test: (RegexNode) -> Bool) -> Bool {
        if test(self) { return true }
        switch self {
        case .sequence(let items), .alternation(let items):
            return items.contains { $0.contains(test) }
        case .group(let inner, _), .atomic(let inner), .look(_, let inner),
            .repeated(let inner, _, _, _):
            return inner.contains(test)
        case .empty, .never, .literal, .oneOf, .assertion, .lineBreak, .grapheme, .backreference:
            return false
        }
    }

    /// Whether the node refers back to a group.
    var hasBackreference: Bool {
        contains { if case .backreference = $0 { true } else { false } }
    }

    /// Whether the node asks for the end of the previous match.
    var hasPreviousMatchEnd: Bool { contains { $0 == .assertion(.previousMatchEnd) } }
}
