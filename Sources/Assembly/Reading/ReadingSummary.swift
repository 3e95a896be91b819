// What a reading came to, for the summary line and for tests.

import Bytes
public import Calls

/// What was found in captures.
public struct ReadingSummary: Sendable {
    /// Packets read.
    public var packets: UInt64 = 0
    /// Their captured bytes.
    public var packetBytes: UInt64 = 0
    /// Records printed.
    public var calls: UInt64 = 0
    /// What became of connections and messages.
    public var counters = CallCounters()
    /// Every counter by name.
    public var counts: [RoomCount] = []
    /// What the connections were, by place.
    public var traffic = TrafficTable()
    /// What there was to say about the files, one line each.
    public var warnings: [String] = []
    /// Bytes of the files that gave no packet.
    public var lostBytes: UInt64 = 0

    /// The value of a counter, 0 when there is none of this name.
    public func value(_ room: String, _ name: String) -> UInt64 {
        counts.first { $0.room.description == room && $0.name.description == name }?.value ?? 0
    }

    /// One line: packets, flows, calls by completeness, and what was no HTTP.
    public var line: String {
        var parts = [
            "\(SizeText.count(packets)) packets (\(SizeText.bytes(packetBytes)))",
            "\(SizeText.count(value("reassembly", "tcp_flows_opened"))) flows",
            "\(SizeText.count(calls)) calls",
        ]
        let kinds: [(String, UInt64)] = [
            ("full", counters.full), ("partial", counters.partial),
            ("request only", counters.requestOnly), ("response only", counters.responseOnly),
            ("dropped by rules", counters.droppedByRule),
        ]
        let named = kinds.filter { $0.1 > 0 }.map { "\(SizeText.count($0.1)) \($0.0)" }
        if !named.isEmpty { parts[2] += " (" + named.joined(separator: ", ") + ")" }
        let others: [(String, UInt64)] = [
            ("TLS", counters.tlsBytes), ("other protocols", counters.otherBytes),
            ("tunnels", counters.tunnelBytes),
        ]
        let rest = others.filter { $0.1 > 0 }.map { "\(SizeText.bytes($0.1)) of \($0.0)" }
        if !rest.isEmpty { parts.append("not HTTP: " + rest.joined(separator: ", ")) }
        let missing =
            value("reassembly", "tcp_gap_lost_bytes")
            + value("reassembly", "tcp_gap_truncated_bytes")
        if missing > 0 { parts.append("missing: \(SizeText.bytes(missing))") }
        return parts.joined(separator: " · ")
    }
}
