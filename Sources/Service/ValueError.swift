/// Why a text is not the value it should be, worded to follow the quoted text.
public struct ValueError: Error, Sendable, Equatable, CustomStringConvertible {
    /// For example `is not a size: write 64MiB, 256MB or a number of bytes`.
    public var description: String

    /// Creates the reason.
    public init(_ description: String) { self.description = description }
}
