// A line of the page: what it says and how it looks.

/// A line of `earshot top`.
public struct TopLine: Sendable, Equatable {
    /// How a line looks where colours are wanted.
    public enum Style: Sendable {
        /// As any text.
        case plain
        /// Bold.
        case title
        /// Dark on light.
        case heading
        /// Red.
        case bad
    }

    /// What it says; printable.
    public var text: String
    /// How it looks.
    public var style: Style

    /// A line of printable text.
    public init(_ text: String, _ style: Style = .plain) {
        self.text = text
        self.style = style
    }
}
