// The flags that say which packets become calls and how calls are written: those of
// `earshot-assemble`, which `earshot read` takes, too.

public import ArgumentParser
public import Calls
import Reassembly
public import Service
import Wire

/// The flags of the way from packets to calls.
public struct AssemblyFlags: ParsableArguments {
    /// TCP ports of which a packet must have one.
    @Option(
        help: ArgumentHelp(
            "Only connections with one of these TCP ports; all by default.", valueName: "ports"))
    public var ports: PortList?

    /// VXLAN networks taken.
    @Option(
        help: ArgumentHelp(
            "Only these VXLAN networks, or all but those with - in front.", valueName: "vnis"))
    public var vnis: VNIList?

    /// UDP ports that carry VXLAN.
    @Option(
        name: .customLong("vxlan-ports"),
        help: ArgumentHelp(
            "UDP ports that carry VXLAN.", valueName: "ports"))
    public var vxlanPorts = PortList([4789...4789])

    /// The logging rules.
    @Option(
        help: ArgumentHelp(
            "Logging rules: their text, or file://PATH.", valueName: "text|file://…"))
    public var rules: String?

    /// The most body bytes of a call.
    @Option(help: ArgumentHelp("Body bytes kept of a message, after decoding.", valueName: "size"))
    public var bodyLimit = ByteSize.mebibytes(1)

    /// The most memory of connections and messages that are not whole yet.
    @Option(
        help: ArgumentHelp(
            "Memory for connections and calls that are not whole yet (default: 1GiB; read: 128MiB).",
            valueName: "size"))
    public var memory: ByteSize?

    /// The memory budget of a process that goes on for ever.
    public static let serviceMemoryBytes = 1 << 30
    /// The memory budget of one that reads captures: some 160 MiB resident at most.
    public static let readMemoryBytes = 128 << 20

    /// What becomes of bodies that are not text.
    @Option(
        help: ArgumentHelp(
            "Bodies that are not UTF-8: replace, base64 or omit.", valueName: "how"))
    public var binaryBodies = BinaryBodies.replace

    /// Whose choices records follow.
    @Option(
        help: ArgumentHelp(
            "Records as earshot writes them, or as network-sniffer did.", valueName: "name"))
    public var compatibility = Compatibility.earshot

    /// Whether the client's address is added.
    @Option(
        help: ArgumentHelp(
            "Add the client's address as x-forwarded-for where there is none: on or off.",
            valueName: "on|off"))
    public var forwardedFor = OnOff.on

    /// A header set to the client's address.
    @Option(
        name: .customLong("real-ip-header"),
        help: ArgumentHelp(
            "Set this request header to the client's address.", valueName: "name"))
    public var realAddressHeader: String?

    /// How long a missing packet is waited for.
    @Option(
        help: ArgumentHelp(
            "Wait this long, in packet time, for a packet that is missing.", valueName: "time"))
    public var reorderWindow = TimeSpan.seconds(3)

    /// How long a silent connection is followed.
    @Option(
        help: ArgumentHelp(
            "Report a connection that was silent this long, in packet time.", valueName: "time"))
    public var flowTimeout = TimeSpan.seconds(600)

    /// The value of the `host` pair.
    @Option(help: ArgumentHelp("The host that records name; this machine's name by default."))
    public var host: String?

    /// Creates the flags; ArgumentParser fills them.
    public init() {}

    /// What these flags ask of an engine.
    ///
    /// - Parameter memoryBytes: The memory budget when none is given.
    public func engineOptions(memoryBytes: Int = serviceMemoryBytes) -> EngineOptions {
        var options = EngineOptions()
        options.decoder.ports = AssemblyFlags.all(ports)
        options.decoder.vxlanPorts = AssemblyFlags.all(vxlanPorts)
        options.decoder.vniFilter = VNIFilter(
            (vnis?.entries ?? []).map {
                VNIFilter.Entry(vni: $0.vni, allows: $0.isAllowed)
            })
        options.reassembly.reorderWindowNanoseconds = reorderWindow.nanoseconds
        options.reassembly.idleTimeoutNanoseconds = flowTimeout.nanoseconds
        options.calls.bodyLimitBytes = bodyLimit.bytes
        options.calls.binaryBodies = binaryBodies
        options.calls.compatibility = compatibility
        options.calls.addsForwardedFor = forwardedFor == .on
        options.calls.realAddressHeader = (realAddressHeader ?? "").lowercased()
        options.calls.hostName = host ?? HostName.current()
        options.memoryBudgetBytes = memory?.bytes ?? memoryBytes
        return options
    }

    private static func all(_ list: PortList?) -> [UInt16] {
        (list?.ranges ?? []).flatMap { Array($0) }
    }
}

/// A choice between two.
public enum OnOff: String, Sendable, CaseIterable, ExpressibleByArgument {
    /// Yes.
    case on
    /// No.
    case off
}

extension BinaryBodies: ExpressibleByArgument {}
extension Compatibility: ExpressibleByArgument {}
