// The balance from packets to acknowledgements, out of the manifests: what came in is what went out
// plus what is named otherwise. A difference that nothing names is what the operator must hear of.

import Platform
public import Spool

/// The books of a spool.
public struct Ledger: Encodable, Sendable {
    /// The lanes.
    public var lanes: [LedgerLane] = []
    /// The sinks.
    public var sinks: [LedgerSink] = []
    /// What capture received, stored and lost, by cause.
    public var packets = PacketTotals()
    /// Manifests that cannot be read.
    public var unreadableManifests: UInt64 = 0
    /// Whether a range of time or lanes was chosen: then totals of sinks cannot be compared.
    public var isPart = false

    /// Reads the books.
    ///
    /// - Parameters:
    ///   - spool: The spool.
    ///   - from: Only segments with packets from this moment on, nanoseconds since 1970.
    ///   - to: Only segments with packets before this moment.
    ///   - wanted: Only these lanes; empty is all.
    /// - Throws: `SpoolError` when the spool cannot be read.
    public init(
        _ spool: LaneSpool, from: Int64? = nil, to: Int64? = nil, lanes wanted: Set<UInt32> = []
    ) throws(SpoolError) {
        isPart = from != nil || to != nil || !wanted.isEmpty
        let now = spool.time.wallNanoseconds()
        let status = try SpoolStatus.read(
            layout: spool.layout, files: spool.files, wallNanoseconds: now, withBytes: false)
        var books: [UInt32: LaneManifests] = [:]
        for lane in Set(status.lanes.map(\.lane)).sorted()
        where wanted.isEmpty || wanted.contains(lane) {
            var manifests = try LaneManifests(lane, spool)
            unreadableManifests += manifests.unreadable
            manifests.keep(from: from, to: to)
            for manifest in manifests.packets.values {
                packets.add(PacketTotals(manifest, since: .max))
            }
            lanes.append(LedgerLane(lane, manifests))
            books[lane] = manifests
        }
        for cursor in status.sinks {
            sinks.append(LedgerSink(cursor, books, isPart: isPart))
        }
    }

    /// What does not balance, a sentence each.
    public var faults: [String] {
        lanes.flatMap(\.faults) + sinks.flatMap(\.faults)
    }

    /// Whether every difference is zero, or has a name.
    public var isBalanced: Bool { faults.isEmpty }

    private enum CodingKeys: String, CodingKey {
        case lanes, sinks, packets, unreadableManifests, isPart, isBalanced, faults, losses
    }

    /// Writes the books with what follows from them.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(lanes, forKey: .lanes)
        try container.encode(sinks, forKey: .sinks)
        try container.encode(packets, forKey: .packets)
        try container.encode(unreadableManifests, forKey: .unreadableManifests)
        try container.encode(isPart, forKey: .isPart)
        try container.encode(isBalanced, forKey: .isBalanced)
        try container.encode(faults, forKey: .faults)
        var losses: [String: UInt64?] = [:]
        for loss in packets.losses { losses[loss.key] = .some(loss.count) }
        try container.encode(losses, forKey: .losses)
    }
}

/// The manifests of one lane, those of deleted segments included.
struct LaneManifests: Sendable {
    var packets: [UInt64: CaptureManifest] = [:]
    var calls: [UInt64: CallsManifest] = [:]
    /// Packet segments that are there.
    var present: Set<UInt64> = []
    var unreadable: UInt64 = 0
    /// Whether the oldest manifests are gone.
    var isShortened = false

    init(_ lane: UInt32, _ spool: LaneSpool) throws(SpoolError) {
        let packetHistory = ManifestHistory(
            stage: .packets, layout: spool.layout, files: spool.files)
        var packets: [UInt64: CaptureManifest] = [:]
        unreadable += try packetHistory.forEach(CaptureManifest.self, lane: lane) { manifest in
            packets[manifest.segment.sequence] = manifest
        }
        var calls: [UInt64: CallsManifest] = [:]
        let callHistory = ManifestHistory(stage: .calls, layout: spool.layout, files: spool.files)
        unreadable += try callHistory.forEach(CallsManifest.self, lane: lane) { manifest in
            calls[manifest.segment.sequence] = manifest
        }
        self.packets = packets
        self.calls = calls
        isShortened = (calls.keys.min() ?? 0) >= ManifestHistory.sequencesPerBlock
        var present: Set<UInt64> = []
        do throws(IOError) {
            try spool.files.forEachName(in: spool.layout.laneDirectory(.packets, lane)) { name in
                if case .sealed(let sequence) = LaneEntry(name, stage: .packets) {
                    present.insert(sequence)
                }
                return true
            }
        } catch {
            if !error.isMissing { throw .io(error) }
        }
        self.present = present
    }

    /// Keeps what has packets in a range; a segment's calls go with its packets.
    mutating func keep(from: Int64?, to: Int64?) {
        if from == nil && to == nil { return }
        func isIn(_ first: Int64?, _ last: Int64?, _ sealed: Int64) -> Bool {
            let last = last ?? first ?? sealed
            return last >= from ?? .min && (to.map { first ?? last < $0 } ?? true)
        }
        let kept = packets.filter { _, manifest in
            isIn(
                manifest.firstNanoseconds, manifest.lastNanoseconds,
                manifest.segment.sealedNanoseconds)
        }
        calls = calls.filter { sequence, manifest in
            if packets[sequence] != nil { return kept[sequence] != nil }
            return isIn(
                manifest.firstNanoseconds, manifest.lastNanoseconds,
                manifest.segment.sealedNanoseconds)
        }
        packets = kept
    }
}
