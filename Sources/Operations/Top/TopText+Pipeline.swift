// The pipeline's health in a few lines: what was dropped, what waits, the sinks, what is wrong.

import Assembly
import Spool

extension TopText {
    /// The most sinks that are shown apart.
    static let maximumSinks = 4

    static func pipeline(_ report: TopReport) -> [TopLine] {
        let overview = report.pipeline
        var lines = [
            dropped(report),
            TopLine(
                "waiting  "
                    + SpoolStage.allCases.map { waiting($0, overview.status) }
                    .joined(separator: " · ")),
        ]
        lines += sinks(overview)
        var problems = OverviewText.problems(overview)
        if let problem = report.problem { problems.append("! \(problem)") }
        if report.sample.unreadable > 0 {
            problems.append("! \(SizeText.count(report.sample.unreadable)) lines are no records")
        }
        return lines + problems.map { TopLine($0, .bad) }
    }

    // What is not zero comes first: on a narrow screen it is what must be seen.
    private static func dropped(_ report: TopReport) -> TopLine {
        let drops = OverviewText.drops(report.pipeline.packets)
        let found = drops.filter { $0.count ?? 0 > 0 }
        let unknown = drops.filter { $0.count == nil }.map(\.cause)
        let words = found.map { "\(SizeText.count($0.count ?? 0)) \($0.cause)" }
        var text = words.isEmpty ? "nothing" : words.joined(separator: " · ")
        text += " in the last \(span(report.dropsNanoseconds))"
        if !unknown.isEmpty { text += " · not known: \(unknown.joined(separator: ", "))" }
        return TopLine("dropped  " + text, found.isEmpty ? .plain : .bad)
    }

    private static func waiting(_ stage: SpoolStage, _ status: SpoolStatus) -> String {
        let lanes = status.lanes.filter { $0.stage == stage }
        let segments = lanes.reduce(0) { $0 + $1.backlogSegments }
        guard segments > 0, let oldest = lanes.compactMap(\.backlogNanoseconds).max() else {
            return "\(stage.rawValue): none"
        }
        let word = segments == 1 ? "segment" : "segments"
        return "\(stage.rawValue): \(SizeText.count(UInt64(segments))) \(word), the oldest "
            + SizeText.span(nanoseconds: oldest)
    }

    private static func sinks(_ overview: SpoolOverview) -> [TopLine] {
        let rows = OverviewText.sinkRows(overview).dropFirst()
        if rows.isEmpty { return [TopLine("sinks    none has shipped from here")] }
        let failing = Set(overview.sinks.filter { $0.state != "running" }.map(\.sink))
        var lines = rows.prefix(maximumSinks).map { cells in
            var text = "sink     \(cells[0]) \(cells[1]) · \(cells[2]) shipped · "
            text += "last success \(cells[3])"
            if cells[4] != "-" { text += " · last error \(cells[4])" }
            return TopLine(text, failing.contains(cells[0]) ? .bad : .plain)
        }
        if rows.count > maximumSinks {
            lines.append(TopLine("         and \(rows.count - maximumSinks) more sinks"))
        }
        return lines
    }
}
