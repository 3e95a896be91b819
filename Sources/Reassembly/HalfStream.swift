// One direction of a flow. Places are 64-bit sequence numbers: the wire's 32 bits unwrapped around
// an anchor that moves along, so that wraps and streams beyond 4 GiB are nothing special.

import Bytes
import Wire

/// The state of one direction.
struct HalfStream: Sendable, BitwiseCopyable {
    /// The place given to the first sequence number seen: far from zero, so that earlier ones fit.
    static let firstPlace: UInt64 = 1 << 40

    /// No place.
    static let nowhere = UInt64.max

    /// Whether any packet came in this direction.
    var isSeen = false
    /// Whether the anchor holds: a packet was seen, or the other end's SYN-ACK told.
    var hasAnchor = false
    /// What the other end acknowledged before anything was seen here.
    var earlyAcknowledgement: SequenceNumber?
    /// Whether the beginning is known: by the SYN, or settled.
    var isSynchronized = false
    /// Whether the beginning was the SYN.
    var hasSYN = false
    /// Whether `streamEnded` was reported.
    var isEnded = false
    var initialSequence = SequenceNumber(0)
    /// The sequence number at `anchorPlace`.
    var anchorSequence = SequenceNumber(0)
    var anchorPlace = HalfStream.firstPlace
    /// The place of offset 0; meaningful when synchronized.
    var base = HalfStream.firstPlace
    /// The place of the next byte to deliver.
    var next = HalfStream.firstPlace
    /// The place behind the last byte before the FIN, `nowhere` when none was seen.
    var finPlace = HalfStream.nowhere
    /// Up to where the packets from `next` on are known to be cut; at most `next` when not.
    var truncatedUntil: UInt64 = 0
    /// The farthest place the other end has acknowledged; 0 when unknown.
    var acknowledged: UInt64 = 0
    /// The first held segment, -1 when none.
    var firstHeld: Int32 = -1
    var heldCount = 0
    var heldBytes = 0
    /// Since when the head of the line waits; meaningful when `isWaiting`.
    var waitingSince = Timestamp(nanoseconds: 0)
    var isWaiting = false
    /// Whether a timer of this direction is in the table's heap.
    var hasTimer = false

    /// The place of a sequence number.
    @inline(__always) func place(of sequence: SequenceNumber) -> UInt64 {
        anchorPlace &+ UInt64(bitPattern: sequence.distance(after: anchorSequence))
    }

    /// The stream offset of a place.
    @inline(__always) func offset(of place: UInt64) -> UInt64 { place &- base }

    /// Pins the first sequence number known to a place.
    mutating func anchor(at sequence: SequenceNumber) {
        hasAnchor = true
        anchorSequence = sequence
        if let earlyAcknowledgement { acknowledged = place(of: earlyAcknowledgement) }
    }

    /// Sets the beginning of the stream.
    mutating func synchronize(at sequence: SequenceNumber) {
        if !hasAnchor { anchor(at: sequence) }
        base = place(of: sequence)
        next = base
        isSynchronized = true
    }

    /// Moves on behind delivered or missing bytes.
    @inline(__always) mutating func advance(to place: UInt64) {
        anchorSequence = anchorSequence.advanced(
            by: Int(truncatingIfNeeded: place &- anchorPlace))
        anchorPlace = place
        next = place
    }

    /// Whether the head of the line waits for something.
    var isBlocked: Bool { firstHeld >= 0 || truncatedUntil > next }
}
