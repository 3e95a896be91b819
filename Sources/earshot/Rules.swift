// `earshot rules`: check, try and apply logging rules.

import ArgumentParser

/// The subcommands about rules.
struct Rules: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "Checks, tries and applies logging rules.",
        subcommands: [RulesCheck.self, RulesTry.self, RulesApply.self, RulesParse.self])
}
