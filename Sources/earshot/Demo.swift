// `earshot demo`: what Earshot does, in a second, without rights, network or traces.

import ArgumentParser
import Assembly
import Bytes
import Calls
import FoundationEssentials
import Platform
import Service
import Spool

/// Shows the whole way on made-up packets.
struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Shows Earshot at work on made-up traffic.")

    @Option(help: ArgumentHelp("Keep the spool of the demo here.", valueName: "dir"))
    var keep: String?

    func run() throws {
        let root =
            keep ?? FileManager.default.temporaryDirectory.path
            + "/earshot-demo-\(UUID().uuidString)"
        defer {
            // What cannot be removed is in the folder for such things.
            if keep == nil { try? FileManager.default.removeItem(atPath: root) }
        }
        let time = SystemTime()
        let spool = LaneSpool(files: LiveFiles(), layout: SpoolLayout(root: root), time: time)
        try spool.layout.prepare(files: spool.files)
        guard try spool.layout.lanes(.packets, files: spool.files).isEmpty else {
            throw ServiceFailure(.usage, "--keep: \(root) holds packets already")
        }
        var options = EngineOptions()
        options.calls.hostName = HostName.current()
        let outcome = try Assembly.Demo(spool).run(options, from: time.wallNanoseconds())
        var printer = CallPrinter(.table, columns: Terminal.columns(1))
        var text = ByteBuffer()
        text.append(
            utf8: "\(outcome.packets) packets of a made-up shop went through a spool: "
                + "\(outcome.segments) packet segments, then call segments.\n\n")
        try printer.print(outcome.calls.span, into: &text)
        printer.finish(into: &text)
        text.append(utf8: Demo.closing(outcome, keep))
        var output = DescriptorOutput.standard
        try output.write(text.span)
    }

    private static func closing(_ outcome: Assembly.Demo.Outcome, _ keep: String?) -> String {
        var text = """

            partial: a packet of the report was lost on the wire; the rest of it is there, the gap declared.
            request: nobody answered /slow.
            \(outcome.tlsBytes) bytes of TLS were counted; what is encrypted cannot be shown.

            """
        if let keep {
            text += """

                The segments are standard files:
                  lz4 -dc \(keep)/packets/0/*.lz4 | tcpdump -nr -
                  lz4 -dc \(keep)/calls/0/*.lz4 | jq .

                """
        }
        return text
            + "\nNext: earshot read FILE.pcap, or earshot-capture, -assemble and -ship --help.\n"
    }
}
