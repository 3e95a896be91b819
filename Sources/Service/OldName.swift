// Names that people already use, from the network sniffer and its Helm chart, and what they mean
// here.

/// A variable or a `sniffer:` key of before, with its translation.
public struct OldName: Sendable {
    /// What an old value turns into.
    public enum Meaning: Sendable, Equatable {
        /// The setting has this value.
        case value(String)
        /// The setting has this value, and the operator should know something.
        case valueButWarn(String, String)
        /// Nothing follows from it.
        case nothing
        /// Nothing follows from it, and the operator should know why.
        case warn(String)
        /// It is no value of its kind; worded to follow the quoted text.
        case wrong(String)
    }

    /// `APP_PORTS`, or `vpcmirror.ports` below `sniffer:`.
    public var name: String
    /// What a value means.
    public var meaning: @Sendable (String) -> Meaning

    /// Creates a name; without a translation the value is taken as it is.
    public init(
        _ name: String, _ meaning: @escaping @Sendable (String) -> Meaning = { .value($0) }
    ) {
        self.name = name
        self.meaning = meaning
    }

    /// A name whose value is a truth: taken as `true` or `false`, inverted on request.
    public static func truth(_ name: String, inverted: Bool = false) -> OldName {
        OldName(name) { text in
            guard let truth = Truth.parse(text) else {
                return .wrong("is not true or false")
            }
            return .value(truth != inverted ? "true" : "false")
        }
    }

    /// The same name with its values translated; a value that is not in the list means nothing.
    public func mapping(_ values: [String: String]) -> OldName {
        let inner = meaning
        return OldName(name) { text in
            let result = inner(text)
            guard case .value(let value) = result else { return result }
            return values[value].map { .value($0) } ?? .nothing
        }
    }

    /// A name that nothing here reads: a set value gives a warning.
    public static func unused(_ name: String, because reason: String) -> OldName {
        OldName(name) { _ in .warn(reason) }
    }
}

/// Words for true and false.
public enum Truth {
    /// Reads 1, t, true, yes, on and their opposites, in any case.
    public static func parse(_ text: String) -> Bool? {
        switch UnitText.trim(text).lowercased() {
        case "1", "t", "true", "yes", "y", "on": true
        case "0", "f", "false", "no", "n", "off": false
        default: nil
        }
    }
}
