// `earshot status`: a spool at a glance.

import ArgumentParser
import Assembly
import FoundationEssentials
import Platform
import Service
import Spool

/// Shows how a spool is.
struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows what a spool holds, what waits, and what was lost.")

    @OptionGroup var place: SpoolPlace

    @Flag(help: "Look again every second.")
    var watch = false

    @Flag(help: "Print one JSON object, a line each time.")
    var json = false

    func run() throws {
        let spool = try place.open()
        var earlier: SpoolOverview?
        repeat {
            let overview = try SpoolOverview(spool)
            try show(overview, since: earlier)
            earlier = overview
            if watch { spool.time.sleep(nanoseconds: 1_000_000_000) }
        } while watch
    }

    private func show(_ overview: SpoolOverview, since earlier: SpoolOverview?) throws {
        var text: String
        if json {
            text = try Page.json(overview)
        } else {
            text = OverviewText.status(overview, since: earlier)
            // Home and clear, so that the eye stays where it is.
            if watch, Terminal.isTerminal(1) { text = "\u{1B}[H\u{1B}[J" + text }
        }
        try Page.show(text)
    }
}
