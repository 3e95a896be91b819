// The same settings for the environment and the file, and the names people already use: those of
// the network sniffer (spec resurface 4.1) and of its Helm chart (4.2).

import Service

enum CaptureSettings {
    /// What can change while packets come in: all of it is in the kernel's filter.
    static let live: Set<String> = ["ports", "vnis", "filter", "engine"]

    static let table = SettingsTable(
        process: "capture", input + memory + spool,
        unusedVariables: [
            .unused(
                "SNIFFER_RF_MONITOR_ENABLED",
                because: "monitor mode is not offered: it hears "
                    + "802.11 frames, not calls"),
            .unused("SNIFFER_NOFILTER", because: "leave the ports away for all TCP traffic"),
            .unused("K8S_INPUT", because: "name interfaces with -i, or ports with --ports"),
            .unused("SNIFFER_DEBUG_ENABLED", because: "use --log-level debug"),
            .unused("SNIFFER_DEBUG_VERBOSITY", because: "use --log-level debug"),
            .unused(
                "SNIFFER_DEBUG_EXPORT",
                because: "packets are in the spool as pcapng; nothing is exported"),
        ],
        unusedSnifferKeys: [
            .unused("discovery", because: "services are not discovered: name ports"),
            .unused("services", because: "services are not looked up: name ports"),
            .unused("pods", because: "pods are not looked up: name ports"),
            .unused("labels", because: "labels are not looked up: name ports"),
            .unused("vpcmirror.autosetup", because: "mirror sessions are not made here"),
            .unused("ignore", because: "interfaces are named with -i, not left out"),
            OldName("enabled") { text in
                Truth.parse(text) == false
                    ? .warn("is for the chart; whoever starts this process wants it") : .nothing
            },
        ])

    private static let input: [Setting] = [
        .interfaces(help: "Capture on these interfaces."),
        .text("read", shape: .list, letter: "r", help: "Read these capture files instead.")
            .only(.notFile),
        .tcpPorts(help: "Keep only these TCP ports."),
        .networks(help: "Keep only these VXLAN networks."),
        .vxlanPorts(help: "The UDP ports that carry VXLAN."),
        .choice(
            "engine", ["auto", "mirror"], defaultText: "auto",
            help: "auto: plain and mirrored packets; mirror: only what comes in a tunnel."
        ).reading(
            OldName("SNIFFER_ENGINE", engine),
            sniffer: [OldName.truth("vpcmirror.enabled").mapping(["true": "mirror"])]),
        .text("filter", help: "A pcap-filter(7) expression on the outer packet."),
        .number(
            "snaplen", 64...262_144, defaultText: "262144", help: "The most bytes of a packet."),
        .toggle("promiscuous", help: "Hear packets for other machines, too.")
            .reading(.truth("SNIFFER_PROMISC_ENABLED")),
    ]

    private static let memory: [Setting] = [
        .value(
            "ring", ByteSize.self, defaultText: "256MiB",
            help: "The kernel's ring, for each interface and lane."
        ).reading(OldName("SNIFFER_PCAP_BUFFER_SIZE") { $0 == "0" ? .nothing : .value($0) }),
        .value(
            "pool", ByteSize.self, defaultText: "256MiB",
            help: "The buffers between capturing and writing, for each lane."),
        .number("lanes", 1...64, defaultText: "1", help: "Capture in so many lanes side by side."),
        .text("user", help: "Become this user before anything is opened."),
    ]

    private static let spool: [Setting] = [
        .value(
            "seal-bytes", ByteSize.self, defaultText: "64MiB",
            help: "Seal a segment at this many bytes of packets."),
        .value(
            "seal-after", TimeSpan.self, defaultText: "1s",
            help: "Seal a segment this long after its first packet."),
        .value(
            "marker-after", TimeSpan.self, defaultText: "10s",
            help: "While no packet comes, seal an empty segment this often."),
        .number("compression-level", -64...12, defaultText: "-4", help: "LZ4's level."),
        .value("budget", ByteSize.self, help: "The most bytes of packet segments."),
        .value(
            "min-free", ByteSize.self, defaultText: "1GiB or a twentieth",
            help: "Leave this much of the file system free."),
        .value(
            "retain", TimeSpan.self, defaultText: "1h",
            help: "Keep assembled packet segments so long."),
        .choice(
            "when-full", ["refuse", "drop-oldest"], defaultText: "refuse",
            help: "What is done when there is no room."),
    ]

    /// The sniffer's script knows `mirror` and `k8s`; its README says `vxlan` for `mirror`.
    @Sendable
    static func engine(_ text: String) -> OldName.Meaning {
        switch text {
        case "mirror": .value("mirror")
        case "vxlan": .valueButWarn("mirror", "the sniffer only knew 'mirror'; taken as that")
        case "k8s": .valueButWarn("auto", "pods are not looked up: name interfaces and ports")
        case "", "libpcap", "pcap", "raw_socket", "auto": .value("auto")
        case _: .wrong("is not an engine: mirror, or nothing")
        }
    }
}
