// From held to delivered: when the hole before it is filled or given up, and when what it
// acknowledges of the other direction has been delivered.

import Bytes
import Wire

extension FlowTable {
    /// Delivers what can be delivered of a flow, both directions in turn, and sees to its end.
    mutating func run(_ handle: Int32) {
        guard isFollowed(handle) else { return }
        var moved = true
        while moved {
            let first = deliverHeld(handle, 0)
            let second = deliverHeld(handle, 1)
            moved = first || second
        }
        for direction in 0..<2 { endIfOver(handle, direction) }
        if closeIfOver(handle) { return }
        for direction in 0..<2 {
            let isReset =
                flows[handle].state == .reset
                && Int(flows[handle].resetDirection) == direction
            if isReset || flows[handle].halves[direction].isBlocked {
                wait(handle, direction)
            } else {
                stopWaiting(handle, direction)
            }
        }
    }

    // Returns whether anything moved.
    mutating func deliverHeld(_ handle: Int32, _ direction: Int) -> Bool {
        var moved = false
        while flows[handle].halves[direction].isSynchronized {
            let next = flows[handle].halves[direction].next
            if next >= flows[handle].halves[direction].finPlace { dropBehindEnd(handle, direction) }
            let first = flows[handle].halves[direction].firstHeld
            let place = first >= 0 ? held[first].place : nil
            if let place, place <= next {
                guard
                    mayDeliver(handle, direction, acknowledgement(of: first))
                        || isFirstOfTwoWaiting(handle, direction)
                else { break }
                deliverFirst(handle, direction)
            } else {
                // Bytes that the capture cut will hardly come again: they are given up when
                // something behind them is held, or the other end has acknowledged them.
                let cut = flows[handle].halves[direction].truncatedUntil
                guard cut > next,
                    place != nil || flows[handle].halves[direction].acknowledged >= cut
                else { break }
                declareGap(handle, direction, until: min(cut, place ?? cut), .truncated)
            }
            moved = true
        }
        return moved
    }

    func acknowledgement(of slot: Int32) -> SequenceNumber? {
        held[slot].hasAcknowledgement ? held[slot].acknowledgement : nil
    }

    /// Whether everything that a packet acknowledges of the other direction was delivered.
    func mayDeliver(
        _ handle: Int32, _ direction: Int, _ acknowledgement: SequenceNumber?
    ) -> Bool {
        guard let acknowledgement else { return true }
        let side = 1 - direction
        guard flows[handle].halves[side].isSynchronized else {
            return !flows[handle].halves[side].isSeen && flows[handle].isOneSided
        }
        let next = flows[handle].halves[side].next
        let place = flows[handle].halves[side].place(of: acknowledgement)
        if place <= next || flows[handle].halves[side].isEnded { return true }
        if !flows[handle].halves[side].isSeen { return flows[handle].isOneSided }
        // A FIN counts one.
        if place == next &+ 1,
            flows[handle].halves[side].isEndAssumed || flows[handle].halves[side].finPlace == next
        {
            return true
        }
        // Nonsense is not waited for.
        return place &- next > UInt64(max(options.sequenceJumpBytes, 0))
    }

    // Retransmissions carry fresh acknowledgements: the heads of both directions may wait for each
    // other. Then the earlier packet goes first.
    func isFirstOfTwoWaiting(_ handle: Int32, _ direction: Int) -> Bool {
        let other = flows[handle].halves[1 - direction]
        guard other.isSynchronized, other.firstHeld >= 0,
            held[other.firstHeld].place <= other.next,
            !mayDeliver(handle, 1 - direction, acknowledgement(of: other.firstHeld))
        else { return false }
        let mine = held[flows[handle].halves[direction].firstHeld].timestamp
        let theirs = held[other.firstHeld].timestamp
        return mine < theirs || (mine == theirs && direction == 0)
    }

    /// Tells of bytes of the packet at hand, which are next.
    mutating func send(
        _ packet: TCPPacket, _ offset: Int, _ count: Int, _ handle: Int32, _ direction: Int
    ) {
        guard count > 0 else { return }
        announce(handle)
        let place = flows[handle].halves[direction].next
        let position = position(
            handle, direction, packet.timestamp, packet.location, acknowledgement(of: packet))
        counters.deliveredBytes &+= UInt64(count)
        events.append(.payload(offset: offset, count: count, position))
        advance(handle, direction, to: place &+ UInt64(count))
    }

    /// Tells of the first held segment, whose place is next or before.
    mutating func deliverFirst(_ handle: Int32, _ direction: Int) {
        guard flows[handle].halves[direction].firstHeld >= 0 else { return }
        let slot = popHeld(handle, direction)
        let next = flows[handle].halves[direction].next
        let total = held[slot].bytes.count
        let end = min(held[slot].end, flows[handle].halves[direction].finPlace)
        let skip = next > held[slot].place ? Int(min(next &- held[slot].place, UInt64(total))) : 0
        let count = end > next ? Int(end &- next) : 0
        counters.retransmittedBytes &+= UInt64(skip)
        counters.afterEndBytes &+= UInt64(total &- skip &- count)
        let (behind, missing) = (held[slot].end, held[slot].missing)
        if count > 0 {
            announce(handle)
            let position = position(
                handle, direction, held[slot].timestamp, held[slot].location,
                acknowledgement(of: slot))
            counters.deliveredBytes &+= UInt64(count)
            events.append(.held(slot: slot, offset: skip, count: count, position))
            advance(handle, direction, to: end)
        } else {
            releaseHeld(slot)
            stopWaiting(handle, direction)
        }
        noteCut(handle, direction, behind, missing)
    }

