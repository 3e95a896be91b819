// What the bytes were: from packets on the wire to bytes in calls, with every other fate by its
// name.

/// Explains where packets and bytes went.
public enum WhyText {
    /// The explanation of a spool.
    public static func text(_ overview: SpoolOverview) -> String {
        let calls = overview.calls
        var text = "\(SizeText.count(calls.lines)) calls from "
        text += "\(SizeText.count(calls.count("wire", "packets"))) packets\n"
        for (room, title) in [
            ("wire", "PACKETS"), ("reassembly", "TCP"), ("http1", "HTTP/1"), ("http2", "HTTP/2"),
            ("websocket", "WEBSOCKET"), ("calls", "CALLS"), ("rules", "RULES"),
            ("assemble", "SPOOL"),
        ] {
            let counts = (calls.counters[room] ?? [:]).filter { name, value in
                value > 0 && !states.contains("\(room) \(name)")
            }
            if counts.isEmpty { continue }
            text += "\n\(title)\n"
            text += OverviewText.table(
                counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { name, value in
                    let words = name.split(separator: "_").joined(separator: " ")
                    let isBytes = name.contains("bytes")
                    return [
                        "  " + words, isBytes ? SizeText.bytes(value) : SizeText.count(value),
                    ]
                }, rightFrom: 1)
        }
        return text + "\n" + hints(calls)
    }

    /// What a manifest says of one moment: it does not add up over segments.
    private static let states: Set = [
        "assemble open_flows", "assemble held_bytes", "assemble drained",
    ]

    // The usual reasons for calls that are not there.
    private static func hints(_ calls: CallTotals) -> String {
        var lines: [String] = []
        func hint(_ room: String, _ name: String, _ text: String) {
            if calls.count(room, name) > 0 { lines.append("* " + text) }
        }
        hint("calls", "bytes_tls", "TLS cannot be read here: capture where it is terminated.")
        hint("wire", "packets_port_filtered", "--ports left packets out.")
        hint("wire", "packets_vni_filtered", "--vnis left packets out.")
        hint(
            "wire", "packets_truncated", "packets were cut: raise --snaplen, or the mirror's."
        )
        hint(
            "reassembly", "tcp_gap_lost_bytes",
            "packets are missing: see `earshot status`.")
        hint("reassembly", "tcp_one_sided_flows", "of some connections one direction was not seen.")
        hint("calls", "calls_dropped_by_rule", "logging rules dropped calls.")
        return lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n"
    }
}
