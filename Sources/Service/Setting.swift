// One setting of a process: its flag, its variable, its key, and how a text is checked.

/// What a process can be told, in every layer.
public struct Setting: Sendable {
    /// How values are written.
    public enum Shape: Sendable, Equatable {
        /// `--flag`; in the lower layers true or false. With `hasInverse`, false is `--no-flag`.
        case toggle(hasInverse: Bool)
        /// `--flag VALUE`; the last one counts.
        case value
        /// `--flag VALUE`, where a YAML sequence is joined with commas.
        case joined
        /// `--flag VALUE --flag VALUE`; in a variable blanks stand between.
        case list
        /// `--flag VALUE --flag VALUE`, whose values may hold blanks; in a variable lines.
        case lines
    }

    /// Which layers know the setting.
    public enum Layers: Sendable {
        /// Flag, environment and file.
        case all
        /// Flag and environment.
        case notFile
        /// Flag only.
        case flagOnly
    }

    /// The flag without its dashes: `seal-bytes`.
    public var flag: String
    /// The one-letter flag, if there is one.
    public var letter: Character?
    /// How values are written.
    public var shape: Shape
    /// Which layers know it.
    public var layers: Layers = .all
    /// Variables of before, the preferred one first; `EARSHOT_…` comes before all of them.
    public var oldVariables: [OldName] = []
    /// Keys below `sniffer:`, the preferred one first.
    public var snifferKeys: [OldName] = []
    /// Keys of other processes in the same file, with their block: `rules`, `assemble.rules`.
    public var otherKeys: [OldName] = []
    /// The default as documentation shows it.
    public var defaultText: String
    /// One sentence.
    public var help: String
    /// Checks one value.
    public var check: @Sendable (String) throws(ValueError) -> Void

    /// The variable: `EARSHOT_SEAL_BYTES`.
    public var variable: String {
        "EARSHOT_" + flag.uppercased().split(separator: "-").joined(separator: "_")
    }

    /// A setting whose value reads itself.
    public static func value<Value: ConfigurationValue>(
        _ flag: String, _ type: Value.Type, shape: Shape = .value, letter: Character? = nil,
        defaultText: String = "", help: String
    ) -> Setting {
        Setting(
            flag: flag, letter: letter, shape: shape, defaultText: defaultText, help: help,
            check: { (text: String) throws(ValueError) in _ = try Value(parsing: text) })
    }

    /// A setting that is any text but the empty one, checked by `check` if given.
    public static func text(
        _ flag: String, shape: Shape = .value, letter: Character? = nil, defaultText: String = "",
        help: String,
        check: @escaping @Sendable (String) throws(ValueError) -> Void = Setting.filled
    ) -> Setting {
        Setting(
            flag: flag, letter: letter, shape: shape, defaultText: defaultText, help: help,
            check: check)
    }

    /// A whole number within bounds.
    public static func number(
        _ flag: String, _ bounds: ClosedRange<Int>, defaultText: String = "", help: String
    ) -> Setting {
        Setting(flag: flag, shape: .value, defaultText: defaultText, help: help) {
            (text: String) throws(ValueError) in
            guard let number = Int(text), bounds.contains(number) else {
                throw ValueError(
                    "is not a whole number from \(bounds.lowerBound) to \(bounds.upperBound)")
            }
        }
    }

    /// One of several words.
    public static func choice(
        _ flag: String, _ words: [String], defaultText: String = "", help: String
    ) -> Setting {
        Setting(flag: flag, shape: .value, defaultText: defaultText, help: help) {
            (text: String) throws(ValueError) in
            guard words.contains(text) else {
                throw ValueError("is not one of \(words.joined(separator: ", "))")
            }
        }
    }

    /// A switch.
    public static func toggle(
        _ flag: String, hasInverse: Bool = false, letter: Character? = nil, help: String
    ) -> Setting {
        Setting(
            flag: flag, letter: letter, shape: .toggle(hasInverse: hasInverse),
            defaultText: hasInverse ? "" : "off", help: help
        ) { (text: String) throws(ValueError) in
            if Truth.parse(text) == nil { throw ValueError("is not true or false") }
        }
    }

    /// Refuses the empty text.
    public static let filled: @Sendable (String) throws(ValueError) -> Void = {
        (text: String) throws(ValueError) in
        if text.isEmpty { throw ValueError("is empty") }
    }

    /// The same setting with variables of before.
    public func reading(_ oldVariables: OldName..., sniffer: [OldName] = []) -> Setting {
        var copy = self
        copy.oldVariables = oldVariables
        copy.snifferKeys = sniffer
        return copy
    }

    /// The same setting with what it takes from keys that belong to other processes.
    public func following(_ otherKeys: OldName...) -> Setting {
        var copy = self
        copy.otherKeys = otherKeys
        return copy
    }

    /// The same setting in fewer layers.
    public func only(_ layers: Layers) -> Setting {
        var copy = self
        copy.layers = layers
        return copy
    }
}
