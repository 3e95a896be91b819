// A delimited expression of a rule: its separators checked and removed, its anchors added. spec:
// 3.2.

import Patterns

/// One expression with its delimiters, and where it stands.
struct RuleExpression {
    /// The characters that delimit expressions.
    static let separators: [Character] = ["~", "!", "%", "|", "/"]

    /// The expression with its delimiters.
    var text: String
    /// The line it is in.
    var line: String
    /// Where it begins in the line, in characters from 1.
    var column: Int

    /// The text between the delimiters, and the character of the expression each scalar comes from.
    struct Content {
        var text: String
        var columns: [Int]
    }

    /// Checks the delimiters and takes them off.
    ///
    /// A separator inside must have a backslash before it; even a doubled one will do, as in Java.
    func content() throws(RuleError) -> Content {
        let scalars = Array(text.unicodeScalars)
        guard let first = scalars.first, let last = scalars.last, first == last, scalars.count >= 2,
            RuleExpression.separators.contains(Character(first)),
            !scalars.contains(where: isLineTerminator)
        else {
            throw RuleError(
                .invalidExpression, "Invalid expression (\(text)) in rule: \(line)", column: column)
        }
        let inside = scalars[1..<(scalars.count - 1)]
        for index in inside.indices where inside[index] == first {
            if index == inside.startIndex || inside[index - 1] != "\\" {
                throw RuleError(
                    .unescapedSeparator, "Unescaped separator (\(first)) in rule: \(line)",
                    column: column + index)
            }
        }
        var content = Content(text: "", columns: [])
        var index = inside.startIndex
        while index < inside.endIndex {
            let isEscape =
                inside[index] == "\\" && index + 1 < inside.endIndex
                && inside[index + 1] == first
            if isEscape { index += 1 }
            content.text.unicodeScalars.append(inside[index])
            content.columns.append(column + index)
            index += 1
        }
        return content
    }

    private func isLineTerminator(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A, 0x0D, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }

    /// The pattern of a key or of a whole value: anchored by its text alone.
    func anchoredPattern() throws(RuleError) -> Pattern {
        let content = try content()
        if ["*", "+", "?"].contains(content.text) {
            throw invalidRegex(PatternError(message: "Nothing to repeat", offset: 0), content, 0)
        }
        var anchored = content.text
        let added = anchored.hasPrefix("^") ? 0 : 1
        if added > 0 { anchored = "^" + anchored }
        if !anchored.hasSuffix("$") { anchored += "$" }
        do throws(PatternError) {
            return try Pattern(parsing: anchored, for: .fullMatch)
        } catch {
            throw invalidRegex(error, content, added)
        }
    }

    /// The pattern of a search, taken as it is.
    func searchPattern(for purpose: MatchPurpose) throws(RuleError) -> Pattern {
        let content = try content()
        do throws(PatternError) {
            return try Pattern(parsing: content.text, for: purpose)
        } catch {
            throw invalidRegex(error, content, 0)
        }
    }

    private func invalidRegex(
        _ error: PatternError, _ content: Content, _ added: Int
    ) -> RuleError {
        let bytes = Array(content.text.utf8.prefix(max(error.offset - added, 0)))
        let scalar = String(decoding: bytes, as: UTF8.self).unicodeScalars.count
        let end = column + text.unicodeScalars.count - 1
        let place = scalar < content.columns.count ? content.columns[scalar] : end
        return RuleError(
            .invalidRegex, "Invalid regex (\(text)) in rule: \(line)", detail: error.message,
            column: place)
    }
}
