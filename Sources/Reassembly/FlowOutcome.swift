// The answer of the table to one packet.

/// What a packet led to.
@usableFromInline
enum FlowOutcome: UInt8, Sendable {
    /// Nothing to tell.
    case nothing
    /// The whole payload is next.
    case next
    /// Events wait.
    case events
    /// Packet time must move on first; the packet was not taken.
    case timeFirst
}
