// Letter case the way java.util.regex takes it under (?iu): simple mappings, one character to one.

/// Sets closed under letter case.
enum UnicodeCase {
    /// A character with another case: itself, its upper case, and the lower case of that.
    private struct Mapping: Sendable {
        var value: UInt32
        var upper: UInt32
        var folded: UInt32
    }

    /// All of them; made at the first use, which only patterns with (?iu) are.
    private static let mappings: [Mapping] = {
        var result: [Mapping] = []
        for value: UInt32 in 0...0x1FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let upper = single(scalar.properties.uppercaseMapping) ?? scalar
            // İ is the one whose simple lower case differs from a single-character full one: i.
            let folded =
                upper == "\u{130}"
                ? "i" : single(upper.properties.lowercaseMapping) ?? upper
            if upper != scalar || folded != scalar {
                result.append(Mapping(value: value, upper: upper.value, folded: folded.value))
            }
        }
        return result
    }()

    private static func single(_ text: String) -> Unicode.Scalar? {
        let scalars = text.unicodeScalars
        return scalars.count == 1 ? scalars.first : nil
    }

    /// What a range matches without letter case: what is in it, or its upper or folded form is.
    static func closure(of range: CodePointSet) -> CodePointSet {
        let more = mappings.filter { range.contains($0.upper) || range.contains($0.folded) }
        return range.union(CodePointSet(more.map { $0.value...$0.value }))
    }

    /// What a single character matches without letter case: what folds to the same.
    static func closure(of character: UInt32) -> CodePointSet {
        let own = mappings.first { $0.value == character }
        // Without an upper case of its own a character stands for itself alone: ß.
        guard let own else { return CodePointSet(character).union(folding(to: character)) }
        return CodePointSet(own.folded).union(folding(to: own.folded))
    }

    private static func folding(to folded: UInt32) -> CodePointSet {
        guard mappings.contains(where: { $0.value == folded }) else { return CodePointSet([]) }
        return CodePointSet(mappings.filter { $0.folded == folded }.map { $0.value...$0.value })
    }
}
