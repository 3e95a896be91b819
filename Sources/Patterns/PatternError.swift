// Why a pattern is refused.

/// A pattern that is not a regular expression in Java's syntax, or that cannot be expressed
/// exactly.
public struct PatternError: Error, Equatable {
    /// What is wrong, a phrase for people.
    public var message: String
    /// Where, in UTF-8 bytes from the pattern's start.
    public var offset: Int

    /// Creates an error.
    public init(message: String, offset: Int) {
        self.message = message
        self.offset = offset
    }
}
