// What one character may be: java.util.regex's classes with unions, intersections and complements.

/// A predicate over one code point.
indirect enum CharacterClass: Equatable, Sendable {
    /// One of a known set.
    case set(CodePointSet)
    /// A Unicode property, in PCRE2's words, usable inside brackets: `\p{L}`.
    case property(String)
    case union(CharacterClass, CharacterClass)
    case intersection(CharacterClass, CharacterClass)
    case complement(CharacterClass)

    /// The exact set, nil where Unicode data of PCRE2 decide.
    var codePoints: CodePointSet? {
        switch self {
        case .set(let set): return set
        case .property: return nil
        case .union(let left, let right):
            guard let left = left.codePoints, let right = right.codePoints else { return nil }
            return left.union(right)
        case .intersection(let left, let right):
            guard let left = left.codePoints, let right = right.codePoints else { return nil }
            return left.intersection(right)
        case .complement(let inner): return inner.codePoints?.complement
        }
    }

    /// What stands between brackets, nil when brackets alone cannot say it.
    var bracketText: String? {
        if let set = codePoints { return set.isEmpty ? nil : RegexWriter.bracketText(of: set) }
        switch self {
        case .property(let text): return text
        case .union(let left, let right):
            guard let left = left.bracketText, let right = right.bracketText else { return nil }
            return left + right
        case .set, .intersection, .complement: return nil
        }
    }

    /// Text that matches one such character.
    var matchText: String {
        if let set = codePoints {
            if set.isEmpty { return "(?!)" }
            if set == .all { return "(?s:.)" }
            if let single = set.single { return RegexWriter.literalText(single) }
        }
        if let text = bracketText { return "[" + text + "]" }
        if case .complement(let inner) = self, let text = inner.bracketText {
            return "[^" + text + "]"
        }
        return "(?:" + conditionText + "(?s:.))"
    }

    /// Text that matches nothing, where such a character follows; the end of input may pass.
    var conditionText: String {
        switch self {
        case .set, .property: "(?=" + matchText + ")"
        case .union(let left, let right):
            "(?:" + left.conditionText + "|" + right.conditionText + ")"
        case .intersection(let left, let right): left.conditionText + right.conditionText
        case .complement(let inner): "(?!" + inner.conditionText + ")"
        }
    }
}
