// The reference of a process's settings, for docs/CONFIGURATION.md.

extension SettingsTable {
    /// The settings as a section of Markdown.
    public func markdown() -> String {
        var text = "## earshot-\(process)\n\n| flag | variables | keys of a file | default "
        text += "| meaning |\n|---|---|---|---|---|\n"
        for setting in settings { text += SettingsTable.row(setting) }
        if !unusedVariables.isEmpty || !unusedSnifferKeys.isEmpty {
            text += "\nNames of before that nothing follows from; each gives one warning:\n\n"
            text += "| name | why |\n|---|---|\n"
            for old in unusedVariables { text += SettingsTable.row(old, prefix: "") }
            for old in unusedSnifferKeys { text += SettingsTable.row(old, prefix: "sniffer.") }
        }
        return text
    }

    private static func row(_ setting: Setting) -> String {
        var flag = "`--\(setting.flag)`"
        if setting.shape == .toggle(hasInverse: true) { flag += ", `--no-\(setting.flag)`" }
        if let letter = setting.letter { flag = "`-\(letter)`, " + flag }
        var variables: [String] = []
        if setting.layers != .flagOnly { variables.append("`\(setting.variable)`") }
        variables += setting.oldVariables.map { "`\($0.name)`" }
        var keys: [String] = setting.layers == .all ? ["`\(setting.flag)`"] : []
        keys += setting.otherKeys.map { "`\($0.name)`" }
        keys += setting.snifferKeys.map { "`sniffer.\($0.name)`" }
        return line([
            flag, variables.joined(separator: ", "), keys.joined(separator: ", "),
            setting.defaultText.isEmpty ? "" : "`\(setting.defaultText)`", setting.help,
        ])
    }

    private static func row(_ old: OldName, prefix: String) -> String {
        // Names whose value decides warn of `false`.
        for text in ["", "false"] {
            if case .warn(let reason) = old.meaning(text) {
                return line(["`\(prefix)\(old.name)`", reason])
            }
        }
        return ""
    }

    private static func line(_ cells: [String]) -> String {
        let escaped = cells.map { cell in
            let text = cell.split(separator: "|", omittingEmptySubsequences: false)
                .joined(separator: "\\|")
            return text.isEmpty ? "–" : text
        }
        return "| " + escaped.joined(separator: " | ") + " |\n"
    }
}
