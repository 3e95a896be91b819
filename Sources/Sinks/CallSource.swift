// The call segments of one lane, as a runner reads them. SegmentSource reads the spool; tests
// script one.

public import Bytes
public import Spool

/// Sealed call segments in order.
public protocol CallSource: AnyObject {
    /// Whether bytes that the device does not give count as a hole, instead of being an error.
    var readsPastErrors: Bool { get set }
    /// Opens the next sealed segment.
    ///
    /// - Returns: Its sequence, and how many right before it are missing; nil when none is sealed
    ///   yet.
    func openNext() throws(SpoolError) -> (sequence: UInt64, skipped: UInt64)?

    /// Reads the next piece of the open segment.
    func read(into target: inout ByteBuffer) throws(SpoolError) -> CallRead

    /// Whether anything at or behind `sequence` is sealed: asked before a drain ends.
    func hasMore(from sequence: UInt64) throws(SpoolError) -> Bool

    /// The sealed segments at or behind `sequence`, in order.
    func sealed(from sequence: UInt64) throws(SpoolError) -> [UInt64]
}

/// What reading a piece of a segment brought.
public enum CallRead: Sendable, Equatable {
    /// Bytes were appended.
    case bytes
    /// What follows is behind a hole.
    case hole
    /// The segment is read.
    case end
}

extension CallSource {
    /// Errors are told.
    public var readsPastErrors: Bool {
        get { false }
        set {}
    }
}
