// One direction of a flow. Places are 64-bit sequence numbers: the wire's 32 bits unwrapped around
// the next byte to deliver, so that wraps and streams beyond 4 GiB are nothing special.

import Bytes
import Wire

/// The state of one direction; what every packet touches comes first.
struct HalfStream: Sendable, BitwiseCopyable {
    /// The place given to the first sequence number seen: far from zero, so that earlier ones fit.
    static let firstPlace: UInt64 = 1 << 40

    /// No place.
    static let nowhere = UInt64.max

    /// The place of the next byte to deliver; until the beginning is known, that of the first
    /// sequence number seen.
    var next = HalfStream.firstPlace
    /// The place of offset 0; meaningful when synchronized.
    var base = HalfStream.firstPlace
    /// The sequence number at `next`.
    var nextSequence = SequenceNumber(0)
    /// The first held segment, -1 when none.
    var firstHeld: Int32 = -1
    /// Whether the next bytes may pass without further questions (see `isOrderly`).
    var isPlain = false
    /// Whether the beginning is known: by a SYN, or settled.
    var isSynchronized = false
    /// Whether a packet came in this direction.
    var isSeen = false
    /// Whether `nextSequence` holds: a packet was seen, or the other end's SYN-ACK told.
    var hasAnchor = false
    /// Whether this direction's SYN was seen.
    var hasSYN = false
    /// Whether its end was reached.
    var isEnded = false
    /// Whether the other end acknowledged one more than there is for a whole window: an unseen FIN.
    var isEndAssumed = false
    var hasEarlyAcknowledgement = false
    /// The least and the most that the other end acknowledged before anything was known here.
    var leastAcknowledgement = SequenceNumber(0)
    var earlyAcknowledgement = SequenceNumber(0)
    var initialSequence = SequenceNumber(0)
    /// The first place the other end has acknowledged while the beginning was not known.
    var leastAcknowledged = HalfStream.nowhere
    /// The farthest place the other end has acknowledged; 0 when unknown.
    var acknowledged: UInt64 = 0
    /// Up to where the packets from `next` on are known to be cut; at most `next` when not.
    var truncatedUntil: UInt64 = 0
    /// The place behind the last byte before the FIN, `nowhere` when none was seen.
    var finPlace = HalfStream.nowhere
    /// Since when the head of the line waits; meaningful while waiting.
    var waitingSince = Timestamp(nanoseconds: 0)
    /// Where this direction stands in the table's heap of waiting ones, -1 when not in it.
    var heapIndex: Int32 = -1
    var heldCount: Int32 = 0
    /// What its held segments cost.
    var heldBytes = 0

    /// The place of a sequence number: the one nearest to `next`.
    @inline(__always) func place(of sequence: SequenceNumber) -> UInt64 {
        next &+ UInt64(bitPattern: sequence.distance(after: nextSequence))
    }

    /// How far a place is from the next byte.
    @inline(__always) func distance(to place: UInt64) -> Int64 {
        let distance = Int64(bitPattern: place &- next)
        return distance < 0 ? 0 &- distance : distance
    }

    var hasFIN: Bool { finPlace != HalfStream.nowhere }
    var isWaiting: Bool { heapIndex >= 0 }

    /// Pins the first sequence number known to a place.
    mutating func anchor(at sequence: SequenceNumber) {
        hasAnchor = true
        nextSequence = sequence
        guard hasEarlyAcknowledgement else { return }
        acknowledged = place(of: earlyAcknowledgement)
        leastAcknowledged = place(of: leastAcknowledgement)
    }

    /// Notes what the other end acknowledges while there is no place for it.
    mutating func noteEarly(_ acknowledgement: SequenceNumber) {
        if !hasEarlyAcknowledgement || acknowledgement.distance(after: earlyAcknowledgement) > 0 {
            earlyAcknowledgement = acknowledgement
        }
        if !hasEarlyAcknowledgement || acknowledgement.distance(after: leastAcknowledgement) < 0 {
            leastAcknowledgement = acknowledgement
        }
        hasEarlyAcknowledgement = true
    }

    /// Sets the beginning of the stream.
    mutating func synchronize(at sequence: SequenceNumber) {
        if !hasAnchor { anchor(at: sequence) }
        begin(at: place(of: sequence))
    }

    /// Sets the beginning of the stream.
    mutating func begin(at place: UInt64) {
        advance(to: place)
        base = place
        isSynchronized = true
    }

    /// Moves on behind delivered or missing bytes.
    @inline(__always) mutating func advance(to place: UInt64) {
        nextSequence = nextSequence.advanced(by: Int(truncatingIfNeeded: place &- next))
        next = place
    }

    /// Whether the head of the line waits for something.
    var isBlocked: Bool {
        if !isSynchronized { return isSeen && (firstHeld >= 0 || hasFIN) }
        return firstHeld >= 0 || truncatedUntil > next || (hasFIN && finPlace > next)
    }

    /// Whether nothing is held, cut, assumed or over in this direction.
    var isOrderly: Bool {
        isSynchronized && isSeen && firstHeld < 0 && !hasFIN && truncatedUntil <= next
            && !isEndAssumed
    }
}
