// Which settings the command line itself gives, each value checked with the setting's own words.

import Platform

/// The flags found on a command line.
struct GivenFlags {
    /// Flags given, without dashes.
    private(set) var flags: Set<String> = []
    /// The last value of each flag that has one.
    private(set) var lastValue: [String: String] = [:]

    /// Walks the words up to `--`. Words it does not know are ArgumentParser's business.
    init(_ arguments: [String], table: SettingsTable) throws(ServiceFailure) {
        var index = 0
        while index < arguments.count, arguments[index] != "--" {
            let word = arguments[index]
            index += 1
            guard let (setting, attached) = GivenFlags.setting(word, table) else { continue }
            flags.insert(setting.flag)
            if case .toggle = setting.shape { continue }
            var value = attached
            if value == nil, index < arguments.count {
                value = arguments[index]
                index += 1
            }
            guard let value else { continue }  // ArgumentParser says which value is missing.
            lastValue[setting.flag] = value
            do {
                try setting.check(value)
            } catch {
                throw ServiceFailure(.usage, "--\(setting.flag): '\(value)' \(error)")
            }
        }
    }

    private static func setting(
        _ word: String, _ table: SettingsTable
    ) -> (setting: Setting, attached: String?)? {
        if word.hasPrefix("--") {
            let parts = word.dropFirst(2).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = parts.first.map(String.init) else { return nil }
            let attached = parts.count == 2 ? String(parts[1]) : nil
            if let setting = table.setting(flag: name) { return (setting, attached) }
            guard name.hasPrefix("no-"),
                let setting = table.setting(flag: String(name.dropFirst(3))),
                setting.shape == .toggle(hasInverse: true)
            else { return nil }
            return (setting, nil)
        }
        guard word.hasPrefix("-"), word.count == 2, let letter = word.last,
            let setting = table.settings.first(where: { $0.letter == letter })
        else { return nil }
        return (setting, nil)
    }
}
