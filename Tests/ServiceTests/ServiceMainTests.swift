import ArgumentParser
import Platform
import Testing

@testable import Service

struct Sample: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "earshot-sample", abstract: "A sample.",
        version: EarshotVersion.line("earshot-sample"))
    static let settings = SettingsTable(
        process: "sample",
        [
            .value("ports", PortList.self, shape: .joined, help: "Ports."),
            .value("seal-bytes", ByteSize.self, defaultText: "64MiB", help: "Seal."),
        ])

    @Option(help: "Ports.") var ports: PortList?
    @Option(help: "Seal.") var sealBytes = ByteSize.mebibytes(64)
    @OptionGroup(title: "Common") var common: CommonOptions

    func validateOptions() throws {
        if sealBytes.bytes == 0 { throw ServiceFailure(.usage, "--seal-bytes: '0' seals nothing") }
    }

    func serve(_ service: ServiceContext) throws {
        throw IOError(call: "open", path: "/x", errno: 13)
    }
}

@Suite struct ServiceMainTests {
    func run(
        _ arguments: String..., environment: [String: String] = [:]
    ) -> Result<String, ServiceFailure> {
        ServiceMain.outcome(
            of: Sample.self, named: "earshot-sample", arguments: arguments,
            environment: environment)
    }

    func failure(_ result: Result<String, ServiceFailure>) -> ServiceFailure? {
        guard case .failure(let failure) = result else { return nil }
        return failure
    }

    @Test func `help and version are printed whatever the environment holds`() throws {
        let help = try run("--help", environment: ["EARSHOT_NONSENSE": "1"]).get()
        #expect(help.contains("--seal-bytes <seal-bytes>"))
        #expect(help.contains("(default: 64MiB)"))
        #expect(help.contains("COMMON:"))
        #expect(try run("--version").get() == "earshot-sample \(EarshotVersion.text)")
    }

    @Test func `--check prints every setting with its source`() throws {
        let text = try run("--check", environment: ["EARSHOT_PORTS": "80"]).get()
        #expect(text.contains("ports = 80  (EARSHOT_PORTS)"))
        #expect(text.contains("seal-bytes = 64MiB  (default)"))
        #expect(text.hasSuffix("earshot-sample: the configuration is good"))
    }

    @Test func `mistakes end in one line and the right code`() {
        let unknown = failure(run("--prots", "80"))
        #expect(unknown?.exitCode == .usage)
        #expect(
            unknown?.description
                == "Unknown option '--prots'. Did you mean '--ports'? "
                + "(see 'earshot-sample --help')")
        #expect(failure(run("--ports"))?.exitCode == .usage)
        #expect(failure(run("stray"))?.exitCode == .usage)
        #expect(failure(run("--seal-bytes", "0"))?.description.contains("seals nothing") == true)
        #expect(failure(run("--config", "/nonexistent/x.yaml"))?.exitCode == .noInput)
        #expect(
            failure(run(environment: ["EARSHOT_LOG_LEVEL": "loud"]))?.exitCode == .configuration)
    }

    @Test func `an error of the system becomes its sysexits code`() {
        #expect(
            failure(run("--log-level", "error"))
                == ServiceFailure(.noPermission, "open /x: Permission denied (13)"))
    }

    @Test func `every common setting is known to all processes`() {
        for setting in CommonOptions.settings {
            #expect(KnownSettings.flags.contains(setting.flag))
        }
    }
}
