// What earshot-capture can be told. Defaults lose nothing on a busy network.

import ArgumentParser
import Service

struct InputOptions: ParsableArguments {
    @Option(
        name: [.customShort("i"), .customLong("interface")], parsing: .upToNextOption,
        help: ArgumentHelp(
            "Capture on these interfaces; 'any' is all of them. Without -i and -r: any.",
            valueName: "name"))
    var interface: [String] = []

    @Option(
        name: [.customShort("r"), .customLong("read")], parsing: .upToNextOption,
        help: ArgumentHelp(
            "Read these capture files instead: pcap, pcapng, snoop, plain or in gzip, LZ4 or "
                + "Zstandard; '-' is standard input.",
            valueName: "file"))
    var read: [String] = []

    @Option(help: "Keep only these TCP ports: 80,8000-8010. All when not given.")
    var ports: PortList?

    @Option(help: "Keep only these VXLAN networks, or all but those with - in front: 861,862.")
    var vnis: VNIList?

    @Option(help: ArgumentHelp("The UDP ports that carry VXLAN.", valueName: "ports"))
    var vxlanPorts = PortList([4789...4789])

    @Option(help: "auto: plain and mirrored packets; mirror: only what comes in a tunnel.")
    var engine = "auto"

    @Option(
        help: ArgumentHelp(
            "Keep only packets this pcap-filter(7) expression lets through; it sees the outer "
                + "packet.",
            valueName: "bpf"))
    var filter: String?

    @Option(help: ArgumentHelp("The most bytes kept of a packet.", valueName: "bytes"))
    var snaplen = 262_144

    @Flag(help: "Hear packets for other machines, too.")
    var promiscuous = false
}

struct MemoryOptions: ParsableArguments {
    @Option(help: "The kernel's ring, for each interface and lane.")
    var ring = ByteSize.mebibytes(256)

    @Option(help: "The buffers between capturing and writing, for each lane.")
    var pool = ByteSize.mebibytes(256)

    @Option(
        help: ArgumentHelp(
            "Capture in so many lanes side by side; a flow stays in one.", valueName: "count"))
    var lanes = 1

    @Option(
        help: ArgumentHelp(
            "Become this user before anything is opened; the right to capture is kept.",
            valueName: "name"))
    var user: String?
}

struct SpoolOptions: ParsableArguments {
    @Option(help: "Seal a segment at this many bytes of packets.")
    var sealBytes = ByteSize.mebibytes(64)

    @Option(help: "Seal a segment this long after its first packet.")
    var sealAfter = TimeSpan.seconds(1)

    @Option(help: "While no packet comes, seal an empty segment this often.")
    var markerAfter = TimeSpan.seconds(10)

    @Option(
        help: ArgumentHelp(
            "LZ4's level (write it behind '='): 0 is the usual, negative ones are faster and store "
                + "more, "
                + "3 and more are slow and store less.",
            valueName: "level"))
    var compressionLevel = -4

    @Option(help: "The most bytes of packet segments; without it only --min-free limits them.")
    var budget: ByteSize?

    @Option(help: "Leave this much of the file system free. Default: 1GiB, at most a twentieth.")
    var minFree: ByteSize?

    @Option(help: "Keep assembled packet segments so long, for replays.")
    var retain = TimeSpan.seconds(3600)

    @Option(
        help: ArgumentHelp(
            "When there is no room: refuse new packets, or drop-oldest segments, assembled or not. "
                + "Both are counted.",
            valueName: "what"))
    var whenFull = "refuse"
}
