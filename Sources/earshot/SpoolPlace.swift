// Which spool a command looks at.

import ArgumentParser
import Assembly
import FoundationEssentials
import Platform
import Service
import Spool

/// `--spool` of the commands that only look.
struct SpoolPlace: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The spool directory; EARSHOT_SPOOL or ./spool by default.", valueName: "dir"))
    var spool: String?

    /// Where the spool is.
    func root(_ environment: [String: String]) -> String {
        let variable = environment["EARSHOT_SPOOL"] ?? ""
        return spool ?? (variable.isEmpty ? "./spool" : variable)
    }

    /// The spool, if it is there.
    func open() throws -> LaneSpool {
        let root = root(ProcessInfo.processInfo.environment)
        let found = LaneSpool(
            files: LiveFiles(), layout: SpoolLayout(root: root), time: SystemTime())
        guard try found.files.status(found.layout.stateDirectory)?.kind == .directory else {
            throw ServiceFailure(.noInput, "\(root): there is no spool here (--spool)")
        }
        return found
    }
}
