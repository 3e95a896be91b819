// java.util.regex's syntax → tree. Every construct is either understood exactly or refused: nothing
// is passed on to PCRE2 in the hope that it means the same there.
//
// Source: the documented syntax of java.util.regex.Pattern (17), and that engine's answers,
// compared pattern by pattern. Reading goes by code points; two NULs stand behind the last one.

/// A parser of one pattern.
struct RegexParser {
    /// The longest pattern, in code points.
    static let maximumLength = 16_384
    /// The deepest nesting of groups and classes.
    static let maximumDepth = 100
    /// The highest repetition count PCRE2 can hold.
    static let maximumRepetition = 65_535

    /// The code points after `\Q…\E` is resolved.
    var text: [UInt32] = []
    /// The byte offset in the pattern of each code point.
    var origin: [Int] = []
    var cursor = 0
    var flags: RegexFlags = []
    var groupCount = 0
    var names: [String: Int] = [:]
    var depth = 0
    /// Where the groups around the cursor begin.
    var openings: [Int] = []

    /// Parses a pattern.
    ///
    /// - Throws: `PatternError` when it is none, or asks for what cannot be expressed.
    init(_ pattern: String) throws(PatternError) {
        resolveQuotes(pattern)
        guard text.count <= RegexParser.maximumLength else {
            throw PatternError(message: "Pattern too long", offset: 0)
        }
    }

    /// The whole pattern as a tree.
    mutating func parse() throws(PatternError) -> RegexNode {
        let node = try parseAlternation()
        if cursor < text.count {
            throw error(peek() == 0x29 ? "Unmatched closing ')'" : "Unexpected character")
        }
        return node
    }

    /// An error at the cursor, or `back` code points before it.
    func error(_ message: String, back: Int = 0) -> PatternError {
        let place = max(cursor - back, 0)
        let offset = place < origin.count ? origin[place] : origin.last.map { $0 + 1 } ?? 0
        return PatternError(message: message, offset: offset)
    }

    // The cursor: these mirror what java.util.regex sees, comments mode included.

    func at(_ index: Int) -> UInt32 { index >= 0 && index < text.count ? text[index] : 0 }

    /// The character at the cursor; blanks and comments are passed over in comments mode.
    mutating func peek() -> UInt32 {
        if flags.contains(.comments) { passBlanks() }
        return at(cursor)
    }

    /// Moves on by one and peeks.
    mutating func next() -> UInt32 {
        cursor += 1
        return peek()
    }

    /// Takes the character at the cursor.
    mutating func read() -> UInt32 {
        let character = peek()
        cursor += 1
        return character
    }

    private mutating func passBlanks() {
        while cursor < text.count {
            let character = text[cursor]
            if character == 0x23 {
                while cursor < text.count, !isLineTerminator(text[cursor]) { cursor += 1 }
            } else if character == 0x20 || (character >= 9 && character <= 13) {
                cursor += 1
            } else {
                return
            }
        }
    }

    private func isLineTerminator(_ character: UInt32) -> Bool {
        flags.contains(.unixLines)
            ? character == 0x0A : CodePointSet.lineTerminators.contains(character)
    }

    // Grammar.

