// What earshot-ship can be told. spec resurface.md 2.3, 2.4, 4.1, 4.2 for the names of before.

import ArgumentParser
import FoundationEssentials
import Service
import Sinks

struct ShipOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where to ship; may be given several times: resurface+http://host:port/message (a bare "
                + "http(s) URL is the same), file:DIR/ or file:PATH.ndjson"
                + "[?rotate=64MiB&every=1h&compress=gzip|lz4], stdout:. Without any: file:calls/.",
            valueName: "sink"))
    var to: [String] = []

    @Option(help: "The most bytes of one request; a single longer record goes alone.")
    var bundleBytes = ByteSize.mebibytes(5)

    @Option(help: "How requests are compressed: deflated, gzip or none.")
    var compression = "deflated"

    @Flag(inversion: .prefixedNo, help: "Send each batch's id as X-Earshot-Batch.")
    var batchHeader = true

    @Option(help: ArgumentHelp("Add a header to every request.", valueName: "name: value"))
    var header: [String] = []

    @Option(help: ArgumentHelp("Read user:password from this file.", valueName: "file"))
    var userFile: String?

    @Option(help: ArgumentHelp("Read a bearer token from this file.", valueName: "file"))
    var bearerTokenFile: String?

    @Option(help: ArgumentHelp("The client's certificate (PEM).", valueName: "file"))
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("The client's key (PEM).", valueName: "file"))
    var tlsKey: String?

    @Option(
        help: ArgumentHelp(
            "Authorities to trust instead of the system's (PEM).", valueName: "file"))
    var tlsCa: String?

    @Option(help: "The longest wait for a connection.")
    var connectTimeout = TimeSpan.seconds(5)

    @Option(help: "The longest silence before an answer.")
    var answerTimeout = TimeSpan.seconds(30)

    @Flag(inversion: .prefixedNo, help: "Allow http URLs; without it the rules decide.")
    var allowHttp: Bool?

    @Flag(help: "Ship nothing; records stay in the spool.")
    var disable = false

    @Option(help: "The longest record sent, and the most a sink holds beside one request.")
    var inFlight = ByteSize.mebibytes(16)

    @Option(help: "Keep call segments so long after every sink has acknowledged them.")
    var retain = TimeSpan.seconds(3600)

    @Option(
        help: "With --drain, give up on a sink that took nothing for so long; 0s waits for ever.")
    var drainTimeout = TimeSpan.seconds(60)

    static let units = SinkAddress.Units(
        size: { (try? ByteSize(parsing: $0))?.bytes },
        time: { (try? TimeSpan(parsing: $0))?.nanoseconds })

    static let table = SettingsTable(
        process: "ship",
        [
            .text("to", shape: .list, defaultText: "file:calls/", help: "Where to ship.") {
                (text: String) throws(ValueError) in
                do throws(SinkError) {
                    _ = try SinkAddress(text, units: units)
                } catch { throw ValueError(error.description) }
            }.reading(OldName("USAGE_LOGGERS_URL")),
            .value(
                "bundle-bytes", ByteSize.self, defaultText: "5MiB",
                help: "The most bytes of one request."
            ).reading(
                OldName("USAGE_LOGGERS_BUNDLE_SIZE") { text in
                    WholeNumber.parse(text).map { .value(String($0)) }
                        ?? .warn("'\(text)' is not a number and is ignored")
                }),
            .choice(
                "compression", BodyCompression.allCases.map(\.rawValue), defaultText: "deflated",
                help: "How requests are compressed."
            ).readingRules { $0.skipsCompression ? .value("none") : .nothing },
            .toggle("batch-header", hasInverse: true, help: "Send X-Earshot-Batch."),
            .text("header", shape: .lines, help: "A header added to every request.", check: header),
            .text("user-file", help: "A file with user:password."),
            .text("bearer-token-file", help: "A file with a bearer token."),
            .text("tls-certificate", help: "The client's certificate (PEM)."),
            .text("tls-key", help: "The client's key (PEM)."),
            .text("tls-ca", help: "Authorities to trust instead of the system's (PEM)."),
            .value(
                "connect-timeout", TimeSpan.self, defaultText: "5s",
                help: "The longest wait for a connection."),
            .value(
                "answer-timeout", TimeSpan.self, defaultText: "30s",
                help: "The longest silence before an answer."),
            .toggle(
                "allow-http", hasInverse: true,
                help: "Allow http URLs; without it the rules decide (`allow_http_url`)."
            ).readingRules { .value($0.allowsHTTP ? "true" : "false") },
            .toggle("disable", help: "Ship nothing.").reading(
                OldName("USAGE_LOGGERS_DISABLE") { text in
                    // False leaves it to the rules, which may say skip_submission.
                    Truth.parse(text).map { $0 ? .value("true") : .nothing }
                        ?? .warn("'\(text)' is neither true nor false and is ignored")
                },
                sniffer: [
                    OldName("logger.enabled") { text in
                        guard let isEnabled = Truth.parse(text) else {
                            return .wrong("is not true or false")
                        }
                        return isEnabled ? .nothing : .value("true")
                    }
                ]
            ).readingRules { $0.skipsSubmission ? .value("true") : .nothing },
            .value("in-flight", ByteSize.self, defaultText: "16MiB", help: "The longest record."),
            .value(
                "retain", TimeSpan.self, defaultText: "1h",
                help: "How long acknowledged call segments stay."),
            .value(
                "drain-timeout", TimeSpan.self, defaultText: "60s",
                help: "With --drain, give up on a sink that took nothing for so long."),
        ],
        unusedVariables: [
            .unused(
                "USAGE_LOGGERS_DISABLED",
                because: "nothing ever read it; USAGE_LOGGERS_DISABLE "
                    + "or --disable switches shipping off"),
            .unused("USAGE_LOGGERS_MESSAGE_QUEUE_SIZE", because: "the spool is the queue"),
            .unused("USAGE_LOGGERS_BUNDLE_QUEUE_SIZE", because: "the spool is the queue"),
        ])

    private static let header: @Sendable (String) throws(ValueError) -> Void = {
        (text: String) throws(ValueError) in
        let name = text.prefix { $0 != ":" }
        let isToken = name.utf8.allSatisfy { byte in
            byte > 0x20 && byte < 0x7F && !"()<>@,;:\\\"/[]?={}".utf8.contains(byte)
        }
        guard !name.isEmpty, isToken, name.endIndex < text.endIndex,
            text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { throw ValueError("is not a header: write 'Name: value'") }
    }
}

extension Setting {
    /// The same setting, which also follows what the logging rules say of submission, wherever
    /// they are given; the rest of them is assemble's business.
    fileprivate func readingRules(
        _ meaning: @escaping @Sendable (RuleFlags) -> OldName.Meaning
    ) -> Setting {
        func rules(_ name: String) -> OldName {
            OldName(name) { text in RuleFlags(text).map(meaning) ?? .wrong("cannot be read") }
        }
        var copy = following(rules("rules"), rules("assemble.rules"))
        copy.oldVariables += [rules("EARSHOT_RULES"), rules("USAGE_LOGGERS_RULES")]
        copy.snifferKeys.append(rules("logger.rules"))
        return copy
    }
}
