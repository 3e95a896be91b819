// Tree → PCRE2's syntax. Everything is written out: no flag, class or anchor is left to PCRE2's
// own defaults, so that the meaning is the tree's.
//
// With `countsSteps`, callouts are put where a match can take another way: after every repetition,
// at the end of every repeated group's turn and behind every choice. Between two callouts the
// engine can only scan forwards, so that counting them (and the distance between them) bounds the
// work.

/// A writer of one pattern.
struct RegexWriter {
    private(set) var text = ""
    let countsSteps: Bool
    let groupCount: Int
    private var lookBehinds = 0

    /// Creates a writer.
    ///
    /// - Parameters:
    ///   - groupCount: How many groups capture; references to others match nowhere.
    ///   - countsSteps: Whether callouts are written.
    init(groupCount: Int, countsSteps: Bool) {
        self.groupCount = groupCount
        self.countsSteps = countsSteps
    }

    /// The text of a whole pattern.
    static func text(of node: RegexNode, groupCount: Int, countsSteps: Bool) -> String {
        var writer = RegexWriter(groupCount: groupCount, countsSteps: countsSteps)
        writer.writeCallout()
        writer.write(node)
        return writer.text
    }

    private mutating func writeCallout() {
        if countsSteps, lookBehinds == 0 { text += "(?C1)" }
    }

    private mutating func write(_ node: RegexNode) {
        switch node {
        case .empty: text += "(?:)"
        case .never: text += "(?!)"
        case .literal(let value, let rule): text += RegexWriter.text(of: value, rule)
        case .oneOf(let characters): text += characters.matchText
        case .assertion(let assertion): text += RegexWriter.text(of: assertion)
        case .lineBreak: text += "(?:" + RegexWriter.lineBreakText + ")"
        case .grapheme:
            text += "\\X"
            writeCallout()
        case .sequence(let items):
            for item in items { write(item) }
        case .alternation(let branches): writeGroup("(?:", .alternation(branches))
        case .group(let inner, let number): writeGroup(number == nil ? "(?:" : "(", inner)
        case .atomic(let inner): writeGroup("(?>", inner)
        case .look(let look, let inner):
            if look.isBehind { lookBehinds += 1 }
            writeGroup("(?" + (look.isBehind ? "<" : "") + (look.isNegative ? "!" : "="), inner)
            if look.isBehind { lookBehinds -= 1 }
        case .backreference(let number, let rule):
            text +=
                number > groupCount
                ? "(?!)" : rule == .exact ? "\\g{\(number)}" : "(?i:\\g{\(number)})"
            writeCallout()
        case .repeated(let inner, let minimum, let maximum, let kind):
            writeRepetition(of: inner, minimum, maximum, kind)
        }
    }

    private mutating func writeGroup(
        _ opening: String, _ inner: RegexNode, countsChoice: Bool = true
    ) {
        text += opening
        if case .alternation(let branches) = inner {
            for (index, branch) in branches.enumerated() {
                if index > 0 { text += "|" }
                write(branch)
            }
            text += ")"
            if countsChoice { writeCallout() }
        } else {
            write(inner)
            text += ")"
        }
    }

    private mutating func writeRepetition(
        of inner: RegexNode, _ minimum: Int, _ maximum: Int?, _ kind: RepetitionKind
    ) {
        switch inner {
        case .literal, .oneOf:
            write(inner)
        case .group(let held, .some):
            // A capturing group is repeated itself, so that it holds its last turn.
            text += "("
            writeTurn(held, kind)
            text += ")"
        case .lineBreak:
            // Repeated, it does not give half of a CR LF back.
            text += "(?>" + RegexWriter.lineBreakText + ")"
        case .empty, .never, .assertion, .grapheme, .sequence, .alternation, .group,
            .atomic, .look, .backreference, .repeated:
            text += "(?:"
            writeTurn(inner, kind)
            text += ")"
        }
        switch (minimum, maximum) {
        case (0, nil): text += "*"
        case (1, nil): text += "+"
        case (0, 1): text += "?"
        case (_, nil): text += "{\(minimum),}"
        case (_, let maximum?):
            text += minimum == maximum ? "{\(minimum)}" : "{\(minimum),\(maximum)}"
        }
        switch kind {
        case .greedy: break
        case .lazy: text += "?"
        case .possessive: text += "+"
        }
        if minimum != maximum { writeCallout() }
    }

