// How an interface is opened. Every value has a default that loses nothing on a busy network.

/// The settings of a live capture.
public struct LiveOptions: Sendable, Equatable {
    /// The most bytes kept of a packet. GRO and TSO hand over far more than the MTU.
    public var snaplen: Int32 = 262_144
    /// The size of the kernel's ring, in bytes, for each interface and lane.
    public var ringBytes: Int = 256 << 20
    /// Whether packets for other machines are wanted, too.
    public var isPromiscuous = false
    /// How long the kernel may hold a block of packets that is not full, in milliseconds.
    public var blockTimeoutMilliseconds: Int32 = 100

    /// The defaults.
    public init() {}
}