    mutating func parseAlternation() throws(PatternError) -> RegexNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= RegexParser.maximumDepth else { throw error("Nested too deep") }
        var branches = [try parseSequence()]
        while peek() == 0x7C {
            _ = next()
            branches.append(try parseSequence())
        }
        return branches.count == 1 ? branches[0] : .alternation(branches)
    }

    private mutating func parseSequence() throws(PatternError) -> RegexNode {
        var items: [RegexNode] = []
        while true {
            let character = peek()
            if cursor >= text.count { break }
            var node: RegexNode
            switch character {
            case 0x7C, 0x29:
                return items.count == 1 ? items[0] : .sequence(items)
            case 0x28:
                guard let group = try parseGroup() else { continue }
                node = group
            case 0x5B:
                node = .oneOf(try parseClass(consume: true))
            case 0x5C:
                node = try parseEscapedAtom()
            case 0x5E:
                cursor += 1
                node = .assertion(lineStart)
            case 0x24:
                cursor += 1
                node = .assertion(lineEnd)
            case 0x2E:
                cursor += 1
                node = .oneOf(.set(dot))
            case 0x3F, 0x2A, 0x2B:
                throw error("Dangling meta character")
            case 0x7B:
                // A count without anything before it repeats the empty text, as Java has it.
                node = .empty
            default:
                cursor += 1
                node = .literal(character, flags.caseRule)
            }
            node = try parseRepetition(of: node)
            items.append(node)
        }
        return items.count == 1 ? items[0] : .sequence(items)
    }

    private var lineStart: Assertion {
        guard flags.contains(.multiline) else { return .textStart }
        return flags.contains(.unixLines) ? .unixLineStart : .lineStart
    }

    private var lineEnd: Assertion {
        if flags.contains(.multiline) {
            return flags.contains(.unixLines) ? .unixLineEnd : .lineEnd
        }
        return finalLineEnd
    }

    /// `\Z`, and `$` outside multiline mode.
    var finalLineEnd: Assertion {
        flags.contains(.unixLines) ? .lastUnixLineEnd : .lastLineEnd
    }

    private var dot: CodePointSet {
        if flags.contains(.dotAll) { return .all }
        if flags.contains(.unixLines) { return CodePointSet(0x0A).complement }
        return CodePointSet.lineTerminators.complement
    }

    private mutating func parseEscapedAtom() throws(PatternError) -> RegexNode {
        if at(cursor + 1) == 0x70 || at(cursor + 1) == 0x50 {
            cursor += 1
            return .oneOf(try parseProperty())
        }
        switch try parseEscape(inClass: false, inRange: false) {
        case .literal(let character): return .literal(character, flags.caseRule)
        case .characters(let characters): return .oneOf(characters)
        case .node(let node): return node
        }
    }

    /// A repetition behind `node`, if there is one.
    private mutating func parseRepetition(of node: RegexNode) throws(PatternError) -> RegexNode {
        var minimum = 0
        var maximum: Int?
        switch peek() {
        case 0x3F: maximum = 1
        case 0x2A: break
        case 0x2B: minimum = 1
        case 0x7B: (minimum, maximum) = try parseCount()
        default: return node
        }
        if cursor >= text.count { return node }
        cursor += 1
        var kind = RepetitionKind.greedy
        switch peek() {
        case 0x3F: kind = .lazy
        case 0x2B: kind = .possessive
        default: return .repeated(node, minimum: minimum, maximum: maximum, kind)
        }
        cursor += 1
        return .repeated(node, minimum: minimum, maximum: maximum, kind)
    }

    /// `{n}`, `{n,}` or `{n,m}`; leaves the cursor at the closing brace.
    private mutating func parseCount() throws(PatternError) -> (Int, Int?) {
        guard isDigit(at(cursor + 1)) else {
            cursor += 1
            throw error("Illegal repetition")
        }
        cursor += 1
        let minimum = try parseNumber()
        var maximum: Int? = minimum
        if peek() == 0x2C {
            _ = next()
            maximum = isDigit(at(cursor)) ? try parseNumber() : nil
        }
        guard peek() == 0x7D else { throw error("Unclosed counted closure") }
        if let maximum, maximum < minimum { throw error("Illegal repetition range") }
        return (minimum, maximum)
    }

    private mutating func parseNumber() throws(PatternError) -> Int {
        var value = 0
        while isDigit(peek()), cursor < text.count {
            value = value * 10 + Int(text[cursor] - 0x30)
            guard value <= RegexParser.maximumRepetition else {
                throw error("Repetition above \(RegexParser.maximumRepetition)")
            }
            cursor += 1
        }
        return value
    }

    func isDigit(_ character: UInt32) -> Bool { character &- 0x30 < 10 }
}
