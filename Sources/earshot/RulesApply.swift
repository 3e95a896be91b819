// `earshot rules apply` and `parse`: a JSON line in, a JSON line out, for other programs' tests.

import ArgumentParser
import Assembly
import Bytes
import Rules

/// Applies rules to pairs.
struct RulesApply: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Applies rules to calls: JSON lines in, JSON lines out.",
        discussion: """
            Reads {"rules": TEXT, "input": [[KEY, VALUE], …]} a line; writes the pairs that are \
            left, null for a call that is dropped, or {"error_category": …, "error": …}.
            """)

    func run() throws {
        var output = DescriptorOutput.standard
        try InputLines.forEach(of: "-") { line, number in
            let text = RulesLineProtocol.apply(
                line: line, callKey: number, load: { RulesLoader("file://\($0)").fileText() })
            let answer = Array((text + "\n").utf8)
            try output.write(answer.span)
        }
    }
}

/// Parses single rules.
struct RulesParse: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parse", abstract: "Parses single rules: JSON lines in, JSON lines out.",
        discussion: "Reads {\"rule\": LINE} a line; writes what the rule is, or what is wrong.")

    func run() throws {
        var output = DescriptorOutput.standard
        try InputLines.forEach(of: "-") { line, _ in
            let answer = Array((RulesLineProtocol.parse(line: line) + "\n").utf8)
            try output.write(answer.span)
        }
    }
}
