// A packet segment that was read and whose call segment is not sealed yet.

/// What is known of a segment before its call segment is sealed.
struct PendingSegment: Sendable {
    var sequence: UInt64
    /// Packet segments missing right before it.
    var skipped: UInt64
    /// Whether its call segment was sealed by an earlier run: then nothing is written.
    var isSealed = false
    /// Bytes of the compressed file that gave nothing.
    var damagedBytes: UInt64 = 0
    /// Bytes of call records.
    var callBytes: UInt64 = 0
    /// What the segment held.
    var tally = SegmentFeed.Tally()

    init(sequence: UInt64, skipped: UInt64) {
        self.sequence = sequence
        self.skipped = skipped
    }
}
