// A flow: two half streams, and its places in the table's lists.

import Bytes
import Wire

/// One slot of the flow table.
struct Flow: Sendable, BitwiseCopyable {
    enum State: UInt8 {
        /// In use.
        case open
        /// RST was seen; closed once nothing is held, or when the window is over.
        case reset
        /// Over and reported; its addresses are remembered for late duplicates.
        case lingering
        /// A free slot.
        case free
    }

    var state = State.open
    var description: FlowDescription
    var hash: UInt64
    var halves: InlineArray<2, HalfStream> = InlineArray(repeating: HalfStream())
    var lastActivity: Timestamp
    /// The segment in which the flow's oldest unfinished bytes may lie.
    var firstSegment: UInt64
    /// Neighbours in the list of flows by activity, -1 at its ends.
    var previous: Int32 = -1
    var following: Int32 = -1
    /// Which activity list the flow is in.
    var isEstablished = false
    /// Whether the consumer knows the flow.
    var isAnnounced = false
    /// Whether one direction was never seen and is not waited for.
    var isOneSided = false
    /// Where the data before an RST ends, by direction; `nowhere` when unknown.
    var resetPlace = HalfStream.nowhere
    /// Tells timers of this use of the slot from older ones.
    var generation: UInt32 = 0

    func direction(from source: Endpoint) -> Int { source == description.originator ? 0 : 1 }

    func isKnown(_ encapsulation: Encapsulation) -> Bool {
        encapsulation == description.encapsulation
            || encapsulation == description.otherEncapsulation
    }
}
