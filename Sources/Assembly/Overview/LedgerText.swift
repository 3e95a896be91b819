// The ledger as a person reads it: every line a sum, every difference with its name.

/// Writes a ledger as text.
public enum LedgerText {
    /// The whole page.
    public static func page(_ ledger: Ledger) -> String {
        var text = ""
        for lane in ledger.lanes { text += page(lane) }
        text += losses(ledger.packets)
        for sink in ledger.sinks { text += page(sink) }
        text += ledger.isBalanced ? "balanced\n" : "NOT BALANCED: see the lines marked !\n"
        return text
    }

    private static func page(_ lane: Ledger.Lane) -> String {
        var text = "lane \(lane.lane)\n"
        text += line("packets stored", Int64(clamping: lane.storedPackets))
        text += line("- assembled", Int64(clamping: lane.assembledPackets))
        text += line("- waiting for assemble", Int64(clamping: lane.waitingPackets))
        if lane.damagedBytes > 0 {
            text += line("  bytes of damaged segments", Int64(clamping: lane.damagedBytes))
        }
        text += line("= difference", lane.packetDifference, isFault: lane.packetDifference != 0)
        text += line("TCP payload bytes", Int64(clamping: lane.payloadBytes))
        for fate in lane.payloadFates.keys.sorted() {
            let name = fate.dropFirst(4).dropLast(6).replacing("_", with: " ")
            text += line("- \(name)", Int64(clamping: lane.payloadFates[fate] ?? 0))
        }
        text += line("= held in open flows", lane.heldBytes)
        return text + line("calls built", Int64(clamping: lane.calls))
    }

    private static func losses(_ packets: PacketTotals) -> String {
        var text = "lost before the spool, packets\n"
        for (name, count) in [
            ("by the kernel", packets.kernelDrops), ("by the interface", packets.interfaceDrops),
            ("for want of buffers", packets.poolRefusals),
            ("over the budget", packets.quotaRefusals),
            ("by failed writes", packets.writeFailures),
        ] {
            guard let count else {
                text += "  \(pad(name, 32)) not available\n"
                continue
            }
            text += line(name, Int64(clamping: count))
        }
        return text
    }

    private static func page(_ sink: Ledger.Sink) -> String {
        var text = "sink \(sink.sink)\n"
        text += line("calls built", Int64(clamping: sink.built))
        text += line("- acknowledged", Int64(clamping: sink.acknowledged))
        text += line("- refused for good (dead/)", Int64(clamping: sink.dead))
        text += line("- queued", Int64(clamping: sink.queued))
        return text + line("= difference", sink.difference, isFault: sink.difference != 0)
    }

    private static func line(_ name: String, _ value: Int64, isFault: Bool = false) -> String {
        "\(isFault ? "!" : " ") \(pad(name, 32)) \(grouped(value))\n"
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 0))
    }

    private static func grouped(_ value: Int64) -> String {
        var digits = String(value.magnitude)
        var place = digits.count - 3
        while place > 0 {
            digits.insert(",", at: digits.index(digits.startIndex, offsetBy: place))
            place -= 3
        }
        return (value < 0 ? "-" : "") + digits
    }
}
