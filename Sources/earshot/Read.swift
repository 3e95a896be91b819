// `earshot read`: the calls of captures, straight to standard output.

public import ArgumentParser
import Assembly
import Bytes
import Calls
import PacketSource
import Platform
import Rules
import Service

/// Prints the calls of captures.
struct Read: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "read", abstract: "Prints the HTTP calls that captures hold.",
        discussion: """
            Takes pcap, pcapng and snoop files of any byte order, plain or packed with gzip, LZ4 or \
            Zstandard; - is standard input. Several files are read as one capture. Without --rules \
            everything is printed.
            """)

    @Argument(help: ArgumentHelp("The captures, in order.", valueName: "file"))
    var files: [String]

    @Option(help: ArgumentHelp("lines, json, table or har.", valueName: "form"))
    var format = CallFormat.lines

    @Flag(help: "Print a summary on standard error; on a terminal it is always printed.")
    var summary = false

    @OptionGroup(title: "Calls")
    var flags: AssemblyFlags

    func run() throws {
        let rules = flags.rules == nil ? nil : try RulesLoader(flags.rules).load()
        do throws(CaptureError) {
            try OfflineCapture.check(files)
        } catch {
            throw ReadingError.input(error)
        }
        let bar = ProgressBar(files: files)
        var reading = CaptureReading(
            flags.engineOptions(memoryBytes: AssemblyFlags.readMemoryBytes), rules: rules,
            printer: CallPrinter(format, columns: Terminal.columns(1)),
            output: DescriptorOutput.standard,
            progress: bar.map { bar in { bar.show($0.bytes, $0.calls) } })
        let found = try reading.read(files)
        bar?.clear()
        for warning in found.warnings { CommandMain.say(warning) }
        if summary || Terminal.isTerminal(2) { CommandMain.say(found.line) }
    }
}

extension CallFormat: ExpressibleByArgument {}
