// How a process was started: what it takes to read its configuration again.

/// The words and variables of a start, and what they amounted to.
struct Launch: Sendable {
    /// The words after the process's name.
    var arguments: [String]
    /// All variables.
    var environment: [String: String]
    /// The settings they gave, with the configuration file as it was.
    var layered: LayeredArguments

    /// The configuration file.
    var configurationPath: String? {
        layered.effective.first { $0.flag == "config" }?.value
    }
}
