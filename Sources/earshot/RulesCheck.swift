// `earshot rules check`: whether rules are good, and what they do.

import ArgumentParser
import Assembly
import Platform
import Rules
import Service

/// Checks rules.
struct RulesCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Says whether rules are good, and where they are not.")

    @Argument(help: ArgumentHelp("A file with rules; - is standard input.", valueName: "file"))
    var file: String

    func run() throws {
        let text = try RulesFile.read(file)
        do throws(RuleError) {
            let rules = try RuleSet(text, load: { RulesLoader("file://\($0)").fileText() })
            print(RulesReport.summary(of: rules), terminator: "")
        } catch {
            print(RulesReport.text(for: error), terminator: "")
            throw ServiceFailure(
                .dataError, RulesLoader.line(for: error, path: RulesFile.name(file)))
        }
    }
}

/// Rules in a file named on the command line.
enum RulesFile {
    /// What messages call it.
    static func name(_ path: String) -> String { path == "-" ? "standard input" : path }

    /// Reads the whole file.
    static func read(_ path: String) throws -> String {
        let lines = try InputLines.all(of: path, limit: RulesLoader.maximumBytes)
        return String(decoding: lines, as: UTF8.self)
    }
}
