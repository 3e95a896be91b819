// earshot: the operator's command. Each subcommand is in a file of its own; the work is in
// Assembly.

import ArgumentParser
import Service

/// The command `earshot`.
@main
struct Earshot: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "earshot",
        abstract: "Reads captures, looks after a spool, tries logging rules.",
        version: EarshotVersion.line("earshot"),
        subcommands: [
            Read.self, Status.self, Top.self, LedgerCommand.self, Why.self, ReplayCommand.self,
            Pin.self, Unpin.self, SalvageCommand.self, DoctorCommand.self, Health.self, Rules.self,
            Demo.self,
        ])

    static func main() { CommandMain.run() }
}
