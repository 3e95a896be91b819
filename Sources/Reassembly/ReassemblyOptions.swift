// Every bound of reassembly, by name.

/// Settings of a flow table. Times are packet time.
public struct ReassemblyOptions: Sendable, BitwiseCopyable {
    /// How long a hole may stay open before it is declared a gap, in nanoseconds.
    public var reorderWindowNanoseconds: Int64 = 3_000_000_000
    /// The most bytes held out of order per direction; a segment counts 256 bytes more.
    public var heldBytesPerDirection = 4 << 20
    /// The most TCP segments held out of order per direction.
    public var heldSegmentsPerDirection = 8_192
    /// The most bytes held out of order in all flows, counted likewise.
    public var heldBytes = 256 << 20
    /// The most flows followed at once.
    public var flowLimit = 1_000_000
    /// The most flows with the same addresses and ports in different networks.
    public var networksPerAddresses = 64
    /// How long a flow may be silent before it is closed, in nanoseconds.
    public var idleTimeoutNanoseconds: Int64 = 600_000_000_000
    /// How long a flow that never carried a byte may be silent, in nanoseconds.
    public var halfOpenTimeoutNanoseconds: Int64 = 30_000_000_000
    /// How long an ended flow's addresses are remembered for late duplicates, in nanoseconds.
    public var lingerNanoseconds: Int64 = 60_000_000_000
    /// The largest step of sequence numbers that is still the same connection, in bytes.
    public var sequenceJumpBytes: Int64 = 1 << 30
    /// How far apart two vantage points of one connection may be, in bytes.
    public var vantageBytes: Int64 = 1 << 20
    /// How long after the last packet a second vantage point may begin, in nanoseconds.
    public var vantageNanoseconds: Int64 = 60_000_000_000

    /// Creates the default settings.
    public init() {}
}
