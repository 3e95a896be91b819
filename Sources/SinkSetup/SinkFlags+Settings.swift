// The same flags as settings: variables, file keys, and the names people already have for them.

public import Service
import Sinks

extension SinkFlags {
    /// The settings behind the flags.
    public static var settings: [Setting] {
        [
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
            .value("in-flight", ByteSize.self, defaultText: "16MiB", help: "The longest record."),
        ]
    }

    /// `--to`, with what says where to ship when it is not given.
    public static func to(defaultText: String) -> Setting {
        .text("to", shape: .list, defaultText: defaultText, help: "Where to ship.") {
            (text: String) throws(ValueError) in
            do throws(SinkError) {
                _ = try SinkAddress(text, units: units)
            } catch { throw ValueError(error.description) }
        }.reading(OldName("USAGE_LOGGERS_URL"))
    }

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
    public func readingRules(
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
