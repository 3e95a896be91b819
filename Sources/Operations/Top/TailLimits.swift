// How much is looked at, at a time.

/// The limits of one look at the newest calls.
public struct TailLimits: Sendable {
    /// Segments; older ones are passed over.
    public var segments = 512
    /// Bytes of lines, shared among the segments: of each its beginning is looked at, and the rest
    /// is passed over.
    public var plainBytes = 256 << 20

    /// The usual limits.
    public init() {}
}
