// The overview as text for people: aligned, short, what is wrong last.

import Spool

/// Writes overviews.
public enum OverviewText {
    /// The whole overview.
    ///
    /// - Parameters:
    ///   - overview: What was found.
    ///   - earlier: An overview of a moment before, for rates; nil takes those of the last minute.
    public static func status(_ overview: SpoolOverview, since earlier: SpoolOverview? = nil)
        -> String
    {
        let status = overview.status
        var text = "spool \(PrintableText.of(status.root)) · "
        text += "\(SizeText.bytes(status.availableBytes)) free of "
        text += "\(SizeText.bytes(status.totalBytes))\n\n"
        text += table(
            [["STAGE", "LANE", "SEGMENTS", "STORED", "PINNED", "BACKLOG", "OLDEST WAITING"]]
                + status.lanes.map(laneRow), rightFrom: 1)
        if status.lanes.isEmpty { text += "nothing yet: no packet segment was sealed\n" }
        text += "\n" + packets(overview, earlier) + calls(overview, earlier)
        if !overview.sinks.isEmpty || !status.sinks.isEmpty {
            text += "\n" + table(sinkRows(overview), rightFrom: 99)
        }
        let problems = problems(overview)
        if !problems.isEmpty { text += "\n" + problems.joined(separator: "\n") + "\n" }
        return text
    }

    private static func laneRow(_ lane: LaneStatus) -> [String] {
        [
            lane.stage.rawValue, String(lane.lane), SizeText.count(UInt64(lane.sealedSegments)),
            lane.storedBytes.map(SizeText.bytes) ?? "-",
            lane.pinnedSegments == 0
                ? "-" : lane.pinnedBytes.map(SizeText.bytes) ?? String(lane.pinnedSegments),
            SizeText.count(UInt64(lane.backlogSegments)),
            lane.backlogNanoseconds.map { SizeText.span(nanoseconds: $0) } ?? "-",
        ]
    }

    private static func packets(_ overview: SpoolOverview, _ earlier: SpoolOverview?) -> String {
        let totals = overview.packets
        let rate = rate(
            totals.recentPackets, totals.packets, earlier?.packets.packets, overview, earlier)
        var text = "packets  \(SizeText.count(totals.packets)) stored"
        text += " (\(SizeText.bytes(totals.storedBytes)) compressed) · \(rate)/s\n"
        let words = drops(totals).map {
            "\($0.count.map(SizeText.count) ?? "not known") \($0.cause)"
        }
        return text + "dropped  " + words.joined(separator: " · ") + "\n"
    }

    /// Packets that were dropped, by cause; nil is not known.
    public static func drops(_ totals: PacketTotals) -> [(cause: String, count: UInt64?)] {
        [
            ("by the kernel", totals.kernelDrops), ("by the interface", totals.interfaceDrops),
            ("for want of buffers", totals.poolRefusals),
            ("over the budget", totals.quotaRefusals),
            ("by failed writes", totals.writeFailures),
        ]
    }

    private static func calls(_ overview: SpoolOverview, _ earlier: SpoolOverview?) -> String {
        let totals = overview.calls
        let rate = rate(totals.recentLines, totals.lines, earlier?.calls.lines, overview, earlier)
        var text = "calls    \(SizeText.count(totals.lines)) written · \(rate)/s"
        let order = ["full", "partial", "request_only", "response_only"]
        for name in order {
            let count = totals.byCompleteness[name] ?? 0
            if count > 0 { text += " · \(SizeText.count(count)) \(words(name))" }
        }
        if let last = totals.lastNanoseconds {
            let age = SizeText.span(nanoseconds: max(0, overview.atNanoseconds - last))
            text += " · last packet \(age) ago"
        }
        return text + "\n"
    }

    /// A heading, and a row for each sink.
    public static func sinkRows(_ overview: SpoolOverview) -> [[String]] {
        var rows = [["SINK", "STATE", "SHIPPED", "LAST SUCCESS", "LAST ERROR"]]
        let known = Dictionary(overview.sinks.map { ($0.sink, $0) }) { first, _ in first }
        let names = Set(overview.sinks.map(\.sink) + overview.status.sinks.map(\.sink))
        for name in names.sorted() {
            let state = known[name]
            let cursor = overview.status.sinks.first { $0.sink == name }
            let totals = state?.totals ?? cursor?.totals ?? [:]
            let shipped = totals["lines"] ?? 0
            let success = state?.lastSuccessNanoseconds ?? cursor?.lastAcknowledgedNanoseconds
            rows.append([
                PrintableText.of(name), state?.state ?? "-", SizeText.count(shipped),
                success.map { ago(overview, $0) } ?? "never",
                state?.lastError.map { PrintableText.of($0) } ?? "-",
            ])
        }
        return rows
    }

    /// What is wrong, a line each.
    public static func problems(_ overview: SpoolOverview) -> [String] {
        var lines: [String] = []
        if overview.status.quarantined > 0 {
            lines.append("! \(overview.status.quarantined) files in quarantine/: damaged input")
        }
        if overview.calls.damagedBytes > 0 {
            lines.append(
                "! \(SizeText.bytes(overview.calls.damagedBytes)) of packet segments were damaged")
        }
        if overview.calls.missingSegments > 0 {
            lines.append("! \(overview.calls.missingSegments) packet segments were missing")
        }
        if overview.unreadableManifests > 0 {
            lines.append("! \(overview.unreadableManifests) manifests cannot be read")
        }
        return lines + overview.status.problems.map { "! \(PrintableText.of($0))" }
    }

    private static func ago(_ overview: SpoolOverview, _ nanoseconds: Int64) -> String {
        SizeText.span(nanoseconds: max(0, overview.atNanoseconds - nanoseconds)) + " ago"
    }

    private static func words(_ name: String) -> String {
        name.split(separator: "_").joined(separator: " ")
    }

    private static func rate(
        _ recent: UInt64, _ total: UInt64, _ before: UInt64?, _ overview: SpoolOverview,
        _ earlier: SpoolOverview?
    ) -> String {
        guard let before, let earlier else {
            return SizeText.count(recent / UInt64(SpoolOverview.rateNanoseconds / 1_000_000_000))
        }
        let span = max(overview.atNanoseconds - earlier.atNanoseconds, 1)
        let perSecond = Double(total - min(before, total)) * 1e9 / Double(span)
        return SizeText.count(UInt64(perSecond))
    }

    /// Rows in columns as wide as their widest cell.
    public static func table(_ rows: [[String]], rightFrom: Int) -> String {
        var widths: [Int] = []
        for row in rows {
            for (index, cell) in row.enumerated() {
                if index == widths.count { widths.append(0) }
                widths[index] = max(widths[index], cell.unicodeScalars.count)
            }
        }
        var text = ""
        for row in rows {
            var line = ""
            for (index, cell) in row.enumerated() {
                let isRight = index >= rightFrom
                line += PrintableText.pad(cell, to: widths[index], isRight: isRight) + "  "
            }
            while line.last == " " { line.removeLast() }
            text += line + "\n"
        }
        return text
    }
}
