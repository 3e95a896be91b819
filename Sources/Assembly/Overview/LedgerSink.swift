// One sink of the ledger: calls to acknowledgements.

import Spool

/// One sink from calls to acknowledgements.
public struct LedgerSink: Encodable, Sendable, Equatable {
    /// The sink's name.
    public var sink: String
    /// Calls built for it.
    public var built: UInt64 = 0
    /// Of these, acknowledged, dead or passed over.
    public var passed: UInt64 = 0
    /// Calls not sent yet.
    public var queued: UInt64 = 0
    /// Lines the sink itself says it acknowledged, since its beginning.
    public var acknowledged: UInt64
    /// Lines refused for good and kept in `dead/`, since its beginning.
    public var dead: UInt64
    /// Attempts that failed.
    public var retries: UInt64
    /// Bytes of broken lines in damaged segments.
    public var damagedBytes: UInt64
    /// Call segments that were gone before they were sent.
    public var missingSegments: UInt64
    /// Whether the totals since its beginning can be compared with the manifests that are there.
    public var isComparable: Bool

    /// Calls passed that are neither acknowledged nor dead; nil when that cannot be told.
    public var difference: Int64? {
        guard isComparable else { return nil }
        return Int64(clamping: passed) - Int64(clamping: acknowledged) - Int64(clamping: dead)
    }

    /// Whether the difference is calls of segments that were damaged or gone.
    public var isExplained: Bool {
        guard let difference, difference != 0 else { return true }
        return difference > 0 && (damagedBytes > 0 || missingSegments > 0)
    }

    /// What does not balance.
    var faults: [String] {
        guard let difference, !isExplained else { return [] }
        return [
            "sink \(sink): \(passed) calls passed, \(acknowledged) acknowledged and \(dead) dead: "
                + "\(difference) in no count"
        ]
    }

    init(_ cursor: SinkCursor, _ books: [UInt32: LaneManifests], isPart: Bool) {
        sink = cursor.sink
        acknowledged = cursor.totals["lines"] ?? 0
        dead = cursor.totals["dead"] ?? 0
        retries = cursor.totals["retries"] ?? 0
        damagedBytes = cursor.totals["damaged_bytes"] ?? 0
        missingSegments = cursor.totals["missing_segments"] ?? 0
        isComparable = !isPart && !books.values.contains { $0.isShortened }
        for (lane, manifests) in books {
            let began = cursor.began?[lane]?.sequence ?? 0
            for (sequence, manifest) in manifests.calls where sequence >= began {
                built &+= manifest.lines
                let done = cursor.linesDone(lane, sequence).map { min($0, manifest.lines) }
                passed &+= done ?? manifest.lines
                queued &+= manifest.lines - (done ?? manifest.lines)
            }
        }
    }
}
