// Every bound of the decoder, by name: hostile packets cost no more than this.

/// The limits of a `PacketDecoder`.
public struct DecoderLimits: Sendable, BitwiseCopyable {
    /// Bytes held for datagrams of which fragments are missing (memory stays under twice this).
    public var fragmentBytes = 16 << 20
    /// Datagrams held of which fragments are missing.
    public var datagrams = 4096
    /// Fragments held per datagram.
    public var fragmentsPerDatagram = 512
    /// How long, in packet time, a datagram waits for its fragments.
    public var fragmentTimeoutNanoseconds: Int64 = 30_000_000_000
    /// After how long without a fragment, in packet time, an overlapping one begins a new datagram:
    /// identifications are used again (RFC 6864).
    public var fragmentReuseNanoseconds: Int64 = 1_000_000_000
    /// How many Ethernet and IP headers may be inside one another.
    public var nestingDepth = 16
    /// The size up to which an original length without an IP length is believed (TSO super-frames).
    public var superFrameBytes = 1 << 20

    /// Creates the default limits.
    public init() {}
}
