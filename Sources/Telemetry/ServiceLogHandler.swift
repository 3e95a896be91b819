// The swift-log handler of every process: one line per event, to standard error by default.

import FoundationEssentials
public import Logging

/// A log handler that writes `level event key=value` or JSON lines.
public struct ServiceLogHandler: LogHandler {
    /// The least level written.
    public var logLevel: Logger.Level
    /// What is added to every event.
    public var metadata: Logger.Metadata = [:]
    /// Asked for more metadata at each event.
    public var metadataProvider: Logger.MetadataProvider?

    private let format: LogFormat
    private let writer: any LogWriter

    /// Creates a handler.
    public init(
        format: LogFormat, level: Logger.Level, writer: any LogWriter = StandardErrorWriter()
    ) {
        self.format = format
        logLevel = level
        self.writer = writer
    }

    /// The metadata value of one key.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one event.
    public func log(event: LogEvent) {
        var values: [String: String] = [:]
        for (key, value) in metadata { values[key] = "\(value)" }
        for (key, value) in metadataProvider?.get() ?? [:] { values[key] = "\(value)" }
        for (key, value) in event.metadata ?? [:] { values[key] = "\(value)" }
        if let error = event.error { values["error"] = "\(error)" }
        switch format {
        case .text:
            writer.write(LogLine.text(event.level, "\(event.message)", values))
        case .json:
            let time = Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
            writer.write(LogLine.json(event.level, "\(event.message)", values, time: time))
        }
    }
}

extension Logger {
    /// A logger of the house's form.
    public static func service(
        _ label: String, format: LogFormat, level: Logger.Level,
        writer: any LogWriter = StandardErrorWriter()
    ) -> Logger {
        Logger(label: label) { _ in
            ServiceLogHandler(format: format, level: level, writer: writer)
        }
    }

    /// Logs an event that may repeat often: one per key and interval, with `suppressed=` on the
    /// next.
    public func throttled(
        _ throttle: LogThrottle, _ key: String, level: Logger.Level, _ message: Logger.Message,
        metadata: Logger.Metadata = [:]
    ) {
        guard let suppressed = throttle.admit(key) else { return }
        var metadata = metadata
        if suppressed > 0 { metadata["suppressed"] = "\(suppressed)" }
        log(level: level, message, metadata: metadata)
    }
}
