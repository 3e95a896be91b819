// `earshot ledger`: does everything add up?

import ArgumentParser
import Assembly
import FoundationEssentials
import Glibc
import Platform
import Service

/// Prints the balance from packets to acknowledgements.
struct LedgerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Adds up packets, bytes and calls, and says where they do not balance.",
        discussion: "Exits with 1 when a difference has no name.")

    @OptionGroup var place: SpoolPlace

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let ledger = try Ledger(try place.open())
        var text = LedgerText.page(ledger)
        if json {
            let encoder = JSONEncoder()
            encoder.keyEncodingStrategy = .convertToSnakeCase
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            text = String(decoding: try encoder.encode(ledger), as: UTF8.self) + "\n"
        }
        let bytes = Array(text.utf8)
        var output = DescriptorOutput.standard
        try output.write(bytes.span)
        if !ledger.isBalanced { Glibc.exit(1) }
    }
}
