// earshot-assemble: packet segments to call segments. Wiring only; the work is in Assembly.

import ArgumentParser
import Assembly
import Platform
import Service
import Spool

/// The command `earshot-assemble`.
@main
struct Assemble: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "earshot-assemble",
        abstract: "Turns the packets of the spool into HTTP call records.",
        version: EarshotVersion.line("earshot-assemble"))

    static var settings: SettingsTable {
        SettingsTable(
            process: "assemble",
            AssemblyFlags.settings + [
                .value(
                    "calls-budget", ByteSize.self, defaultText: "16GiB",
                    help: "Pause while call segments that are not shipped hold more than this."),
                .number(
                    "snapshot-every", 1...100_000, defaultText: "64",
                    help: "Segments between two snapshots of open connections, at least."),
                .value(
                    "snapshot-limit", ByteSize.self, defaultText: "256MiB",
                    help: "The most bytes of a snapshot; larger ones are not written."),
            ])
    }

    @OptionGroup(title: "Calls")
    var flags: AssemblyFlags

    @Option(
        help: ArgumentHelp(
            "Pause while call segments that are not shipped hold more than this.",
            valueName: "size"))
    var callsBudget = ByteSize(16 << 30)

    @Option(
        help: ArgumentHelp(
            "Segments between two snapshots of open connections, at least.", valueName: "count"))
    var snapshotEvery = 64

    @Option(
        help: ArgumentHelp(
            "The most bytes of a snapshot; larger ones are not written.", valueName: "size"))
    var snapshotLimit = ByteSize(LaneOptions.defaultSnapshotLimitBytes)

    @OptionGroup(title: "Common")
    var common: CommonOptions

    func validateOptions() throws {
        _ = try RulesLoader(flags.rules).load()
    }

    func serve(_ service: ServiceContext) throws {
        var options = AssemblerOptions()
        options.drains = common.drain
        options.snapshotEverySegments = UInt64(max(snapshotEvery, 1))
        options.snapshotLimitBytes = snapshotLimit.bytes
        options.callsBudgetBytes = UInt64(callsBudget.bytes)
        options.software = EarshotVersion.line(service.name)
        let assembler = try Assembler(
            engine: flags.engineOptions(), loader: RulesLoader(flags.rules), options: options,
            spool: LaneSpool(
                files: LiveFiles(), layout: SpoolLayout(root: common.spool), time: SystemTime()),
            service: service)
        var watch = ConfigurationWatch(Assemble.self, service, live: Assembler.liveFlags)
        try assembler.run { isAsked in watch.look(isAsked: isAsked)?.command.flags }
    }

    static func main() { ServiceMain.run(Assemble.self) }
}
