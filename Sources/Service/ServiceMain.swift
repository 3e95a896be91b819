// The life of every process: parse, check, signals, telemetry, work, exit code.

import ArgumentParser
import FoundationEssentials
import Glibc
import Logging
import Platform
import Telemetry

/// Runs a process from its command line to its exit code.
public enum ServiceMain {
    /// Runs a process; never returns.
    public static func run<Command: ServiceCommand>(_ command: Command.Type) -> Never {
        ProcessStatistics.keepFreedMemory()
        let name = Command.configuration.commandName ?? "earshot-\(Command.settings.process)"
        let outcome = outcome(
            of: command, named: name, arguments: Array(CommandLine.arguments.dropFirst()),
            environment: ProcessInfo.processInfo.environment)
        switch outcome {
        case .success(let text):
            if !text.isEmpty { print(text) }
            exit(Platform.ExitCode.ok.rawValue)
        case .failure(let failure):
            let words = failure.description.split(whereSeparator: \.isNewline)
            StandardErrorWriter().write("\(name): \(words.joined(separator: " "))\n")
            exit(failure.exitCode.rawValue)
        }
    }

    /// What a run ends with: a text for standard output, or one line for standard error.
    static func outcome<Command: ServiceCommand>(
        of command: Command.Type, named name: String, arguments: [String],
        environment: [String: String]
    ) -> Result<String, ServiceFailure> {
        if arguments == ["--settings"] { return .success(Command.settings.markdown()) }
        do {
            let (parsed, layered) = try configure(
                command, named: name, arguments: arguments, environment: environment)
            if parsed.common.printsSettings { return .success(Command.settings.markdown()) }
            if parsed.common.check { return .success(report(layered, name: name)) }
            let launch = Launch(
                arguments: arguments, environment: environment, layered: layered)
            try serve(parsed, named: name, launch: launch)
            return .success("")
        } catch let help as HelpText {
            return .success(help.text)
        } catch {
            return .failure(ServiceFailure(error))
        }
    }

    /// A text to print instead of work: `--help`, `--version`.
    private struct HelpText: Error {
        var text: String
    }

    static func configure<Command: ServiceCommand>(
        _ command: Command.Type, named name: String, arguments: [String],
        environment: [String: String]
    ) throws -> (Command, LayeredArguments) {
        // Help must work whatever the layers hold.
        let asksForHelp = arguments.contains { ["-h", "--help", "--version"].contains($0) }
        if asksForHelp { _ = try parse(command, arguments, named: name) }
        let layered = try LayeredArguments(
            arguments: arguments, environment: environment, table: Command.settings,
            readFile: readFile)
        let parsed = try parse(command, layered.arguments, named: name)
        try parsed.validateOptions()
        return (parsed, layered)
    }

    private static func parse<Command: ServiceCommand>(
        _ command: Command.Type, _ arguments: [String], named name: String
    ) throws -> Command {
        do {
            return try command.parse(arguments)
        } catch {
            // ArgumentParser's own exit code tells a request for help from a mistake.
            if command.exitCode(for: error) == .success {
                throw HelpText(text: command.fullMessage(for: error))
            }
            let message = command.message(for: error)
            throw ServiceFailure(.usage, "\(message) (see '\(name) --help')")
        }
    }

    /// The text of a configuration file.
    static func readFile(_ path: String) throws -> String {
        // Not through LiveFiles: Kubernetes mounts a configuration file as a symbolic link.
        let data = try Data(contentsOf: URL(filePath: path), options: [])
        guard data.count <= maximumConfigurationBytes else {
            throw ValueError("larger than \(maximumConfigurationBytes) bytes")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw ValueError("not UTF-8")
        }
        return text
    }

    /// The largest configuration file read, in bytes.
    public static let maximumConfigurationBytes = 1 << 20

    private static func report(_ layered: LayeredArguments, name: String) -> String {
        var lines = layered.warnings.map { "warning: \($0)" }
        for setting in layered.effective where setting.flag != "check" {
            lines.append("\(setting.flag) = \(setting.value)  (\(setting.source))")
        }
        lines.append("\(name): the configuration is good")
        return lines.joined(separator: "\n")
    }

    private static func serve<Command: ServiceCommand>(
        _ command: Command, named name: String, launch: Launch
    ) throws {
        let signals = try SignalTrap.install()
        let common = command.common
        let log = Logger.service(
            name, format: common.logFormat.format, level: common.logLevel.level)
        let warnings = launch.layered.warnings
        for warning in warnings { log.warning("configuration", metadata: ["about": "\(warning)"]) }
        let metrics = MetricsRegistry()
        let health = HealthState()
        ProcessMetrics.register(in: metrics, process: name, version: EarshotVersion.text)
        let pages = TelemetryPages(metrics: metrics, health: health)
        let server = try telemetryServer(common.listen, pages, environment)
        if let server {
            log.info("telemetry", metadata: ["listen": "\(server.address)"])
        }
        let context = ServiceContext(
            name: name, log: log, throttle: LogThrottle(), metrics: metrics, health: health,
            signals: signals, warnings: warnings, launch: launch)
        defer { withExtendedLifetime(server) {} }
        log.info("start", metadata: ["version": "\(EarshotVersion.text)"])
        let reporter = try ServiceReporter(
            environment: environment, health: health, signals: signals)
        let outcome = Result { try command.serve(context) }
        reporter?.finish()
        try outcome.get()
        log.info("stop", metadata: [:])
    }
    /// A server on the socket that the service manager opened, else on `--listen`.
    private static func telemetryServer(
        _ listen: ListenOption?, _ pages: TelemetryPages, _ environment: [String: String]
    ) throws -> MetricsServer? {
        let inherited = ServiceManager.inheritedSocket(
            environment, processID: Privileges.processID)
        if let inherited { return try MetricsServer(inherited: inherited, pages: pages) }
        return try listen.map { try MetricsServer(listen: $0.address, pages: pages) }
    }
}