    // The capture had cut `missing` bytes at `place`.
    mutating func noteCut(
        _ handle: Int32, _ direction: Int, _ place: UInt64, _ missing: UInt64
    ) {
        guard missing > 0 else { return }
        let end = min(place &+ missing, flows[handle].halves[direction].finPlace)
        if end > flows[handle].halves[direction].truncatedUntil {
            flows[handle].halves[direction].truncatedUntil = end
        }
    }

    /// Bytes from the next one up to `place` were not seen, and will not be waited for.
    mutating func declareGap(
        _ handle: Int32, _ direction: Int, until place: UInt64, _ cause: GapCause
    ) {
        let cut = min(flows[handle].halves[direction].truncatedUntil, place)
        for (end, cause) in [(cut, GapCause.truncated), (place, cause)] {
            let next = flows[handle].halves[direction].next
            guard end > next else { continue }
            announce(handle)
            counters.noteGap(end &- next, cause)
            let position = position(handle, direction, clock, PacketLocation(), nil)
            events.append(.gap(end &- next, cause, position))
            advance(handle, direction, to: end)
        }
    }

    // The head of the line moves on: if it still waits, then for something else.
    mutating func advance(_ handle: Int32, _ direction: Int, to place: UInt64) {
        flows[handle].halves[direction].advance(to: place)
        flows[handle].halves[direction].isEndAssumed = false
        stopWaiting(handle, direction)
    }

    // Held bytes behind the FIN.
    mutating func dropBehindEnd(_ handle: Int32, _ direction: Int) {
        while flows[handle].halves[direction].firstHeld >= 0 {
            let slot = popHeld(handle, direction)
            counters.afterEndBytes &+= UInt64(held[slot].bytes.count)
            releaseHeld(slot)
        }
    }

    // The head of the line waits for the other direction, whose window is over as well.
    mutating func giveUpOther(_ handle: Int32, _ direction: Int, _ cause: GapCause) {
        let slot = flows[handle].halves[direction].firstHeld
        guard slot >= 0, let acknowledgement = acknowledgement(of: slot),
            !mayDeliver(handle, direction, acknowledgement)
        else { return }
        let side = 1 - direction
        guard flows[handle].halves[side].isSeen else {
            if !flows[handle].isOneSided { counters.oneSidedFlows &+= 1 }
            flows[handle].isOneSided = true
            return
        }
        if !flows[handle].halves[side].isSynchronized { settle(handle, side) }
        // What is held there goes out in its order, what is missing between is declared.
        let place = min(
            flows[handle].halves[side].place(of: acknowledgement),
            flows[handle].halves[side].finPlace)
        while flows[handle].halves[side].next < place {
            let next = flows[handle].halves[side].next
            let first = flows[handle].halves[side].firstHeld
            if first >= 0, held[first].place <= next {
                deliverFirst(handle, side)
            } else if place == next &+ 1 {
                flows[handle].halves[side].isEndAssumed = true
                return
            } else {
                declareGap(
                    handle, side, until: first >= 0 ? min(place, held[first].place) : place, cause)
            }
        }
    }

    // A direction picked up midstream has begun where the first acknowledgement seen of the other
    // end says that everything before has come, if nothing before was seen.
    mutating func settleIfKnown(_ handle: Int32, _ side: Int) {
        let half = flows[handle].halves[side]
        guard half.isSeen, !half.isSynchronized else { return }
        let lowest = half.firstHeld >= 0 ? held[half.firstHeld].place : half.next
        if lowest == half.leastAcknowledged { settle(handle, side) }
    }

    /// The most bytes in front of the first one seen that are taken for lost.
    static let longestMissedBeginning: UInt64 = 1 << 20

    /// Takes the lowest place known for the beginning: seen, or acknowledged by the other end.
    mutating func settle(_ handle: Int32, _ direction: Int) {
        let half = flows[handle].halves[direction]
        stopWaiting(handle, direction)
        let lowest = half.firstHeld >= 0 ? held[half.firstHeld].place : half.next
        let place = min(lowest, half.finPlace)
        // What the other end had read before is missing; farther back it is of another story.
        let isMissing =
            half.leastAcknowledged < place
            && place &- half.leastAcknowledged <= FlowTable.longestMissedBeginning
        flows[handle].halves[direction].begin(at: isMissing ? half.leastAcknowledged : place)
    }

    func position(
        _ handle: Int32, _ direction: Int, _ time: Timestamp, _ location: PacketLocation,
        _ acknowledgement: SequenceNumber?
    ) -> StreamPosition {
        let half = flows[handle].halves[direction]
        let other = flows[handle].halves[1 - direction]
        return StreamPosition(
            flow: handle, direction: direction == 0 ? .fromOriginator : .fromResponder,
            offset: half.next &- half.base, timestamp: time,
            acknowledged: acknowledgement.flatMap { other.offset(of: $0) },
            location: location)
    }

    /// Makes the flow known to the consumer, before anything else is told of it.
    mutating func announce(_ handle: Int32) {
        guard !flows[handle].isAnnounced else { return }
        flows[handle].isAnnounced = true
        events.append(.described(handle, flows[handle].description, isNew: true))
        for direction in 0..<2 where flows[handle].halves[direction].isEnded {
            tellEnd(handle, direction, .finished)
        }
    }
}
