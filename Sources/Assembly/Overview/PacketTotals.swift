// What capture says it stored and lost. A count nobody could give stays nil: it is not zero.

import Spool

/// Sums over manifests of packet segments.
public struct PacketTotals: Codable, Sendable, Equatable {
    /// Packet segments.
    public var segments: UInt64 = 0
    /// Packets stored.
    public var packets: UInt64 = 0
    /// Bytes stored, compressed.
    public var storedBytes: UInt64 = 0
    /// Packets the kernel had no room for.
    public var kernelDrops: UInt64?
    /// Packets the interface dropped.
    public var interfaceDrops: UInt64?
    /// Packets that found every buffer in use.
    public var poolRefusals: UInt64 = 0
    /// Packets refused at the budget or the free-space floor.
    public var quotaRefusals: UInt64 = 0
    /// Packets lost because a segment could not be written.
    public var writeFailures: UInt64 = 0
    /// Packets larger than any buffer; only packets of files can be.
    public var oversized: UInt64 = 0
    /// Packets of files that the filter refused; of interfaces the kernel does not tell.
    public var filtered: UInt64 = 0
    /// Packets in rings that went away with their interface.
    public var abandoned: UInt64 = 0
    /// Unassembled segments that were deleted to make room.
    public var droppedSegments: UInt64 = 0
    /// Packets that interfaces delivered, dropped ones included.
    public var received: UInt64?
    /// Packets the snapshot length cut.
    public var cutBySnaplen: UInt64 = 0
    /// Packets stored in the last minute.
    public var recentPackets: UInt64 = 0
    /// Compressed bytes stored in the last minute.
    public var recentBytes: UInt64 = 0
    /// The latest packet time.
    public var lastNanoseconds: Int64?

    /// Nothing yet.
    public init() {}

    init(_ manifest: CaptureManifest, since recent: Int64) {
        segments = 1
        packets = manifest.packets
        storedBytes = manifest.segment.storedBytes
        oversized = manifest.counters["refused_oversized_packets"] ?? 0
        filtered = manifest.counters["refused_filter_packets"] ?? 0
        abandoned = manifest.counters["abandoned_in_ring_packets"] ?? 0
        droppedSegments = manifest.counters["dropped_oldest_segments"] ?? 0
        for interface in manifest.interfaces {
            received = PacketTotals.sum(received, interface.received.count)
            kernelDrops = PacketTotals.sum(kernelDrops, interface.kernelDrops.count)
            interfaceDrops = PacketTotals.sum(interfaceDrops, interface.interfaceDrops.count)
        }
        poolRefusals = manifest.poolRefusals
        quotaRefusals = manifest.quotaRefusals
        writeFailures = manifest.writeFailures
        cutBySnaplen = manifest.cutBySnaplen
        lastNanoseconds = manifest.lastNanoseconds
        if manifest.segment.sealedNanoseconds >= recent {
            recentPackets = packets
            recentBytes = storedBytes
        }
    }

    mutating func add(_ other: PacketTotals) {
        segments &+= other.segments
        packets &+= other.packets
        storedBytes &+= other.storedBytes
        kernelDrops = PacketTotals.sum(kernelDrops, other.kernelDrops)
        interfaceDrops = PacketTotals.sum(interfaceDrops, other.interfaceDrops)
        poolRefusals &+= other.poolRefusals
        quotaRefusals &+= other.quotaRefusals
        writeFailures &+= other.writeFailures
        cutBySnaplen &+= other.cutBySnaplen
        oversized &+= other.oversized
        filtered &+= other.filtered
        abandoned &+= other.abandoned
        droppedSegments &+= other.droppedSegments
        received = PacketTotals.sum(received, other.received)
        recentPackets &+= other.recentPackets
        recentBytes &+= other.recentBytes
        if let time = other.lastNanoseconds { lastNanoseconds = max(lastNanoseconds ?? time, time) }
    }

    /// Packets that came in and are in no segment, by cause; nil is not known.
    public var losses: [(name: String, key: String, count: UInt64?)] {
        [
            ("dropped by the kernel", "kernel_drops", kernelDrops),
            ("dropped by the interface", "interface_drops", interfaceDrops),
            ("refused for want of buffers", "pool_refusals", poolRefusals),
            ("refused over the budget", "quota_refusals", quotaRefusals),
            ("lost by failed writes", "write_failures", writeFailures),
            ("refused by the filter", "refused_filter", filtered),
            ("refused, larger than a buffer", "refused_oversized", oversized),
            ("abandoned in a ring", "abandoned_in_ring", abandoned),
        ]
    }

    private static func sum(_ left: UInt64?, _ right: UInt64?) -> UInt64? {
        guard let left else { return right }
        return left &+ (right ?? 0)
    }
}
