// Wire text on a terminal: it must not move the cursor, nor ring, nor reverse what is read.

/// Makes text from the wire fit to be shown.
public enum PrintableText {
    /// The text with every control and direction mark replaced by `·`.
    public static func of(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            result.unicodeScalars.append(isPlain(scalar) ? scalar : "·")
        }
        return result
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned,
            .privateUse, .nonspacingMark, .enclosingMark:
            false
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
            .spacingMark, .decimalNumber, .letterNumber, .otherNumber, .connectorPunctuation,
            .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation, .mathSymbol, .currencySymbol, .modifierSymbol,
            .otherSymbol, .spaceSeparator:
            true
        @unknown default: false
        }
    }

    /// The text cut to `width` columns, with `…` where something is missing.
    public static func cut(_ text: String, to width: Int) -> String {
        guard text.unicodeScalars.count > width else { return text }
        guard width > 1 else { return String(text.unicodeScalars.prefix(max(width, 0))) }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(width - 1))) + "…"
    }

    /// The text in `width` columns, blanks added at its end, or before it.
    public static func pad(_ text: String, to width: Int, isRight: Bool = false) -> String {
        let short = cut(text, to: width)
        let blanks = String(repeating: " ", count: max(width - short.unicodeScalars.count, 0))
        return isRight ? blanks + short : short + blanks
    }
}
