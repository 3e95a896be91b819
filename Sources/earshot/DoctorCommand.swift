// `earshot doctor`: what of this host and this spool costs something, and what mends it.

import ArgumentParser
import Assembly
import FoundationEssentials
import Glibc
import Operations
import Platform
import Service
import Spool

/// Examines the host and the spool.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Examines this host and the spool, and says what mends them.",
        discussion: """
            Looks at rights, interfaces, MTU, the VXLAN port, memory, the spool's room and speed, the \
            clock, losses and sinks. Writes 32 MiB into the spool and removes them, to time the disk. \
            Exit codes: 0 nothing is lost; 1 a finding says fail.
            """)

    @OptionGroup var place: SpoolPlace

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "Interfaces that are captured; the variables of capture count; else all.",
            valueName: "name"))
    var interface: [String] = []

    @Option(help: ArgumentHelp("The UDP ports that carry VXLAN.", valueName: "ports"))
    var vxlanPorts = PortList([4789...4789])

    @Flag(inversion: .prefixedNo, help: "Time the spool's disk.")
    var diskTest = true

    @Flag(help: "Print JSON, one finding a line.")
    var json = false

    func run() throws {
        let environment = ProcessInfo.processInfo.environment
        var options = Doctor.Options()
        options.interfaces = interface
        options.vxlanPorts = vxlanPorts.ranges.flatMap { Array($0) }
        options.timesDisk = diskTest
        let host = HostFacts(
            text: { try? String(contentsOfFile: $0, encoding: .utf8) },
            names: { (try? LiveFiles().names(in: $0)) ?? [] })
        let findings = Doctor(
            options, host: host, root: place.root(environment), spool: try? place.open()
        ).examine()
        try Page.show(findings.map { json ? try Page.json($0) : $0.line }.joined())
        if findings.contains(where: { $0.level == .fail }) { Glibc.exit(1) }
    }
}
