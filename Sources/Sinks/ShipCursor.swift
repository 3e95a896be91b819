// `state/ship-<sink>.json`: what a sink has acknowledged. A SinkCursor reads the same file; this
// one also keeps a file sink's mark.

public import Spool

/// How far a sink is.
public struct ShipCursor: Codable, Sendable, Equatable {
    /// The sink's name.
    public var sink: String
    /// What is acknowledged: everything before these places.
    public var acknowledged = LaneCursors()
    /// Totals since the spool began: `lines`, `bytes`, `batches`, `retries`, `dead`, `oversized`,
    /// `damaged_bytes`, `missing_segments`.
    public var totals: [String: UInt64] = [:]
    /// Wall clock of the last acknowledgement, nanoseconds since 1970.
    public var lastAcknowledgedNanoseconds: Int64?
    /// The file a file sink writes, and how much of it counts.
    public var mark: SinkMark?

    /// A sink that has nothing yet.
    public init(sink: String) { self.sink = sink }
}
