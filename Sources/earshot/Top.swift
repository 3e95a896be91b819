// `earshot top`: the calls of the last moments and the pipeline's health, again and again.

import ArgumentParser
import Assembly
import FoundationEssentials
import Operations
import Platform
import Service
import Spool

/// Watches calls.
struct Top: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract:
            "Shows calls per second by host, path, status or method, and the pipeline's health.",
        discussion: """
            On a terminal: h, p, s and m change what the table counts by, space pauses, q quits. \
            Elsewhere, or with --once: one page after one interval. Only sealed call segments are \
            read, and nothing is written. In paths, numbers, UUIDs and long hexadecimal numbers are \
            {id}. When calls come faster than they can be read, some are passed over; the page says \
            how many. NO_COLOR keeps it without colours.
            """)

    @OptionGroup var place: SpoolPlace

    @Option(help: ArgumentHelp("The time between two looks.", valueName: "time"))
    var interval = TimeSpan.seconds(2)

    @Option(help: ArgumentHelp("How far back the calls of the table reach.", valueName: "time"))
    var window = TimeSpan.seconds(60)

    @Option(help: ArgumentHelp("Count by host, path, status or method.", valueName: "what"))
    var by = TopGrouping.host

    @Option(help: ArgumentHelp("The most rows of a table.", valueName: "number"))
    var rows = 20

    @Flag(help: "Print one page after one interval, without escape codes, and end.")
    var once = false

    @Flag(help: "Print one JSON object, a line each interval.")
    var json = false

    @Option(help: ArgumentHelp("With --json: end after so many.", valueName: "number"))
    var count: Int?

    func run() throws {
        try check()
        let spool = try place.open()
        let isDumb = ProcessInfo.processInfo.environment["TERM"] == "dumb"
        let isScreen = !once && !json && !isDumb && Terminal.isTerminal(1)
        var monitor = TopMonitor(
            spool, window: window.nanoseconds, interval: interval.nanoseconds,
            rows: isScreen ? TopMonitor.maximumRows : rows)
        if isScreen {
            return try TopScreen(grouping: by, interval: interval.nanoseconds).run(&monitor)
        }
        // Rates are of an interval that was watched.
        _ = try monitor.look()
        var left = json ? count ?? (once ? 1 : .max) : 1
        while left > 0 {
            spool.time.sleep(nanoseconds: interval.nanoseconds)
            let report = try monitor.look()
            try Page.show(json ? Page.json(report) : page(report))
            left -= 1
        }
    }

    private func page(_ report: TopReport) -> String {
        let lines =
            TopText.head(report, by: by) + [TopLine("")]
            + TopText.table(report, by: by, rows: rows)
        let columns = Terminal.columns(1) ?? .max
        return lines.map { PrintableText.cut($0.text, to: columns) + "\n" }.joined()
    }

    private func check() throws {
        let second: Int64 = 1_000_000_000
        try require((second / 10)...(3600 * second), interval, "--interval", "100ms to 1h")
        try require(second...(3600 * second), window, "--window", "1s to 1h")
        guard (1...TopMonitor.maximumRows).contains(rows) else {
            throw ServiceFailure(
                .usage, "--rows: \(rows) is not from 1 to \(TopMonitor.maximumRows)")
        }
        guard let count else { return }
        guard json, !once else { throw ServiceFailure(.usage, "--count goes with --json alone") }
        guard count > 0 else { throw ServiceFailure(.usage, "--count: \(count) is not above 0") }
    }

    private func require(
        _ bounds: ClosedRange<Int64>, _ span: TimeSpan, _ name: String, _ text: String
    ) throws {
        guard bounds.contains(span.nanoseconds) else {
            throw ServiceFailure(.usage, "\(name): \(span) is not from \(text)")
        }
    }
}