    /// Writes what is repeated, and a callout behind each turn.
    private mutating func writeTurn(_ inner: RegexNode, _ kind: RepetitionKind) {
        // Where nothing is given back, Java keeps every single turn as it was first found.
        if kind == .possessive {
            writeGroup("(?>", inner, countsChoice: false)
        } else if inner.isAlternation {
            writeGroup("(?:", inner, countsChoice: false)
        } else {
            write(inner)
        }
        writeCallout()
    }

    // Texts.

    private static let lineBreakText = "\\r\\n|[\\n-\\r\\x{85}\\x{2028}\\x{2029}]"

    /// A character as itself: letters and digits plain, everything else by number.
    static func literalText(_ value: UInt32) -> String {
        let isPlain = value < 0x80 && (value &- 0x30 < 10 || (value | 0x20) &- 0x61 < 26)
        if isPlain { return String(Character(Unicode.Scalar(UInt8(value)))) }
        // A lone surrogate is in no UTF-8 text.
        if value >= 0xD800, value < 0xE000 { return "(?!)" }
        return "\\x{" + String(value, radix: 16) + "}"
    }

    static func text(of value: UInt32, _ rule: CaseRule) -> String {
        switch rule {
        case .exact: literalText(value)
        case .ascii: CharacterClass.set(CodePointSet(value).withBothASCIICases).matchText
        case .unicode: CharacterClass.set(UnicodeCase.closure(of: value)).matchText
        }
    }

    /// The inside of brackets.
    static func bracketText(of set: CodePointSet) -> String {
        var text = ""
        for range in set.intersection(CodePointSet([0xD800...0xDFFF]).complement).ranges {
            text += literalText(range.lowerBound)
            if range.count > 1 { text += "-" + literalText(range.upperBound) }
        }
        return text
    }

    static func text(of assertion: Assertion) -> String {
        switch assertion {
        case .textStart: "\\A"
        case .textEnd: "\\z"
        case .previousMatchEnd: "\\G"
        case .lastUnixLineEnd: "(?=\\n?\\z)"
        case .unixLineEnd: "(?=\\n|\\z)"
        case .unixLineStart: "(?!\\z)(?:\\A|(?<=\\n))"
        case .lastLineEnd:
            "(?=(?:\\r\\n|(?<!\\r)\\n|[\\r\\x{85}\\x{2028}\\x{2029}])?\\z)"
        case .lineEnd: "(?=[\\r\\x{85}\\x{2028}\\x{2029}]|\\z|(?<!\\r)\\n)"
        case .lineStart:
            "(?!\\z)(?:\\A|(?<=[\\n\\x{85}\\x{2028}\\x{2029}])|(?<=\\r)(?!\\n))"
        case .wordBoundary(let isUnicode, let isNegated): boundary(isUnicode, isNegated)
        }
    }

    /// Java 17: letters, digits and `_` of any script, and marks that stand on a letter or digit.
    private static func boundary(_ isUnicode: Bool, _ isNegated: Bool) -> String {
        var left = "(?<=" + UnicodeProperty.word.matchText + ")"
        var right = "(?=" + UnicodeProperty.word.matchText + ")"
        if !isUnicode {
            let word = "[\\p{L}\\p{Nd}_]"
            let base = "[\\p{L}\\p{Nd}]"
            let marked = (1...4).map { base + "\\p{Mn}{\($0)}" }.joined(separator: "|")
            let bases = (0...3).map { base + "\\p{Mn}{\($0)}" }.joined(separator: "|")
            left = "(?:(?<=\(word))|(?<=\\p{Mn})(?<=\(marked)))"
            right = "(?:(?=\(word))|(?=\\p{Mn})(?<=\(bases)))"
        }
        // Not a conditional group: PCRE2 sees the first character of what follows only through
        // this.
        let change = "(?:\(right)(?!\(left))|\(left)(?!\(right)))"
        return isNegated ? "(?!" + change + ")" : change
    }
}
