// Why rules are refused, in the exact words of the Java logger. spec: rules 3.6.

/// The kind of a fault in rules.
public enum RuleErrorCategory: String, Sendable {
    case invalidRule = "invalid_rule"
    case invalidExpression = "invalid_expression"
    case unescapedSeparator = "unescaped_separator"
    case invalidRegex = "invalid_regex"
    case invalidSamplePercent = "invalid_sample_percent"
    case multipleSampleRules = "multiple_sample_rules"
    case failedToLoadRules = "failed_to_load_rules"
    case sampleIntegerOverflow = "sample_integer_overflow"
    case replacementGroupError = "replacement_group_error"
}

/// A fault in rules, with its place.
public struct RuleError: Error, Equatable, Sendable {
    /// The kind.
    public var category: RuleErrorCategory
    /// The message, word for word what the Java logger says.
    public var text: String
    /// More about the cause, for people; empty when there is nothing to add.
    public var detail: String
    /// The line, counted from 1; 0 when the fault is in no line.
    public var line: Int
    /// The place in the line, in characters from 1.
    public var column: Int
    /// The line as written.
    public var lineText: String

    /// Creates an error about a line whose number is not known yet.
    init(
        _ category: RuleErrorCategory, _ text: String, detail: String = "", column: Int = 1,
        lineText: String = ""
    ) {
        self.category = category
        self.text = text
        self.detail = detail
        self.column = column
        self.lineText = lineText
        line = 0
    }
}
