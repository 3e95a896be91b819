// What `earshot rules check` prints.

import Patterns

/// Rules and their faults as text for people.
public enum RulesReport {
    /// An error with its place, the line, and a caret under the fault.
    public static func text(for error: RuleError) -> String {
        guard error.line > 0 else { return error.text + "\n" }
        var text = "line \(error.line), column \(error.column): \(error.text)\n"
        if !error.detail.isEmpty { text += "  (\(error.detail))\n" }
        var line = String.UnicodeScalarView()
        var caret = String.UnicodeScalarView()
        for (index, scalar) in error.lineText.unicodeScalars.enumerated() {
            let isPrintable = scalar.value >= 0x20 && scalar.value != 0x7F
            line.append(isPrintable || scalar == "\t" ? scalar : "?")
            if index + 1 < error.column { caret.append(scalar == "\t" ? "\t" : " ") }
        }
        text += "  " + String(line) + "\n"
        return text + "  " + String(caret) + "^\n"
    }

    /// What a rule set does, a line per fact.
    public static func summary(of set: RuleSet) -> String {
        var text = "\(set.size) rules\n"
        for verb in RuleVerb.allCases {
            let count = set.rules(verb).count
            if count > 0 { text += "  \(verb.rawValue): \(count)\n" }
        }
        for rule in set.rules {
            if let pattern = rule.value, pattern.countsSteps {
                text += "  note: the work of \(pattern.source) is not bounded by the text's length;"
                text += " its steps are limited per call\n"
            }
            if let failure = rule.replacement?.failure {
                text += "  warning: \(rule.replacementText ?? ""): \(failure);"
                text += " pairs it is about are removed when it matches\n"
            }
        }
        return text
    }
}
