// What a lane did since the process began.

/// The counters of one lane.
public struct RecorderCounters: Sendable, Equatable, BitwiseCopyable {
    /// Packets written to segments (whose sealing may be under way).
    public var storedPackets: UInt64 = 0
    /// Their captured bytes.
    public var storedBytes: UInt64 = 0
    /// Of them, packets whose end is missing.
    public var cutPackets: UInt64 = 0
    /// The bytes missing of those.
    public var cutBytes: UInt64 = 0
    /// Bytes of pcapng before compression.
    public var plainBytes: UInt64 = 0
    /// Bytes of sealed segments.
    public var sealedBytes: UInt64 = 0
    /// Segments sealed, markers included.
    public var sealedSegments: UInt64 = 0
    /// Segments without packets.
    public var markerSegments: UInt64 = 0
    /// Segments that could not be sealed.
    public var failedSegments: UInt64 = 0
    /// Calls on the spool that failed and were tried again.
    public var writeRetries: UInt64 = 0
    /// Buffers handed over.
    public var buffers: UInt64 = 0

    /// Nothing was done.
    public init() {}

    /// Lists the counters under their names in metrics.
    public func forEach(_ body: (_ name: StaticString, _ value: UInt64) -> Void) {
        body("stored_packets", storedPackets)
        body("stored_bytes", storedBytes)
        body("cut_packets", cutPackets)
        body("cut_bytes", cutBytes)
        body("pcapng_bytes", plainBytes)
        body("sealed_bytes", sealedBytes)
        body("sealed_segments", sealedSegments)
        body("marker_segments", markerSegments)
        body("failed_segments", failedSegments)
        body("write_retries", writeRetries)
        body("buffers", buffers)
    }

    /// Adds another lane's counters.
    public mutating func add(_ other: RecorderCounters) {
        storedPackets &+= other.storedPackets
        storedBytes &+= other.storedBytes
        cutPackets &+= other.cutPackets
        cutBytes &+= other.cutBytes
        plainBytes &+= other.plainBytes
        sealedBytes &+= other.sealedBytes
        sealedSegments &+= other.sealedSegments
        markerSegments &+= other.markerSegments
        failedSegments &+= other.failedSegments
        writeRetries &+= other.writeRetries
        buffers &+= other.buffers
    }
}
