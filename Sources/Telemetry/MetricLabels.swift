// The labels of one time series. Order is kept as written; values may be any text.

/// Names and values that tell one time series of a metric from another.
public struct MetricLabels: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    /// One name with its value.
    public struct Pair: Hashable, Sendable {
        /// The name: `[a-z_][a-z0-9_]*`.
        public var name: String
        /// The value, unescaped.
        public var value: String
    }

    /// The pairs, in the order given.
    public private(set) var pairs: [Pair] = []

    /// Creates an empty set.
    public init() {}

    /// Creates a set from `["sink": "file"]`.
    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { append(name, value) }
    }

    /// Adds one pair at the end.
    public mutating func append(_ name: String, _ value: String) {
        precondition(MetricName.isValid(name), "a label name is lower-case snake case")
        pairs.append(Pair(name: name, value: value))
    }

    /// The same labels with one more at the end.
    public func adding(_ name: String, _ value: String) -> MetricLabels {
        var copy = self
        copy.append(name, value)
        return copy
    }

    /// The labels as the exposition format writes them: `{a="1",b="2"}`, nothing when empty.
    func text(extra: Pair? = nil) -> String {
        let all = extra.map { pairs + [$0] } ?? pairs
        if all.isEmpty { return "" }
        let inner = all.map { "\($0.name)=\"\(MetricLabels.escape($0.value))\"" }
        return "{" + inner.joined(separator: ",") + "}"
    }

    /// Escapes backslash, quote and line feed, as the text format asks.
    static func escape(_ value: String) -> String {
        var result = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
