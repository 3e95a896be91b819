// How sinks are reached and fed: the flags that `earshot-ship` and `earshot replay` share.
// spec resurface.md 2.3, 2.4, 4.1, 4.2 for the names of before.

public import ArgumentParser
import FoundationEssentials
public import Service
public import Sinks

/// The flags about sinks, beside their names.
public struct SinkFlags: ParsableArguments {
    /// The most bytes of a bundle.
    @Option(help: "The most bytes of one request; a single longer record goes alone.")
    public var bundleBytes = ByteSize.mebibytes(5)

    /// How bodies are compressed.
    @Option(help: "How requests are compressed: deflated, gzip or none.")
    public var compression = "deflated"

    /// Whether batches carry their id.
    @Flag(inversion: .prefixedNo, help: "Send each batch's id as X-Earshot-Batch.")
    public var batchHeader = true

    /// Headers added.
    @Option(help: ArgumentHelp("Add a header to every request.", valueName: "name: value"))
    public var header: [String] = []

    /// A file with credentials.
    @Option(help: ArgumentHelp("Read user:password from this file.", valueName: "file"))
    public var userFile: String?

    /// A file with a token.
    @Option(help: ArgumentHelp("Read a bearer token from this file.", valueName: "file"))
    public var bearerTokenFile: String?

    /// The client's certificate.
    @Option(help: ArgumentHelp("The client's certificate (PEM).", valueName: "file"))
    public var tlsCertificate: String?

    /// The client's key.
    @Option(help: ArgumentHelp("The client's key (PEM).", valueName: "file"))
    public var tlsKey: String?

    /// Authorities trusted.
    @Option(
        help: ArgumentHelp(
            "Authorities to trust instead of the system's (PEM).", valueName: "file"))
    public var tlsCa: String?

    /// The longest wait for a connection.
    @Option(help: "The longest wait for a connection.")
    public var connectTimeout = TimeSpan.seconds(5)

    /// The longest silence.
    @Option(help: "The longest silence before an answer.")
    public var answerTimeout = TimeSpan.seconds(30)

    /// Whether plain http is allowed.
    @Flag(inversion: .prefixedNo, help: "Allow http URLs; without it the rules decide.")
    public var allowHttp: Bool?

    /// The longest record.
    @Option(help: "The longest record sent, and the most a sink holds beside one request.")
    public var inFlight = ByteSize.mebibytes(16)

    /// Creates the flags; ArgumentParser fills them.
    public init() {}

    /// Sizes and times as the command line has them.
    public static let units = SinkAddress.Units(
        size: { (try? ByteSize(parsing: $0))?.bytes },
        time: { (try? TimeSpan(parsing: $0))?.nanoseconds })
}
