// What the table has to tell its consumer, in order. The table decides without knowing the
// consumer; only the short loop that hands events over is generic, and specialised where it is
// used.

public import Bytes

/// One call of a `StreamConsumer`.
@usableFromInline
enum FlowEvent: Sendable, BitwiseCopyable {
    case described(FlowID, FlowDescription, isNew: Bool)
    /// Bytes of the packet at hand.
    case payload(offset: Int, count: Int, StreamPosition)
    /// Bytes of a held segment, which is released afterwards.
    case held(slot: Int32, offset: Int, count: Int, StreamPosition)
    case gap(UInt64, GapCause, StreamPosition)
    case ended(FlowID, Direction, StreamEnd, Timestamp)
    case closed(FlowID, CloseReason, Timestamp)
}
