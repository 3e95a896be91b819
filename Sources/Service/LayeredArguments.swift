// Flags beat environment beats file beats default (design §5). The lower layers become arguments,
// so that ArgumentParser stays the one parser; every value is checked here first, with its source
// named.

import Platform

/// A command line completed from the layers below it.
public struct LayeredArguments: Sendable, Equatable {
    /// One setting with where it came from.
    public struct Effective: Sendable, Equatable {
        /// The flag.
        public var flag: String
        /// The value as text; a list's values with blanks between.
        public var value: String
        /// `--ports`, `APP_PORTS`, `earshot.yaml:3: ports`, or `default`.
        public var source: String
    }

    /// The arguments given, then those of the lower layers.
    public var arguments: [String]
    /// What the operator should know, one line each.
    public var warnings: [String]
    /// Every setting that has a value, in the table's order.
    public var effective: [Effective]

    /// Completes a command line.
    ///
    /// - Parameters:
    ///   - arguments: The words after the process's name.
    ///   - environment: All variables.
    ///   - table: The process's settings.
    ///   - readFile: Gives the text of the configuration file.
    /// - Throws: `ServiceFailure` that names the item: exit code 64 for flags, 78 for the layers
    ///   below.
    public init(
        arguments: [String], environment: [String: String], table: SettingsTable,
        readFile: (String) throws -> String
    ) throws(ServiceFailure) {
        let given = try GivenFlags(arguments, table: table)
        let environmentLayer = try EnvironmentLayer(environment, table: table)
        var fileValues: [String: LayerValue] = [:]
        warnings = environmentLayer.warnings
        let config = given.lastValue["config"] ?? environmentLayer.values["config"]?.values.last
        if let config {
            let text: String
            do {
                text = try readFile(config)
            } catch {
                throw ServiceFailure(.noInput, "--config: cannot read '\(config)': \(error)")
            }
            let layer = try FileLayer(text, file: config, table: table)
            fileValues = layer.values
            warnings += layer.warnings
        }
        var added: [String] = []
        effective = []
        for setting in table.settings {
            if given.flags.contains(setting.flag) {
                effective.append(
                    Effective(
                        flag: setting.flag, value: given.lastValue[setting.flag] ?? "true",
                        source: "--\(setting.flag)"))
            } else if let value = environmentLayer.values[setting.flag] ?? fileValues[setting.flag]
            {
                added += LayeredArguments.words(setting, value.values)
                effective.append(
                    Effective(
                        flag: setting.flag, value: value.values.joined(separator: " "),
                        source: value.source))
            } else if !setting.defaultText.isEmpty {
                effective.append(
                    Effective(
                        flag: setting.flag, value: setting.defaultText, source: "default"))
            }
        }
        let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
        self.arguments = arguments[..<end] + added + arguments[end...]
    }

    /// A lower layer's value as command line words; `=` keeps values that begin with a dash
    /// together.
    private static func words(_ setting: Setting, _ values: [String]) -> [String] {
        switch setting.shape {
        case .toggle(let hasInverse):
            guard let isOn = values.last.flatMap(Truth.parse) else { return [] }
            if isOn { return ["--\(setting.flag)"] }
            return hasInverse ? ["--no-\(setting.flag)"] : []
        case .value, .joined, .list, .lines:
            return values.map { "--\(setting.flag)=\($0)" }
        }
    }
}
