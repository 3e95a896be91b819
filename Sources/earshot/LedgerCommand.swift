// `earshot ledger`: does everything add up?

import ArgumentParser
import Assembly
import FoundationEssentials
import Glibc
import Operations
import Platform
import Service

/// Prints the balance from packets to acknowledgements.
struct LedgerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Adds up packets, bytes and calls, and says where they do not balance.",
        discussion: """
            Exits with 1 when a difference has no name, and says which. With --from, --to or \
            --lane only segments of that time and lane count; a segment counts as a whole.
            """)

    @OptionGroup var place: SpoolPlace

    @Option(parsing: .unconditional, help: ArgumentHelp("From this moment on.", valueName: "time"))
    var from: Moment?

    @Option(parsing: .unconditional, help: ArgumentHelp("Up to this moment.", valueName: "time"))
    var to: Moment?

    @Option(help: ArgumentHelp("Only this lane.", valueName: "number"))
    var lane: [UInt32] = []

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let spool = try place.open()
        let now = spool.time.wallNanoseconds()
        let ledger = try Ledger(
            spool, from: from?.nanoseconds(now: now), to: to?.nanoseconds(now: now),
            lanes: Set(lane))
        try Page.show(json ? Page.json(ledger) : LedgerText.page(ledger))
        if ledger.isBalanced { return }
        for fault in ledger.faults { CommandMain.say("not balanced: \(fault)") }
        Glibc.exit(1)
    }
}
