// The forms in which `earshot read` prints calls. Pure: lines in, bytes out.

/// How calls are printed.
public enum CallFormat: String, Sendable, CaseIterable {
    /// The call records as they are stored: one JSON array of pairs a line.
    case lines
    /// One JSON array of objects.
    case json
    /// Aligned columns for people.
    case table
    /// An HTTP archive, HAR 1.2.
    case har
}
