// The manifest of a call segment: bytes in = bytes in calls + bytes declared otherwise.

/// The manifest of a call segment.
public struct CallsManifest: SegmentManifest, Equatable {
    /// What sealing fills in.
    public var segment = SealFacts()
    /// The version of the software that wrote it.
    public var software: String
    /// The packet segment its calls are from; the same lane.
    public var packetSegment: UInt64
    /// Lines: call records.
    public var lines: UInt64 = 0
    /// Calls by completeness (`full`, `partial`, `request_only`, `response_only`).
    public var calls: [String: UInt64] = [:]
    /// Counters of the rooms: room, counter, value.
    public var counters: [String: [String: UInt64]] = [:]
    /// Packet time of the first packet read, nanoseconds since 1970.
    public var firstNanoseconds: Int64?
    /// Packet time of the last packet read.
    public var lastNanoseconds: Int64?
    /// Bytes of the packet segment that were damaged.
    public var damagedBytes: UInt64 = 0
    /// Packet segments missing right before this one.
    public var skippedSegments: UInt64 = 0

    /// An empty manifest.
    public init(software: String, packetSegment: UInt64) {
        self.software = software
        self.packetSegment = packetSegment
    }
}
