// What earshot-ship can be told. spec resurface.md 2.3, 2.4, 4.1, 4.2 for the names of before.

public import ArgumentParser
import Service
import SinkSetup
import Sinks

struct ShipOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where to ship; may be given several times: resurface+http://host:port/message (a bare "
                + "http(s) URL is the same), file:DIR/ or file:PATH.ndjson"
                + "[?rotate=64MiB&every=1h&compress=gzip|lz4], stdout:. Without any: file:calls/.",
            valueName: "sink"))
    var to: [String] = []

    @OptionGroup var sinks: SinkFlags

    @Flag(help: "Ship nothing; records stay in the spool.")
    var disable = false

    @Option(
        help: ArgumentHelp(
            "oldest-first: in the order of the wire; newest-first: what is new goes out at once, "
                + "and a backlog beside it, newest first.",
            valueName: "order"))
    var order = ShippingOrder.oldestFirst

    @Option(
        help: ArgumentHelp(
            "Under newest-first, ship the backlog no faster than this.", valueName: "size/s"))
    var backfillRate = ByteRate(ByteSize.mebibytes(10))

    @Option(help: "Keep call segments so long after every sink has acknowledged them.")
    var retain = TimeSpan.seconds(3600)

    @Option(
        help: "With --drain, give up on a sink that took nothing for so long; 0s waits for ever.")
    var drainTimeout = TimeSpan.seconds(60)

    static let table = SettingsTable(
        process: "ship",
        [SinkFlags.to(defaultText: "file:calls/")] + SinkFlags.settings + [
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
            .choice(
                "order", ShippingOrder.allCases.map(\.rawValue), defaultText: "oldest-first",
                help: "Which records of a backlog go first."),
            .value(
                "backfill-rate", ByteRate.self, defaultText: "10MiB/s",
                help: "How fast a backlog is shipped under newest-first."),
            .value(
                "retain", TimeSpan.self, defaultText: "1h",
                help: "How long acknowledged call segments stay."),
            .value(
                "drain-timeout", TimeSpan.self, defaultText: "1m",
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
}

extension ShippingOrder: ExpressibleByArgument {}
