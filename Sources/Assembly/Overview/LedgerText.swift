// The ledger as a person reads it: every line a sum, every difference with its name.

/// Writes a ledger as text.
public enum LedgerText {
    /// The whole page.
    public static func page(_ ledger: Ledger) -> String {
        var text = losses(ledger.packets)
        for lane in ledger.lanes { text += page(lane) }
        for sink in ledger.sinks { text += page(sink) }
        if ledger.unreadableManifests > 0 {
            text += "\(ledger.unreadableManifests) manifests cannot be read\n"
        }
        if ledger.isBalanced { return text + "balanced\n" }
        return text + ledger.faults.map { "NOT BALANCED: \($0)\n" }.joined()
    }

    private static func losses(_ packets: PacketTotals) -> String {
        var text = "capture, packets\n"
        text += line("delivered by interfaces", packets.received)
        for loss in packets.losses { text += line("- \(loss.name)", loss.count) }
        text += line("= stored", packets.packets)
        if packets.cutBySnaplen > 0 { text += line("  of them cut short", packets.cutBySnaplen) }
        if packets.droppedSegments > 0 {
            text += line("segments dropped to make room", packets.droppedSegments)
        }
        return text
    }

    private static func page(_ lane: LedgerLane) -> String {
        var text = "lane \(lane.lane)\n"
        text += line("packets stored", lane.storedPackets)
        text += line("- assembled", lane.assembledPackets)
        text += line("- waiting for assemble", lane.waitingPackets)
        if lane.goneBeforePackets > 0 {
            text += line("- gone before they were", lane.goneBeforePackets)
        }
        if lane.damagedBytes > 0 { text += line("  bytes of damaged segments", lane.damagedBytes) }
        if lane.missingSegments > 0 { text += line("  segments missing", lane.missingSegments) }
        text += line("= difference", lane.packetDifference, isFault: lane.packetDifference != 0)
        text += line("packets assembled", lane.assembledPackets)
        for (name, count) in lane.packetFates.sorted(by: { $0.key < $1.key }) {
            text += line("- \(words(name))", count)
        }
        text += line("TCP payload bytes", lane.payloadBytes)
        for (name, count) in lane.payloadFates.sorted(by: { $0.key < $1.key }) {
            text += line("- \(words(name.dropFirst(4).dropLast(6)))", count)
        }
        text += line("= held in open connections", lane.heldBytes)
        for (name, count) in lane.gapBytes.sorted(by: { $0.key < $1.key }) {
            text += line("bytes missing: \(words(name.dropFirst(8).dropLast(6)))", count)
        }
        let delivered: UInt64 = lane.payloadFates["tcp_delivered_bytes"] ?? 0
        text += line("bytes delivered in order", delivered)
        for (name, count) in lane.contentBytes.sorted(by: { $0.key < $1.key }) {
            text += line("- \(words(name))", count)
        }
        text += line("= in messages not whole yet", lane.unparsedBytes)
        text += line("calls written", lane.calls)
        for (name, count) in lane.callsByCompleteness.sorted(by: { $0.key < $1.key })
        where count > 0 {
            text += line("- \(words(name))", count)
        }
        if lane.droppedByRule > 0 { text += line("calls dropped by rules", lane.droppedByRule) }
        return text
    }

    private static func page(_ sink: LedgerSink) -> String {
        var text = "sink \(PrintableText.of(sink.sink))\n"
        text += line("calls built", sink.built)
        text += line("- passed", sink.passed)
        text += line("- queued", sink.queued)
        guard let difference = sink.difference else {
            return text + line("acknowledged since its beginning", sink.acknowledged)
        }
        text += line("calls passed", sink.passed)
        text += line("- acknowledged", sink.acknowledged)
        text += line("- refused for good (dead/)", sink.dead)
        if difference != 0, sink.isExplained {
            text += line("- in damaged or missing segments", difference)
            return text + line("= difference", Int64(0))
        }
        return text + line("= difference", difference, isFault: difference != 0)
    }

    private static func words(_ name: some StringProtocol) -> String {
        name.split(separator: "_").joined(separator: " ")
    }

    private static func line(_ name: String, _ value: UInt64?) -> String {
        guard let value else { return "  \(PrintableText.pad(name, to: 34)) not available\n" }
        return line(name, Int64(clamping: value))
    }

    private static func line(_ name: String, _ value: UInt64) -> String {
        line(name, Int64(clamping: value))
    }

    private static func line(_ name: String, _ value: Int64, isFault: Bool = false) -> String {
        let digits = (value < 0 ? "-" : "") + SizeText.count(value.magnitude)
        return "\(isFault ? "!" : " ") \(PrintableText.pad(name, to: 34)) \(digits)\n"
    }
}
