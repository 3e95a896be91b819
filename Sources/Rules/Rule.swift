// One rule, ready to be applied.

public import Patterns

/// One rule.
public struct Rule: Sendable {
    /// What it does.
    public var verb: RuleVerb
    /// Which keys it is about.
    public var scope: Pattern?
    /// What values must be like, or which part of them is replaced; cookie names for
    /// `copy_session_field`.
    public var value: Pattern?
    /// What `replace` puts in.
    public var replacement: Replacement?
    /// The replacement text as written, separators unescaped.
    public var replacementText: String?
    /// The percentage of `sample`.
    public var percent: Int?
    /// The line as written, without blanks around it.
    public internal(set) var text = ""

    /// Creates a rule of a verb.
    init(_ verb: RuleVerb) { self.verb = verb }
}
