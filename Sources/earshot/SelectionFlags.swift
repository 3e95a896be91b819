// The flags that say which calls are meant.

import ArgumentParser
import Operations
import Platform
import Service
import SinkSetup
import Sinks

/// Picks calls on the command line.
struct SelectionFlags: ParsableArguments {
    @Option(parsing: .unconditional, help: ArgumentHelp("From this moment on.", valueName: "time"))
    var from: Moment?

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Up to this moment; given again, or instead, a sink to ship to.",
            valueName: "time|sink"))
    var to: [String] = []

    @Option(
        name: [.customLong("port"), .customLong("ports")],
        help: ArgumentHelp("Only calls to these server ports.", valueName: "ports"))
    var port: PortList?

    @Option(
        name: [.customLong("vni"), .customLong("vnis")],
        help: ArgumentHelp("Only calls of these VXLAN networks.", valueName: "vnis"))
    var vni: VNIList?

    @Option(help: ArgumentHelp("Only calls to hosts like this: *.example.com.", valueName: "glob"))
    var host: [String] = []

    @Option(help: ArgumentHelp("Only calls of paths like this: /api/*.", valueName: "glob"))
    var path: [String] = []

    @Option(help: ArgumentHelp("Only this method.", valueName: "name"))
    var method: [String] = []

    @Option(help: ArgumentHelp("Only these: 200,4xx,500-599,none.", valueName: "codes"))
    var status: StatusList?

    @Option(help: ArgumentHelp("Only the call with this id.", valueName: "id"))
    var call: [String] = []

    @Option(help: ArgumentHelp("Only this lane.", valueName: "number"))
    var lane: [UInt32] = []

    /// The lanes; empty is all.
    var lanes: Set<UInt32> { Set(lane) }

    /// What was picked, and the sink that stood where a moment could stand, too.
    func choice(now: Int64) throws -> (selection: CallSelection, sink: String?) {
        var selection = CallSelection()
        var sink: String?
        selection.time.from = from?.nanoseconds(now: now)
        for word in to {
            if (try? SinkAddress(word, units: SinkFlags.units)) != nil {
                guard sink == nil else { throw ServiceFailure(.usage, "--to: one sink only") }
                sink = word
                continue
            }
            do throws(ValueError) {
                selection.time.to = try Moment(parsing: word).nanoseconds(now: now)
            } catch {
                throw ServiceFailure(.usage, "--to: '\(word)' is no sink, and \(error)")
            }
        }
        if let from = selection.time.from, let end = selection.time.to, end <= from {
            throw ServiceFailure(.usage, "--to is not behind --from: the range is empty")
        }
        selection.ports = port
        selection.vnis = vni
        selection.hosts = host.map { Glob($0, ignoresCase: true) }
        selection.paths = path.map { Glob($0) }
        selection.methods = Set(method.map { $0.uppercased() })
        selection.statuses = status
        selection.ids = Set(call.map { $0.lowercased() })
        return (selection, sink)
    }
}
