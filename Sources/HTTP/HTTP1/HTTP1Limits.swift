// Every bound of the HTTP/1 parser, by name.

/// Limits of the HTTP/1 parser.
public struct HTTP1Limits: Sendable, BitwiseCopyable {
    /// The most bytes of a head: start line and fields.
    public var headBytes = 256 * 1024
    /// The most field lines kept of a head or a trailer section; the rest is counted, not kept.
    public var fieldCount = 2_000
    /// The most bytes of a chunk-size line with its extensions.
    public var chunkLineBytes = 16 * 1024
    /// The most bytes of a trailer section.
    public var trailerBytes = 64 * 1024
    /// The most body bytes kept per message; the rest is counted, not kept.
    public var bodyBytes = 1024 * 1024

    /// Creates the default limits.
    public init() {}
}
