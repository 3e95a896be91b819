// What a segment's manifest will say: the packets in it, and what happened since the last manifest.

import Bytes
import PacketSource
import Spool

/// The content of one segment.
struct SegmentContent: Sendable {
    var tallies: [InterfaceTally] = []
    var packets = PacketCount()
    var firstTime = Timestamp(nanoseconds: .max)
    var lastTime = Timestamp(nanoseconds: .min)
    var lost = LostPackets()
    /// By interface index: what came from outside since the last manifest.
    var sources: [SourceNumbers] = []
    /// Unprocessed segments deleted to make room since the last manifest, and their bytes.
    var droppedSegments = PacketCount()
    var isMarker = false

    mutating func add(_ buffer: borrowing PacketBuffer) {
        while tallies.count < buffer.tallies.count { tallies.append(InterfaceTally()) }
        for index in buffer.tallies.indices { tallies[index].add(buffer.tallies[index]) }
        packets.add(buffer.packets)
        firstTime = min(firstTime, buffer.firstTime)
        lastTime = max(lastTime, buffer.lastTime)
    }

    var cut: PacketCount {
        tallies.reduce(into: PacketCount()) { $0.add($1.cut) }
    }

    /// The manifest that says this.
    func manifest(interfaces: [SourceInterface], software: String) -> CaptureManifest {
        var manifest = CaptureManifest(software: software)
        manifest.isMarker = isMarker
        manifest.packets = packets.packets
        manifest.cutBySnaplen = cut.packets
        manifest.poolRefusals = lost.pool.packets
        manifest.poolRefusedBytes = lost.pool.bytes
        manifest.quotaRefusals = lost.quota.packets
        manifest.quotaRefusedBytes = lost.quota.bytes
        manifest.writeFailures = lost.writeError.packets
        if firstTime <= lastTime { manifest.firstNanoseconds = firstTime.nanoseconds }
        if lastTime.nanoseconds != .min { manifest.lastNanoseconds = lastTime.nanoseconds }
        var counters: [String: UInt64] = [:]
        for (name, value) in [
            ("stored_bytes", packets.bytes), ("cut_bytes", cut.bytes),
            ("lost_write_error_bytes", lost.writeError.bytes),
            ("refused_oversized_packets", lost.oversized.packets),
            ("refused_oversized_bytes", lost.oversized.bytes),
            ("refused_filter_packets", lost.filtered.packets),
            ("refused_filter_bytes", lost.filtered.bytes),
            ("dropped_oldest_segments", droppedSegments.packets),
            ("dropped_oldest_stored_bytes", droppedSegments.bytes),
            ("abandoned_in_ring_packets", sources.reduce(0) { $0 &+ $1.abandoned }),
        ] where value > 0 { counters[name] = value }
        manifest.counters = counters
        for (index, interface) in interfaces.enumerated() {
            manifest.interfaces.append(counts(of: interface, at: index))
        }
        return manifest
    }

    private func counts(of interface: SourceInterface, at index: Int) -> InterfaceCounts {
        var counts = InterfaceCounts(name: interface.name)
        if index < tallies.count {
            counts.packets = tallies[index].stored.packets
            counts.capturedBytes = tallies[index].stored.bytes
            counts.originalBytes = tallies[index].stored.bytes &+ tallies[index].cut.bytes
        }
        if index < sources.count {
            let numbers = sources[index]
            counts.received = sourced(numbers.received, numbers.kernelSource)
            counts.kernelDrops = sourced(numbers.kernelDropped, numbers.kernelSource)
            counts.interfaceDrops = sourced(numbers.interfaceDropped, numbers.interfaceSource)
        }
        return counts
    }

    private func sourced(_ count: UInt64?, _ source: String) -> SourcedCount {
        count.map { SourcedCount($0, source: source) } ?? .notAvailable
    }
}
