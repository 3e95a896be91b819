// Every bound of the HTTP/2 parser, by name.

/// Limits of the HTTP/2 parser.
public struct HTTP2Limits: Sendable, BitwiseCopyable {
    /// The most body bytes kept per message; the rest is counted, not kept.
    public var bodyBytes = 1024 * 1024
    /// The most bytes of a field block as transferred, CONTINUATION included; the rest is passed
    /// over.
    public var blockBytes = 1024 * 1024
    /// The most bytes of names and values kept of one message, trailers included.
    public var headBytes = 256 * 1024
    /// The most field lines kept of a head or a trailer section; the rest is counted, not kept.
    public var fieldCount = 1_000
    /// The most streams open at once in a connection; the oldest are given up for new ones.
    public var openStreams = 10_000
    /// The most streams that wait for a response after their client has reset them.
    public var resetStreams = 16
    /// How long they wait, in nanoseconds of packet time.
    public var resetNanoseconds: Int64 = 1_000_000_000
    /// The most bytes held while frames are looked for behind a gap.
    public var searchBytes = 64 * 1024

    /// Creates the default limits.
    public init() {}
}
