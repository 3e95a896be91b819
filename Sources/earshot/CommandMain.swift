// From a command line to an exit code: every error is one line, `earshot: what is wrong`.

import ArgumentParser
import Assembly
import FoundationEssentials
import Glibc
import Platform
import Service
import SinkSetup
import Sinks
import Spool
import Telemetry

/// Runs the subcommand a command line names.
enum CommandMain {
    static func run() -> Never {
        ProcessStatistics.keepFreedMemory()
        do {
            var command = try parse(Array(CommandLine.arguments.dropFirst()))
            try command.run()
        } catch let help as HelpText {
            print(help.text)
        } catch {
            // `earshot help read` and the like: help asked for while a command runs.
            guard !(error is ServiceFailure), Earshot.exitCode(for: error) == .success else {
                fail(failure(error))
            }
            print(Earshot.fullMessage(for: error))
        }
        exit(Platform.ExitCode.ok.rawValue)
    }

    /// A text to print instead of work: `--help`, `--version`.
    private struct HelpText: Error {
        var text: String
    }

    private static func parse(_ arguments: [String]) throws -> any ParsableCommand {
        if let first = arguments.first, !first.hasPrefix("-"), first != "help",
            !commandNames.contains(first)
        {
            let names = commandNames.joined(separator: ", ")
            throw ServiceFailure(
                .usage, "there is no command '\(first)': one of \(names) (see 'earshot --help')")
        }
        let asksForHelp = arguments.contains { ["-h", "--help", "--version", "help"].contains($0) }
        let words = asksForHelp || arguments.isEmpty ? arguments : try layered(arguments)
        do {
            let command = try Earshot.parseAsRoot(words)
            // Without a subcommand there is nothing to do but to say what there is.
            if command is Earshot || command is Rules {
                throw CleanExit.helpRequest(type(of: command))
            }
            return command
        } catch {
            if Earshot.exitCode(for: error) == .success {
                throw HelpText(text: Earshot.fullMessage(for: error))
            }
            let name = hint(arguments)
            throw ServiceFailure(.usage, "\(Earshot.message(for: error)) (see '\(name) --help')")
        }
    }

    private static var commandNames: [String] {
        Earshot.configuration.subcommands.compactMap { $0.configuration.commandName }
    }

    private static func hint(_ arguments: [String]) -> String {
        guard let first = arguments.first, commandNames.contains(first) else { return "earshot" }
        return "earshot \(first)"
    }

    /// The variables of the processes' flags count here, too: they say how calls are written, and
    /// how sinks are reached.
    private static func layered(_ arguments: [String]) throws -> [String] {
        guard let name = arguments.first, let known = settings(of: name, arguments) else {
            return arguments
        }
        // Subcommands have none of the options that make a service.
        let common: Set = [
            "EARSHOT_SPOOL", "EARSHOT_LISTEN", "EARSHOT_LOG_LEVEL", "EARSHOT_LOG_FORMAT",
            "EARSHOT_CONFIG", "EARSHOT_CHECK", "EARSHOT_DRAIN",
        ]
        let environment = ProcessInfo.processInfo.environment.filter { !common.contains($0.key) }
        let layers = try LayeredArguments(
            arguments: Array(arguments.dropFirst()), environment: environment,
            table: SettingsTable(process: "earshot", known), readFile: { _ in "" })
        for warning in layers.warnings { say("warning: \(warning)") }
        return [name] + layers.arguments
    }

    /// The settings whose variables count for a subcommand; nil when none do.
    private static func settings(of name: String, _ arguments: [String]) -> [Setting]? {
        switch name {
        case "read": AssemblyFlags.settings
        case "doctor":
            [
                .interfaces(help: "Interfaces that are captured."),
                .vxlanPorts(help: "The UDP ports that carry VXLAN."),
            ]
        case "replay":
            SinkFlags.settings
                + (arguments.contains("--reassemble") ? RebuildingFlags.settings : [])
        case _: nil
        }
    }

    /// Any error with the exit code it ends the process with.
    static func failure(_ error: any Error) -> ServiceFailure {
        switch error {
        case let error as ReadingError: ServiceFailure(error.exitCode, error.description)
        case let error as AssemblyError: ServiceFailure(error.exitCode, error.description)
        case let error as SinkError: ServiceFailure(.unavailable, error.description)
        case let error as SpoolError: ServiceFailure(error.exitCode, error.description)
        default: ServiceFailure(error)
        }
    }

    /// One line for the operator, on standard error.
    static func say(_ text: String) {
        let words = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        StandardErrorWriter().write("earshot: \(words)\n")
    }

    static func fail(_ failure: ServiceFailure) -> Never {
        say(failure.description)
        exit(failure.exitCode.rawValue)
    }
}
