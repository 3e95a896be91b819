// `state/ship-<sink>.status.json`: how a sink is, for `earshot status`. At most once a second.

/// How a sink is.
public struct SinkStatus: Codable, Sendable, Equatable {
    /// The sink's name.
    public var sink: String
    /// `running`, `retrying`, `paused`, `stopped` or `ended`.
    public var state: String
    /// Why the last attempt failed; nil when it did not.
    public var lastError: String?
    /// Wall clock of that failure, nanoseconds since 1970.
    public var lastErrorNanoseconds: Int64?
    /// Wall clock of the last acknowledgement.
    public var lastSuccessNanoseconds: Int64?
    /// Failures in a row.
    public var failures: Int
    /// Totals since the spool began, as in the cursor.
    public var totals: [String: UInt64]
    /// Wall clock of this writing.
    public var updatedNanoseconds: Int64

    /// The file's name in `state/`.
    public static func fileName(sink: String) -> String { "ship-\(sink).status.json" }
}
