// All settings of a process: the one list that parsing, checking and documentation share.

/// The settings of one process, the common ones included.
public struct SettingsTable: Sendable {
    /// `capture`, `assemble`, `ship` or `earshot`: also the name of its block in a configuration
    /// file.
    public var process: String
    /// The settings, in the order documentation shows them.
    public var settings: [Setting]
    /// Variables of before that no setting reads, each with what to say.
    public var unusedVariables: [OldName]
    /// Keys below `sniffer:` that no setting reads, each with what to say.
    public var unusedSnifferKeys: [OldName]

    /// Creates a table; the settings every process has are put behind the others.
    public init(
        process: String, _ settings: [Setting], unusedVariables: [OldName] = [],
        unusedSnifferKeys: [OldName] = []
    ) {
        self.process = process
        self.settings = settings + CommonOptions.settings
        self.unusedVariables = unusedVariables
        self.unusedSnifferKeys = unusedSnifferKeys
    }

    /// The setting of this flag.
    public func setting(flag: String) -> Setting? { settings.first { $0.flag == flag } }

    /// The setting of this key in a file; dashes and underscores are the same.
    func setting(key: String) -> Setting? {
        let flag = key.split(separator: "_", omittingEmptySubsequences: false)
            .joined(separator: "-")
        return settings.first { $0.flag == flag && $0.layers == .all }
    }
}
