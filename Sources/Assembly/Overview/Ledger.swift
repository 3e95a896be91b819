// The balance from packets to acknowledgements, out of the manifests: what came in is what went out
// plus what is named otherwise. A difference that nothing names is what the operator must hear of.

import Platform
public import Spool

/// The books of a spool.
public struct Ledger: Codable, Sendable {
    /// One lane from packets to calls.
    public struct Lane: Codable, Sendable, Equatable {
        /// The lane.
        public var lane: UInt32
        /// Packets stored, over all packet segments known.
        public var storedPackets: UInt64 = 0
        /// Of these, in segments that assemble has done.
        public var donePackets: UInt64 = 0
        /// Packets that assemble says it took.
        public var assembledPackets: UInt64 = 0
        /// Calls written.
        public var calls: UInt64 = 0
        /// Bytes of damaged packet segments: their packets cannot be counted.
        public var damagedBytes: UInt64 = 0
        /// TCP payload received.
        public var payloadBytes: UInt64 = 0
        /// TCP payload by fate: delivered, retransmitted, overlapping, after the end, stray.
        public var payloadFates: [String: UInt64] = [:]

        /// Stored packets that assemble has not come to.
        public var waitingPackets: UInt64 { storedPackets - min(donePackets, storedPackets) }

        /// Packets that went into assemble and are in no count; 0 in a balanced ledger.
        public var packetDifference: Int64 {
            Int64(clamping: donePackets) - Int64(clamping: assembledPackets)
        }

        /// Payload in no fate: held out of order in open flows, when assemble was stopped.
        public var heldBytes: Int64 {
            let known = payloadFates.values.reduce(UInt64(0)) { $0 &+ $1 }
            return Int64(clamping: payloadBytes) - Int64(clamping: known)
        }
    }

    /// One sink from calls to acknowledgements.
    public struct Sink: Codable, Sendable, Equatable {
        /// The sink's name.
        public var sink: String
        /// Calls built, over all lanes.
        public var built: UInt64
        /// Calls before the sink's cursor: acknowledged, or in `dead/`.
        public var passed: UInt64
        /// Of these, refused for good and kept in `dead/`.
        public var dead: UInt64
        /// Calls behind the cursor.
        public var queued: UInt64
        /// Lines the sink itself says it acknowledged.
        public var acknowledged: UInt64

        /// Calls in no count; 0 in a balanced ledger.
        public var difference: Int64 {
            Int64(clamping: passed) - Int64(clamping: acknowledged) - Int64(clamping: dead)
        }
    }

    /// The lanes.
    public var lanes: [Lane] = []
    /// The sinks.
    public var sinks: [Sink] = []
    /// What capture lost, by cause.
    public var packets = PacketTotals()

    /// Reads the books.
    ///
    /// - Throws: `SpoolError` when the spool cannot be read.
    public init(_ spool: LaneSpool) throws(SpoolError) {
        let overview = try SpoolOverview(spool)
        packets = overview.packets
        var lines: [UInt32: [UInt64: UInt64]] = [:]
        for lane in Set(overview.status.lanes.map(\.lane)).sorted() {
            let (book, calls) = try Ledger.lane(lane, spool)
            lanes.append(book)
            lines[lane] = calls
        }
        for cursor in overview.status.sinks {
            sinks.append(Ledger.sink(cursor, lines))
        }
    }

    /// Whether every difference is zero, or explained by damage that is counted.
    public var isBalanced: Bool {
        lanes.allSatisfy { $0.packetDifference == 0 || $0.damagedBytes > 0 }
            && sinks.allSatisfy { $0.difference == 0 }
    }

    static let fates = [
        "tcp_delivered_bytes", "tcp_retransmitted_bytes", "tcp_overlap_bytes",
        "tcp_after_end_bytes", "tcp_stray_bytes",
    ]

    private static func lane(
        _ lane: UInt32, _ spool: LaneSpool
    ) throws(SpoolError) -> (Lane, [UInt64: UInt64]) {
        var book = Lane(lane: lane)
        var stored: [UInt64: UInt64] = [:]
        let packets = ManifestHistory(stage: .packets, layout: spool.layout, files: spool.files)
        _ = try packets.forEach(CaptureManifest.self, lane: lane) { manifest in
            stored[manifest.segment.sequence] = manifest.packets
        }
        var done: [UInt64: CallsManifest] = [:]
        let calls = ManifestHistory(stage: .calls, layout: spool.layout, files: spool.files)
        _ = try calls.forEach(CallsManifest.self, lane: lane) { manifest in
            done[manifest.segment.sequence] = manifest
        }
        book.storedPackets = stored.values.reduce(0, &+)
        for (sequence, manifest) in done {
            let taken = manifest.counters["wire"]?["packets"] ?? 0
            book.donePackets &+= stored[sequence] ?? taken
            book.assembledPackets &+= taken
            book.calls &+= manifest.lines
            book.damagedBytes &+= manifest.damagedBytes
            let reassembly = manifest.counters["reassembly"] ?? [:]
            book.payloadBytes &+= reassembly["tcp_payload_bytes"] ?? 0
            for fate in fates { book.payloadFates[fate, default: 0] &+= reassembly[fate] ?? 0 }
        }
        return (book, done.mapValues(\.lines))
    }

    private static func sink(
        _ cursor: SinkCursor, _ lines: [UInt32: [UInt64: UInt64]]
    ) -> Sink {
        var book = Sink(
            sink: cursor.sink, built: 0, passed: 0, dead: cursor.totals["dead"] ?? 0, queued: 0,
            acknowledged: cursor.totals["lines"] ?? 0)
        for (lane, counts) in lines {
            let place = cursor.acknowledged[lane] ?? Position(sequence: 0)
            for (sequence, count) in counts {
                book.built &+= count
                let passed =
                    sequence < place.sequence
                    ? count : sequence == place.sequence ? min(place.line, count) : 0
                book.passed &+= passed
                book.queued &+= count - passed
            }
        }
        return book
    }
}
