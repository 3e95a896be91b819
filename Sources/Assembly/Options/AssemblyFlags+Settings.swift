// The same flags as settings: variables, file keys, and the names the network sniffer had for them.

import Calls
public import Service

extension AssemblyFlags {
    /// The settings behind the flags.
    public static var settings: [Setting] { filterSettings + recordSettings + limitSettings }

    private static var filterSettings: [Setting] {
        [
            .tcpPorts(help: "Only connections with one of these TCP ports."),
            .networks(help: "Only these VXLAN networks, or all but those with - in front."),
            .vxlanPorts(help: "UDP ports that carry VXLAN."),
        ]
    }

    private static var recordSettings: [Setting] {
        [
            .text("rules", help: "Logging rules: their text, or file://PATH.")
                .reading(OldName("USAGE_LOGGERS_RULES"), sniffer: [OldName("logger.rules")]),
            .value(
                "body-limit", ByteSize.self, defaultText: "1MiB",
                help: "Body bytes kept of a message, after decoding."
            ).reading(
                OldName("USAGE_LOGGERS_BODY_LIMIT") { text in
                    WholeNumber.parse(text).map { $0 < 0 ? .nothing : .value(String($0)) }
                        ?? .warn("'\(text)' is not a number and is ignored")
                }),
            .choice(
                "binary-bodies", BinaryBodies.allCases.map(\.rawValue), defaultText: "replace",
                help: "What becomes of bodies that are not UTF-8."),
            .choice(
                "compatibility", Compatibility.allCases.map(\.rawValue), defaultText: "earshot",
                help: "Whose choices records follow where they differ."),
            .choice(
                "forwarded-for", OnOff.allCases.map(\.rawValue), defaultText: "on",
                help: "Add the client's address as x-forwarded-for where there is none."),
            .text("real-ip-header", help: "Set this request header to the client's address.")
                .reading(OldName("SNIFFER_REALIP_HEADER")),
            .text("host", help: "The host that records name.").reading(OldName("DYNO")),
        ]
    }

    private static var limitSettings: [Setting] {
        [
            .value(
                "memory", ByteSize.self, defaultText: "1GiB",
                help: "Memory for connections and calls that are not whole yet."),
            .value(
                "reorder-window", TimeSpan.self, defaultText: "3s",
                help: "How long, in packet time, a missing packet is waited for."),
            .value(
                "flow-timeout", TimeSpan.self, defaultText: "10m",
                help: "How long, in packet time, a silent connection is followed."),
        ]
    }
}
