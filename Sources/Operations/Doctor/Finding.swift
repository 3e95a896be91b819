// What an examination says, one thing at a time.

/// One finding of `earshot doctor`.
public struct Finding: Codable, Sendable, Equatable {
    /// How bad it is.
    public enum Level: String, Codable, Sendable {
        /// As it should be.
        case ok
        /// Works, but will cost something.
        case warn
        /// Something is or will be lost.
        case fail
    }

    /// How bad it is.
    public var level: Level
    /// What was looked at.
    public var check: String
    /// What was found.
    public var text: String
    /// What mends it; a command where one does.
    public var fix: String?

    init(_ level: Level, _ check: String, _ text: String, fix: String? = nil) {
        self.level = level
        self.check = check
        self.text = text
        self.fix = fix
    }

    /// A line for a person, and one more for the mend.
    public var line: String {
        let name = level.rawValue.uppercased()
        let mark = level == .ok ? "ok  " : name
        return "\(mark)  \(check): \(text)\n" + (fix.map { "      mend: \($0)\n" } ?? "")
    }
}
