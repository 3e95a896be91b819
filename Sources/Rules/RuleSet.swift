// A rules text, loaded: what it does, in order, and what it permits. spec: rules 3.

import Patterns

/// A set of rules; a value that lanes share.
public struct RuleSet: Sendable {
    /// The default rules of the loggers.
    public static let standardDefault = "include strict"

    /// The text with includes expanded.
    public let text: String
    /// The rules in textual order.
    public let rules: [Rule]
    /// Whether calls may be sent over plain HTTP.
    public let allowsHTTPURL: Bool
    /// Whether calls are sent uncompressed.
    public let skipsCompression: Bool
    /// Whether calls are not sent at all.
    public let skipsSubmission: Bool
    /// The percentage of calls kept, when there is a sample rule.
    public let samplePercent: Int?
    /// Whether no rule can remove, change or drop anything: pairs pass as they are.
    public let isPassThrough: Bool

    /// Loads rules.
    ///
    /// - Parameters:
    ///   - text: The rules, or `file://` and a path; nil and blank mean the default rules.
    ///   - defaultRules: What `include default` stands for.
    ///   - load: Reads a file's text; nil when it cannot be read.
    /// - Throws: `RuleError` for the first fault, with its line and column.
    public init(
        _ text: String?, defaultRules: String = RuleSet.standardDefault,
        load: (String) -> String? = { _ in nil }
    ) throws(RuleError) {
        var expander = try RuleText()
        let (source, expanded) = try expander.expand(text, defaultRules: defaultRules, load: load)
        self.init(text: expanded, rules: try RuleSet.parse(expanded, source: source))
    }

    private static func parse(_ text: String, source: String) throws(RuleError) -> [Rule] {
        var parser = try RuleLineParser()
        var rules: [Rule] = []
        let sourceLines = RuleText.lines(of: source)
        var hasSample = false
        for (index, line) in RuleText.lines(of: text).enumerated() {
            do throws(RuleError) {
                guard var rule = try parser.parse(line) else { continue }
                rule.text = RuleText.trimmed(line)
                if rule.verb == .sample, hasSample {
                    throw RuleError(.multipleSampleRules, "Multiple sample rules", lineText: line)
                }
                hasSample = hasSample || rule.verb == .sample
                rules.append(rule)
            } catch {
                // Includes move lines: the number is that of the same line as written.
                var located = error
                let place =
                    error.category == .multipleSampleRules
                    ? sourceLines.lastIndex(of: line) : sourceLines.firstIndex(of: line)
                located.line = (place ?? index) + 1
                throw located
            }
        }
        return rules
    }

    /// How many rules there are.
    public var size: Int { rules.count }

    /// The rules with a verb, in textual order.
    public func rules(_ verb: RuleVerb) -> [Rule] { rules.filter { $0.verb == verb } }

    /// Whether a logger with these rules sends to `url`: HTTPS always, HTTP if a rule allows it.
    public func permits(url: String) -> Bool {
        let scheme = url.prefix { $0 != ":" }.lowercased()
        let rest = url.dropFirst(scheme.count)
        guard rest.hasPrefix("://"), rest.count > 3, rest.dropFirst(3).first != "/" else {
            return false
        }
        return scheme == "https" || (scheme == "http" && allowsHTTPURL)
    }
}

extension RuleSet {
    /// A set without rules: every call passes as it is.
    public static var keepingAll: RuleSet {
        RuleSet(text: "", rules: [])
    }

    /// One rule as a set of its own: to see what it does without the others.
    public init(alone rule: Rule) { self.init(text: rule.text, rules: [rule]) }

    private init(text: String, rules: [Rule]) {
        self.text = text
        self.rules = rules
        let verbs = Set(rules.map(\.verb))
        allowsHTTPURL = verbs.contains(.allowHTTPURL)
        skipsCompression = verbs.contains(.skipCompression)
        skipsSubmission = verbs.contains(.skipSubmission)
        samplePercent = rules.first { $0.verb == .sample }?.percent
        isPassThrough = verbs.isSubset(of: [
            .allowHTTPURL, .copySessionField, .skipCompression, .skipSubmission,
        ])
    }
}
