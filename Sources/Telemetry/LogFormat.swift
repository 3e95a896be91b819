/// How log lines are written.
public enum LogFormat: String, Sendable, CaseIterable {
    /// `level event key=value …`, for people and grep.
    case text
    /// One JSON object a line, for collectors.
    case json
}
