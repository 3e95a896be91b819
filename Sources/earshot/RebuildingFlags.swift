// How calls are built again: those flags of `earshot-assemble` that say what a record looks like.

import ArgumentParser
import Assembly
import Bytes
import Calls
import Operations
import Service
import Spool

/// Flags of `--reassemble`.
struct RebuildingFlags: ParsableArguments {
    @Option(help: ArgumentHelp("Logging rules: their text, or file://PATH.", valueName: "text|…"))
    var rules: String?

    @Option(help: ArgumentHelp("UDP ports that carry VXLAN.", valueName: "ports"))
    var vxlanPorts = PortList([4789...4789])

    @Option(help: ArgumentHelp("Body bytes kept of a message.", valueName: "size"))
    var bodyLimit = ByteSize.mebibytes(1)

    @Option(help: "Memory for connections and calls that are not whole yet.")
    var memory = ByteSize(1 << 30)

    @Option(help: ArgumentHelp("replace, base64 or omit.", valueName: "how"))
    var binaryBodies = BinaryBodies.replace

    @Option(help: ArgumentHelp("earshot or network-sniffer.", valueName: "name"))
    var compatibility = Compatibility.earshot

    @Option(help: ArgumentHelp("Add x-forwarded-for: on or off.", valueName: "on|off"))
    var forwardedFor = OnOff.on

    @Option(
        name: .customLong("real-ip-header"),
        help: ArgumentHelp("Set this header to the client's address.", valueName: "name"))
    var realAddressHeader: String?

    @Option(help: "Wait this long, in packet time, for a packet that is missing.")
    var reorderWindow = TimeSpan.seconds(3)

    @Option(help: "Report a connection that was silent this long, in packet time.")
    var flowTimeout = TimeSpan.seconds(600)

    @Option(
        help: ArgumentHelp(
            "The host that records name; that of the calls retained by default.",
            valueName: "name"))
    var recordHost: String?

    @Option(
        help: ArgumentHelp(
            "Begin so long before --from. Without it with all packets retained: only a connection "
                + "seen from its first packet gives the same ids.",
            valueName: "time"))
    var lead: TimeSpan?

    /// The settings behind them, under the flags' names here.
    static var settings: [Setting] {
        let known: Set = [
            "rules", "body-limit", "memory", "binary-bodies", "compatibility", "forwarded-for",
            "real-ip-header", "reorder-window", "flow-timeout", "vxlan-ports", "host",
        ]
        return AssemblyFlags.settings.filter { known.contains($0.flag) }.map { setting in
            var setting = setting
            if setting.flag == "host" { setting.flag = "record-host" }
            return setting
        }
    }

    func apply(to builder: inout Rebuilding, _ spool: LaneSpool) throws {
        var flags = try AssemblyFlags.parse([])
        flags.vxlanPorts = vxlanPorts
        flags.bodyLimit = bodyLimit
        flags.memory = memory
        flags.binaryBodies = binaryBodies
        flags.compatibility = compatibility
        flags.forwardedFor = forwardedFor
        flags.realAddressHeader = realAddressHeader
        flags.reorderWindow = reorderWindow
        flags.flowTimeout = flowTimeout
        flags.host = try recordHost ?? Rebuilding.recordedHost(in: spool)
        builder.options = flags.engineOptions()
        builder.rules = try RulesLoader(rules).load()
        builder.leadNanoseconds = lead?.nanoseconds
        builder.tailNanoseconds = flowTimeout.nanoseconds
    }
}
