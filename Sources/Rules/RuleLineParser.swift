// One line → one rule. spec: rules 3.1 and 3.2.
//
// The line forms are the Java logger's own regular expressions, run by Patterns: greedy capture
// with all its consequences is then the same by construction.

import Bytes
import Patterns

/// Parses single lines.
public struct RuleLineParser: ~Copyable {
    private let forms: [(verb: RuleVerb, pattern: Pattern)]
    private let ignored: Pattern
    private var matcher = PatternMatcher()

    /// Compiles the line forms.
    public init() throws(RuleError) {
        var forms: [(verb: RuleVerb, pattern: Pattern)] = []
        do throws(PatternError) {
            for verb in RuleVerb.allCases {
                forms.append((verb, try Pattern(parsing: verb.lineExpression, for: .fullMatch)))
            }
            ignored = try Pattern(parsing: "\\s*(?:#.*)*", for: .fullMatch)
        } catch {
            throw RuleError(.invalidRegex, "A line form is no regular expression: " + error.message)
        }
        self.forms = forms
    }

    /// The rule of a line; nil for a blank line or a comment.
    ///
    /// - Throws: `RuleError`, its line number not set.
    public mutating func parse(_ line: String) throws(RuleError) -> Rule? {
        let bytes = Array(line.utf8)
        if matches(ignored, bytes) { return nil }
        for (verb, pattern) in forms where matches(pattern, bytes) {
            do throws(RuleError) {
                return try rule(verb, line, bytes)
            } catch {
                var located = error
                located.lineText = line
                throw located
            }
        }
        let blanks = bytes.prefix { $0 == 0x20 || $0 == 0x09 }.count
        throw RuleError(
            .invalidRule, "Invalid rule: " + line, column: min(blanks, max(bytes.count - 1, 0)) + 1,
            lineText: line)
    }

    private mutating func matches(_ pattern: Pattern, _ bytes: [UInt8]) -> Bool {
        matcher.resetBudget()
        return matcher.matches(pattern, bytes.span) == .matched
    }

    private func rule(
        _ verb: RuleVerb, _ line: String, _ bytes: [UInt8]
    ) throws(RuleError) -> Rule {
        var rule = Rule(verb)
        switch verb.form {
        case .flag: break
        case .session:
            rule.value = try expression(1, line, bytes).anchoredPattern()
        case .scope:
            rule.scope = try expression(1, line, bytes).anchoredPattern()
        case .scopeAndValue(let isSearch):
            rule.scope = try expression(1, line, bytes).anchoredPattern()
            let second = expression(2, line, bytes)
            rule.value =
                isSearch
                ? try second.searchPattern(for: .containment) : try second.anchoredPattern()
        case .replacement:
            rule.scope = try expression(1, line, bytes).anchoredPattern()
            let pattern = try expression(2, line, bytes).searchPattern(for: .search)
            let text = try expression(3, line, bytes).content().text
            rule.value = pattern
            rule.replacementText = text
            rule.replacement = Replacement(parsing: text, for: pattern)
        case .number:
            rule.percent = try percent(expression(1, line, bytes))
        }
        return rule
    }

    /// What a group of the line form took.
    private func expression(_ number: Int, _ line: String, _ bytes: [UInt8]) -> RuleExpression {
        let place = matcher.group(number) ?? 0..<0
        return RuleExpression(
            text: String(decoding: bytes[place], as: UTF8.self), line: line,
            column: String(decoding: bytes[..<place.lowerBound], as: UTF8.self).unicodeScalars.count
                + 1)
    }

    private func percent(_ number: RuleExpression) throws(RuleError) -> Int {
        guard let value = Int32(number.text) else {
            throw RuleError(
                .sampleIntegerOverflow, "For input string: \"\(number.text)\"",
                column: number.column)
        }
        guard value >= 1, value <= 99 else {
            throw RuleError(
                .invalidSamplePercent, "Invalid sample percent: \(value)", column: number.column)
        }
        return Int(value)
    }
}
