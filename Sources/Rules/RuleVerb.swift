// The verbs of the rules language, in the order in which a line is tried as each. spec: rules 3.2.

/// What a rule does.
public enum RuleVerb: String, CaseIterable, Sendable {
    case allowHTTPURL = "allow_http_url"
    case copySessionField = "copy_session_field"
    case remove
    case removeIf = "remove_if"
    case removeIfFound = "remove_if_found"
    case removeUnless = "remove_unless"
    case removeUnlessFound = "remove_unless_found"
    case replace
    case sample
    case skipCompression = "skip_compression"
    case skipSubmission = "skip_submission"
    case stop
    case stopIf = "stop_if"
    case stopIfFound = "stop_if_found"
    case stopUnless = "stop_unless"
    case stopUnlessFound = "stop_unless_found"

    /// Whether it can drop a whole call by what is in it.
    public var isStop: Bool { rawValue.hasPrefix("stop") }

    /// What a line with this verb is made of.
    enum Form { case flag, session, scope, scopeAndValue(isSearch: Bool), replacement, number }

    var form: Form {
        switch self {
        case .allowHTTPURL, .skipCompression, .skipSubmission: .flag
        case .copySessionField: .session
        case .remove, .stop: .scope
        case .removeIf, .removeUnless, .stopIf, .stopUnless: .scopeAndValue(isSearch: false)
        case .removeIfFound, .removeUnlessFound, .stopIfFound, .stopUnlessFound:
            .scopeAndValue(isSearch: true)
        case .replace: .replacement
        case .sample: .number
        }
    }

    /// The regular expression (Java's dialect) of a whole line with this verb.
    var lineExpression: String {
        let expression = "([~!%|/].+[~!%|/])"
        let end = "\\s*(?:#.*)?"
        return switch form {
        case .flag: "\\s*" + rawValue + end
        case .session: "\\s*" + rawValue + "\\s+" + expression + end
        case .scope: "\\s*" + expression + "\\s*" + rawValue + end
        case .scopeAndValue:
            "\\s*" + expression + "\\s*" + rawValue + "\\s+" + expression + end
        case .replacement:
            "\\s*" + expression + "\\s*" + rawValue + "\\s+" + expression
                + ",\\s+([~!%|/].*[~!%|/])" + end
        case .number: "\\s*" + rawValue + "\\s+([0-9]+)" + end
        }
    }
}
