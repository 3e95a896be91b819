// A YAML document as a tree: what a configuration file needs of YAML 1.1, and no more.

/// A node of a document, with the line it begins on.
public struct YAMLNode: Sendable, Equatable {
    /// What a node can be.
    public enum Content: Sendable, Equatable {
        /// A word, a number, a text; `isPlain` when it stands without quotes.
        case scalar(String, isPlain: Bool)
        /// Values in order.
        case sequence([YAMLNode])
        /// Keys and values in order; a key occurs once.
        case mapping([YAMLPair])
        /// `*name`: a reference to another node, which is not followed.
        case alias
    }

    /// The node itself.
    public var content: Content
    /// The line it begins on, from 1.
    public var line: Int

    /// Creates a node.
    public init(_ content: Content, line: Int) {
        self.content = content
        self.line = line
    }

    /// The text of a scalar.
    public var string: String? {
        guard case .scalar(let text, _) = content else { return nil }
        return text
    }

    /// Whether it is a plain word for nothing: an empty place, `~`, `null`.
    public var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }
}

/// A key and its value.
public struct YAMLPair: Sendable, Equatable {
    /// The key.
    public var key: YAMLNode
    /// The value.
    public var value: YAMLNode

    /// Creates a pair.
    public init(key: YAMLNode, value: YAMLNode) {
        self.key = key
        self.value = value
    }
}

/// Why a text is no document.
public struct YAMLError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The line, from 1.
    public var line: Int
    /// What is wrong there.
    public var problem: String

    /// `line 3: did not find expected key`.
    public var description: String { "line \(line): \(problem)" }
}
