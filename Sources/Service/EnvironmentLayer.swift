// The environment: EARSHOT_… first, then the names of the network sniffer (spec resurface 4.1).

import Platform

/// Reads settings from variables. Empty variables count as unset.
struct EnvironmentLayer {
    /// Values by flag.
    private(set) var values: [String: LayerValue] = [:]
    /// What the operator should know.
    private(set) var warnings: [String] = []

    /// Reads and checks every variable the table knows.
    init(_ environment: [String: String], table: SettingsTable) throws(ServiceFailure) {
        let set = environment.filter { !$0.value.isEmpty }
        for setting in table.settings where setting.layers != .flagOnly {
            if let text = set[setting.variable] {
                values[setting.flag] = try EnvironmentLayer.value(
                    text, of: setting, source: setting.variable)
            } else {
                try readOldNames(of: setting, from: set)
            }
        }
        for old in table.unusedVariables {
            guard let text = set[old.name] else { continue }
            switch old.meaning(text) {
            case .warn(let reason), .valueButWarn(_, let reason):
                warnings.append("\(old.name): \(reason)")
            case .nothing, .value, .wrong: break
            }
        }
        try EnvironmentLayer.refuseUnknown(set, table: table)
    }

    private mutating func readOldNames(
        of setting: Setting, from set: [String: String]
    ) throws(ServiceFailure) {
        for old in setting.oldVariables {
            guard let quoted = set[old.name] else { continue }
            let text = EnvironmentLayer.unquoted(quoted)
            switch old.meaning(text) {
            case .value(let value):
                values[setting.flag] = try EnvironmentLayer.value(
                    value, of: setting, source: old.name)
                return
            case .valueButWarn(let value, let warning):
                warnings.append("\(old.name): \(warning)")
                values[setting.flag] = try EnvironmentLayer.value(
                    value, of: setting, source: old.name)
                return
            case .nothing: continue
            case .warn(let warning): warnings.append("\(old.name): \(warning)")
            case .wrong(let reason):
                throw ServiceFailure(.configuration, "\(old.name): '\(text)' \(reason)")
            }
        }
    }

    /// A text without the quotes around it: `docker run --env-file` hands over a `.env` file's
    /// quotes, which shells and compose take off.
    static func unquoted(_ text: String) -> String {
        guard let first = text.first, first == "\"" || first == "'", text.count > 1,
            text.last == first
        else { return text }
        return String(text.dropFirst().dropLast())
    }

    private static func value(
        _ text: String, of setting: Setting, source: String
    ) throws(ServiceFailure) -> LayerValue {
        var values = [text]
        if setting.shape == .list {
            values = text.split(whereSeparator: \.isWhitespace).map(String.init)
        } else if setting.shape == .lines {
            values = text.split(whereSeparator: \.isNewline).map(String.init)
        }
        for value in values {
            do {
                try setting.check(value)
            } catch {
                throw ServiceFailure(.configuration, "\(source): '\(value)' \(error)")
            }
        }
        return LayerValue(values: values, source: source)
    }

    private static func refuseUnknown(
        _ set: [String: String], table: SettingsTable
    ) throws(ServiceFailure) {
        let own = table.settings.filter { $0.layers != .flagOnly }.map(\.variable)
        let known = Set(own).union(KnownSettings.flags.map(KnownSettings.variable))
            .union(KnownSettings.secrets)
        for (name, value) in set.sorted(by: { $0.key < $1.key })
        where name.hasPrefix("EARSHOT_") && !known.contains(name) && !isInjected(name, value) {
            let hint = Suggestion.text(for: name, among: known.sorted())
            throw ServiceFailure(.configuration, "\(name): no such setting\(hint)")
        }
    }

    /// Whether Kubernetes put the variable there for a service whose name begins with `earshot`.
    static func isInjected(_ name: String, _ value: String) -> Bool {
        if name.hasSuffix("_SERVICE_HOST") || name.contains("_SERVICE_PORT") { return true }
        let hasScheme = ["tcp://", "udp://", "sctp://"].contains { value.hasPrefix($0) }
        if name.hasSuffix("_PORT"), hasScheme { return true }
        return ["_TCP", "_UDP", "_SCTP"].contains { protocolName in
            name.contains("_PORT_")
                && (name.hasSuffix(protocolName) || name.contains(protocolName + "_"))
        }
    }
}
