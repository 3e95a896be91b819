// One lane of the ledger: packets to bytes to calls.

import Spool

/// One lane from packets to calls.
public struct LedgerLane: Encodable, Sendable, Equatable {
    /// The lane.
    public var lane: UInt32
    /// Packets stored, over all packet segments known.
    public var storedPackets: UInt64 = 0
    /// Of these, in segments that assemble has done.
    public var donePackets: UInt64 = 0
    /// Packets that assemble says it took.
    public var assembledPackets: UInt64 = 0
    /// Packets in segments that went before they were assembled: dropped to make room, or removed.
    public var goneBeforePackets: UInt64 = 0
    /// Stored packets that assemble has not come to.
    public var waitingPackets: UInt64 = 0
    /// Packet segments that assemble found missing.
    public var missingSegments: UInt64 = 0
    /// Bytes of damaged packet segments: their packets cannot be counted.
    public var damagedBytes: UInt64 = 0
    /// Assembled packets by what they were: `tcp`, `udp`, `arp`, `port_filtered`, …
    public var packetFates: [String: UInt64] = [:]
    /// TCP payload received.
    public var payloadBytes: UInt64 = 0
    /// TCP payload by fate: delivered, retransmitted, overlapping, after the end, stray.
    public var payloadFates: [String: UInt64] = [:]
    /// Bytes declared missing in streams, by cause.
    public var gapBytes: [String: UInt64] = [:]
    /// Delivered bytes by what they were: HTTP heads and bodies, TLS, tunnels, …
    public var contentBytes: [String: UInt64] = [:]
    /// Calls written.
    public var calls: UInt64 = 0
    /// Calls by completeness.
    public var callsByCompleteness: [String: UInt64] = [:]
    /// Calls that a rule dropped.
    public var droppedByRule: UInt64 = 0

    /// Packets that went into assemble and are in no count; 0 in a balanced ledger.
    public var packetDifference: Int64 {
        Int64(clamping: donePackets) - Int64(clamping: assembledPackets)
    }

    /// Payload in no fate: held out of order in open flows, when assemble was stopped.
    public var heldBytes: Int64 {
        Int64(clamping: payloadBytes) - Int64(clamping: payloadFates.values.reduce(0, &+))
    }

    /// Delivered bytes in no content: parts of heads and lines not whole yet.
    public var unparsedBytes: Int64 {
        let delivered = payloadFates["tcp_delivered_bytes"] ?? 0
        return Int64(clamping: delivered) - Int64(clamping: contentBytes.values.reduce(0, &+))
    }

    /// What does not balance.
    var faults: [String] {
        var faults: [String] = []
        if packetDifference != 0, damagedBytes == 0 {
            faults.append(
                "lane \(lane): \(donePackets) packets went into assemble, "
                    + "\(assembledPackets) were taken")
        }
        let written = callsByCompleteness.values.reduce(0, &+)
        if written != calls {
            faults.append("lane \(lane): \(calls) calls written, \(written) by completeness")
        }
        return faults
    }

    static let fates = [
        "tcp_delivered_bytes", "tcp_retransmitted_bytes", "tcp_overlap_bytes",
        "tcp_after_end_bytes", "tcp_stray_bytes",
    ]
    static let gaps = [
        "tcp_gap_lost_bytes", "tcp_gap_truncated_bytes", "tcp_gap_buffer_bytes",
        "tcp_gap_memory_bytes",
    ]
    /// Room and counter of every kind of content; together they are what was delivered.
    static let contents = [
        ("http1", "http1_framing_bytes"), ("http1", "http1_body_bytes"),
        ("http1", "http1_skipped_bytes"), ("calls", "bytes_http2"), ("calls", "bytes_websocket"),
        ("calls", "bytes_tls"), ("calls", "bytes_tunnel"), ("calls", "bytes_other_protocol"),
        ("calls", "bytes_proxy_header"),
    ]

    init(_ lane: UInt32, _ manifests: LaneManifests) {
        self.lane = lane
        for (sequence, manifest) in manifests.packets {
            storedPackets &+= manifest.packets
            if manifests.calls[sequence] != nil { continue }
            if manifests.present.contains(sequence) {
                waitingPackets &+= manifest.packets
            } else {
                goneBeforePackets &+= manifest.packets
            }
        }
        for (sequence, manifest) in manifests.calls {
            add(manifest, stored: manifests.packets[sequence]?.packets)
        }
    }

    private mutating func add(_ manifest: CallsManifest, stored: UInt64?) {
        let wire = manifest.counters["wire"] ?? [:]
        let taken = wire["packets"] ?? 0
        donePackets &+= stored ?? taken
        assembledPackets &+= taken
        for (name, value) in wire where name.hasPrefix("packets_") && name != "packets_truncated" {
            packetFates[String(name.dropFirst(8)), default: 0] &+= value
        }
        calls &+= manifest.lines
        callsByCompleteness.merge(manifest.calls) { $0 &+ $1 }
        damagedBytes &+= manifest.damagedBytes
        missingSegments &+= manifest.skippedSegments
        let reassembly = manifest.counters["reassembly"] ?? [:]
        payloadBytes &+= reassembly["tcp_payload_bytes"] ?? 0
        for fate in LedgerLane.fates { payloadFates[fate, default: 0] &+= reassembly[fate] ?? 0 }
        for gap in LedgerLane.gaps {
            if let bytes = reassembly[gap] { gapBytes[gap, default: 0] &+= bytes }
        }
        for (room, name) in LedgerLane.contents {
            if let bytes = manifest.counters[room]?[name] {
                contentBytes[name, default: 0] &+= bytes
            }
        }
        droppedByRule &+= manifest.counters["calls"]?["calls_dropped_by_rule"] ?? 0
    }
}
