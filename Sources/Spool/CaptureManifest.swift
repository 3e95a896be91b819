// The manifest of a packet segment: packets delivered = stored + dropped by named cause.

/// A count that may not be known: "not available" is not zero.
public struct SourcedCount: Codable, Equatable, Sendable {
    /// The count; nil when the source could not say.
    public var count: UInt64?
    /// Who says so: `libpcap`, `/sys/class/net`, `not available`.
    public var source: String

    /// Gives a count and its source.
    public init(_ count: UInt64?, source: String) {
        self.count = count
        self.source = source
    }

    /// Nobody can say.
    public static var notAvailable: SourcedCount { SourcedCount(nil, source: "not available") }
}

/// What one interface brought during a segment.
public struct InterfaceCounts: Codable, Equatable, Sendable {
    /// The interface's name, or the capture file's.
    public var name: String
    /// Packets stored in this segment.
    public var packets: UInt64 = 0
    /// Their bytes as captured.
    public var capturedBytes: UInt64 = 0
    /// Their bytes on the wire.
    public var originalBytes: UInt64 = 0
    /// Packets the interface delivered (received by the filter) during this segment.
    public var received = SourcedCount.notAvailable
    /// Packets the kernel had no room for.
    public var kernelDrops = SourcedCount.notAvailable
    /// Packets the interface or its driver dropped.
    public var interfaceDrops = SourcedCount.notAvailable

    /// An interface that brought nothing yet.
    public init(name: String) { self.name = name }
}

/// The manifest of a packet segment.
public struct CaptureManifest: SegmentManifest, Equatable {
    /// What sealing fills in.
    public var segment = SealFacts()
    /// The version of the software that wrote it.
    public var software: String
    /// Whether it was sealed to move packet time on, without a packet.
    public var isMarker = false
    /// Per interface.
    public var interfaces: [InterfaceCounts] = []
    /// Packets in the segment.
    public var packets: UInt64 = 0
    /// Packets cut by the snapshot length (captured < original).
    public var cutBySnaplen: UInt64 = 0
    /// Packets that came while every buffer was in use, since the last segment.
    public var poolRefusals: UInt64 = 0
    /// Bytes of those.
    public var poolRefusedBytes: UInt64 = 0
    /// Packets refused at the budget or the free-space floor, since the last segment.
    public var quotaRefusals: UInt64 = 0
    /// Bytes of those.
    public var quotaRefusedBytes: UInt64 = 0
    /// Packets lost because a segment could not be written, since the last segment.
    public var writeFailures: UInt64 = 0
    /// Packet time of the first packet, nanoseconds since 1970; nil without packets.
    public var firstNanoseconds: Int64?
    /// The latest packet time; of a marker, the time it moves on to.
    public var lastNanoseconds: Int64?
    /// Further counters by name.
    public var counters: [String: UInt64] = [:]

    /// An empty manifest.
    public init(software: String) { self.software = software }
}
