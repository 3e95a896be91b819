// `earshot salvage`: what is whole of damaged segments.

import ArgumentParser
import Assembly
import FoundationEssentials
import Glibc
import Operations
import Platform
import Service
import Spool

/// Recovers damaged segments.
struct SalvageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "salvage", abstract: "Recovers what is whole of damaged segments.",
        discussion: """
            Takes packet and call segments, sealed or left open, and what is in quarantine/. Of a \
            damaged one a valid file is written; a whole one is left as it is. Exit codes: 0 all \
            are whole; 1 some is lost; 65 nothing could be recovered.
            """)

    @Argument(help: ArgumentHelp("The segments.", valueName: "file"))
    var files: [String] = []

    @Option(help: ArgumentHelp("Look at all segments of this spool instead.", valueName: "dir"))
    var spool: String?

    @Option(help: ArgumentHelp("Where recovered files go.", valueName: "dir"))
    var out = "./salvaged"

    @Flag(help: "Print one JSON object a file.")
    var json = false

    func run() throws {
        let live = LiveFiles()
        guard files.isEmpty != (spool == nil) else {
            throw ServiceFailure(.usage, "name files, or a spool by --spool")
        }
        let paths = try spool.map { try SegmentFiles.all(in: $0, live) } ?? files
        if paths.isEmpty { throw ServiceFailure(.noInput, "there is no segment here") }
        let salvage = Salvage(files: live)
        var worst = Salvage.Outcome.whole
        var isAnyKept = false
        for path in paths {
            let look = try salvage.run(path, to: nil)
            var report = look
            if look.outcome == .partly {
                try live.makeDirectory(out)
                report = try salvage.run(path, to: try target(path, live))
            }
            try show(report)
            if report.kept > 0 || report.outcome == .whole { isAnyKept = true }
            if report.outcome != .whole { worst = report.outcome }
        }
        if !isAnyKept { Glibc.exit(Platform.ExitCode.dataError.rawValue) }
        if worst != .whole { Glibc.exit(1) }
    }

    /// A name in `out` that is free.
    private func target(_ path: String, _ live: LiveFiles) throws -> String {
        let stem = SegmentFiles.plainName(path)
        for copy in 0..<1000 {
            let name = copy == 0 ? "\(out)/\(stem)" : "\(out)/\(copy)-\(stem)"
            if try live.status(name) == nil { return name }
        }
        throw ServiceFailure(.cannotCreate, "\(out) holds a thousand copies of \(stem) already")
    }

    private func show(_ report: Salvage.Report) throws {
        if !json && spool != nil && report.outcome == .whole { return }
        try Page.show(json ? Page.json(report) : SalvageText.text(report))
    }
}
