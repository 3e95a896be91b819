// The page of `earshot top`: rates, errors, latencies, the pipeline, and a table whose last column
// takes what is left of the line.

import Assembly
import Spool

/// Writes reports as lines.
public enum TopText {
    /// What stands above the table.
    ///
    /// - Parameters:
    ///   - report: What was found.
    ///   - grouping: What the table counts by.
    ///   - isPaused: Whether the report is of a moment that is over.
    public static func head(
        _ report: TopReport, by grouping: TopGrouping, isPaused: Bool = false
    ) -> [TopLine] {
        let time = CivilTime(nanoseconds: report.atNanoseconds)
        var title = "earshot top · spool \(PrintableText.of(report.pipeline.status.root)) · "
        title += "\(time.date) \(time.timeOfDay.prefix(8)) UTC · by \(grouping.rawValue)"
        if isPaused { title += " · PAUSED" }
        var lines = [TopLine(title, .title), TopLine("")]
        lines.append(TopLine("calls    " + calls(report)))
        if report.sample.skipped > 0 {
            let text = "sampled  \(percent(report.sample.share)) of the calls were looked at, "
            lines.append(TopLine(text + "\(SizeText.count(report.sample.skipped)) passed over"))
        }
        lines.append(errors(report))
        lines.append(TopLine("latency  " + latencies(report.all.latencyNanoseconds)))
        return lines + pipeline(report)
    }

    /// The table, its heading included.
    public static func table(
        _ report: TopReport, by grouping: TopGrouping, rows: Int
    ) -> [TopLine] {
        let found = report.groups[grouping.rawValue] ?? []
        let heading = row([
            "CALLS/S", "SHARE", "5XX", "4XX", "NONE", "P50", "P95", "MAX",
            grouping.rawValue.uppercased(),
        ])
        let body = found.prefix(max(rows, 0)).map { TopLine(row(cells($0)), style($0)) }
        guard !body.isEmpty || report.calls > 0 else {
            return [TopLine("no call in the last \(span(report.windowNanoseconds))")]
        }
        return [TopLine(heading, .heading)] + body
    }

    private static func calls(_ report: TopReport) -> String {
        let window = "in the last \(span(report.windowNanoseconds))"
        var text =
            "\(rate(report.callsPerSecond))/s now · \(SizeText.count(report.calls)) \(window) "
        text += "(\(rate(report.callsPerSecondInWindow))/s)"
        if report.coveredNanoseconds < report.windowNanoseconds {
            text += " · full: the window holds \(span(report.coveredNanoseconds))"
        }
        return text
    }

    private static func errors(_ report: TopReport) -> TopLine {
        let all = report.all
        let parts = [
            ("5xx", all.serverErrors), ("4xx", all.clientErrors), ("no response", all.unanswered),
        ].map { name, count in
            let share = Double(count) / Double(max(all.calls, 1))
            return "\(name) \(percent(share)) (\(SizeText.count(count)))"
        }
        return TopLine("errors   " + parts.joined(separator: " · "), style(all))
    }

    private static func latencies(_ found: Percentiles?) -> String {
        guard let found else { return "not known" }
        return "p50 \(latency(found.p50)) · p95 \(latency(found.p95)) · "
            + "p99 \(latency(found.p99)) · max \(latency(found.max))"
    }

    private static func style(_ row: TopRow) -> TopLine.Style {
        row.serverErrors > 0 ? .bad : .plain
    }

    private static func cells(_ row: TopRow) -> [String] {
        [
            rate(row.callsPerSecond), percent(row.share), SizeText.short(Int64(row.serverErrors)),
            SizeText.short(Int64(row.clientErrors)), SizeText.short(Int64(row.unanswered)),
            row.latencyNanoseconds.map { latency($0.p50) } ?? "-",
            row.latencyNanoseconds.map { latency($0.p95) } ?? "-",
            row.latencyNanoseconds.map { latency($0.max) } ?? "-", row.key,
        ]
    }

    private static let widths = [9, 7, 6, 6, 6, 8, 8, 8]

    private static func row(_ cells: [String]) -> String {
        var line = ""
        for (cell, width) in zip(cells, widths) {
            line += PrintableText.pad(cell, to: width, isRight: true) + " "
        }
        return line + " " + (cells.last ?? "")
    }

    /// Calls a second, three digits at least: `0.08`, `12.3`, `1,234`.
    static func rate(_ perSecond: Double) -> String {
        let hundredths = Int64((perSecond * 100).rounded())
        if hundredths < 1000 {
            let rest = hundredths % 100
            return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
        }
        if hundredths < 10_000 { return SizeText.oneDecimal(hundredths, unit: 100) }
        return SizeText.count(UInt64(hundredths / 100))
    }

    static func percent(_ share: Double) -> String {
        "\((share * 1000).rounded() / 10) %"
    }

    /// A latency: `850 us`, `8.3 ms`, `340 ms`, `1.2 s`.
    static func latency(_ nanoseconds: Int64) -> String {
        if nanoseconds < 1_000_000 { return "\(max(nanoseconds, 0) / 1000) us" }
        if nanoseconds < 100_000_000 {
            return SizeText.oneDecimal(nanoseconds, unit: 1_000_000) + " ms"
        }
        return SizeText.span(nanoseconds: nanoseconds)
    }

    /// A window's length: whole seconds are written without a decimal.
    static func span(_ nanoseconds: Int64) -> String {
        let seconds = nanoseconds / 1_000_000_000
        guard seconds < 120, nanoseconds % 1_000_000_000 == 0 else {
            return SizeText.span(nanoseconds: nanoseconds)
        }
        return "\(seconds) s"
    }
}
