// `earshot why`: what became of the packets that are in no call.

import ArgumentParser
import Assembly
import Bytes
import Calls
import PacketSource
import Platform
import Service
import Spool

/// Explains where bytes went.
struct Why: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Explains what packets became, by cause.",
        discussion: """
            Without captures: what the packets of the spool became. With --read: what the \
            connections in captures (or in packet segments of a spool) were, by server and network: \
            HTTP, TLS, HTTP/2 without its header table, one direction only, another protocol.

            Why is there no call of 10.0.0.7?  earshot why 10.0.0.7 --read spool/packets/*/*.lz4
            """)

    @Argument(
        help: ArgumentHelp(
            "With --read: only servers with one of these addresses, ports or VNIs.",
            valueName: "address|port|vni"))
    var wanted: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Captures, or packet segments of a spool.", valueName: "file"))
    var read: [String] = []

    @OptionGroup var place: SpoolPlace

    func run() throws {
        let text = read.isEmpty ? try explainSpool() : try explainCaptures()
        var output = DescriptorOutput.standard
        try output.write(Array(text.utf8).span)
    }

    private func explainSpool() throws -> String {
        guard wanted.isEmpty else {
            throw ServiceFailure(
                .usage, "\(wanted[0]): which captures? e.g. --read spool/packets/*/*.lz4")
        }
        return WhyText.text(try SpoolOverview(try place.open()))
    }

    private func explainCaptures() throws -> String {
        do throws(CaptureError) {
            try OfflineCapture.check(read)
        } catch {
            throw ReadingError.input(error)
        }
        var reading = CaptureReading(
            EngineOptions(), rules: nil, printer: CallPrinter(.lines, columns: 80),
            output: NoOutput())
        let found = try reading.read(read)
        for warning in found.warnings { CommandMain.say(warning) }
        return TrafficText.text(found, wanted: wanted)
    }
}

/// Takes calls that nobody wants to see.
private struct NoOutput: CallOutput {
    mutating func write(_ bytes: Span<UInt8>) throws(IOError) {}
}
