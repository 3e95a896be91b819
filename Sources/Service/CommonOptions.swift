// The options every process has (design §5). `--version` comes from the command's configuration.

public import ArgumentParser
public import Logging
public import Telemetry

/// The options every process has.
public struct CommonOptions: ParsableArguments {
    /// The spool directory.
    @Option(help: ArgumentHelp("The spool directory.", valueName: "dir"))
    public var spool = "./spool"

    /// Whether to finish all there is and exit.
    @Flag(help: "Finish everything there is, flush what is open as incomplete, and exit.")
    public var drain = false

    /// Where `/metrics`, `/healthz` and `/readyz` are served; nowhere by default.
    @Option(
        help: ArgumentHelp(
            "Serve /metrics, /healthz and /readyz here; a bare port means loopback only.",
            valueName: "host:port"))
    public var listen: ListenOption?

    /// The least level logged.
    @Option(help: "Log this level and above: trace, debug, info, notice, warning, error.")
    public var logLevel = LogLevelOption(level: .info)

    /// How log lines are written.
    @Option(help: "Log lines as text or json.")
    public var logFormat = LogFormatOption(format: .text)

    /// A configuration file.
    @Option(help: ArgumentHelp("Read settings from this YAML file.", valueName: "file"))
    public var config: String?

    /// Whether to check the configuration only.
    @Flag(help: "Check the configuration, print it with its sources, and exit.")
    public var check = false

    /// Whether to print the reference of all settings only; handled before parsing, when alone.
    @Flag(name: .customLong("settings"), help: "Print every setting as Markdown, and exit.")
    public var printsSettings = false

    /// Creates the options; ArgumentParser fills them.
    public init() {}

    /// The settings behind these options.
    static var settings: [Setting] {
        [
            .text("spool", defaultText: "./spool", help: "The spool directory."),
            .toggle("drain", help: "Finish everything there is, then exit.").only(.flagOnly),
            .value("listen", ListenOption.self, help: "Serve metrics and health here."),
            .value(
                "log-level", LogLevelOption.self, defaultText: "info",
                help: "The least level logged."),
            .value(
                "log-format", LogFormatOption.self, defaultText: "text",
                help: "Log lines as text or json."),
            .text("config", help: "A YAML file with settings.").only(.notFile),
            .toggle("check", help: "Check the configuration only.").only(.flagOnly),
        ]
    }
}

/// `--listen` as an argument.
public struct ListenOption: ConfigurationValue, Sendable {
    /// Where to listen.
    public var address: ListenAddress

    /// Reads `HOST:PORT` or `PORT`.
    public init(parsing text: String) throws(ValueError) {
        guard let address = ListenAddress(text) else {
            throw ValueError(
                "is not an address to listen on: write 127.0.0.1:9464, [::1]:9464, :9464 or 9464")
        }
        self.address = address
    }
}

/// `--log-level` as an argument.
public struct LogLevelOption: ConfigurationValue, Sendable {
    /// The level.
    public var level: Logger.Level

    /// Creates an option.
    public init(level: Logger.Level) { self.level = level }

    /// Reads a level's name.
    public init(parsing text: String) throws(ValueError) {
        guard let level = Logger.Level(rawValue: text.lowercased()) else {
            let names = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValueError("is not a log level: one of \(names)")
        }
        self.level = level
    }

    /// The text `--help` shows.
    public var defaultValueDescription: String { level.rawValue }
}

/// `--log-format` as an argument.
public struct LogFormatOption: ConfigurationValue, Sendable {
    /// The format.
    public var format: LogFormat

    /// Creates an option.
    public init(format: LogFormat) { self.format = format }

    /// Reads a format's name.
    public init(parsing text: String) throws(ValueError) {
        guard let format = LogFormat(rawValue: text.lowercased()) else {
            throw ValueError("is not a log format: one of text, json")
        }
        self.format = format
    }

    /// The text `--help` shows.
    public var defaultValueDescription: String { format.rawValue }
}
