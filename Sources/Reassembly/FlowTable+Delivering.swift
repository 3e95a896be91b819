// From held to delivered: when the hole before it is filled or given up, and when what it
// acknowledges of the other direction has been delivered.

import Bytes
import Wire

extension FlowTable {
    /// Delivers what can be delivered of a flow, both directions in turn, and sees to its end.
    mutating func run<C: StreamConsumer & ~Copyable>(_ handle: Int32, into consumer: inout C) {
        var moved = true
        while moved {
            moved = false
            for direction in 0..<2 where deliverHeld(handle, direction, into: &consumer) {
                moved = true
            }
        }
        for direction in 0..<2 { endIfOver(handle, direction, into: &consumer) }
        if closeIfOver(handle, into: &consumer) { return }
        for direction in 0..<2 where isWaiting(handle, direction) { wait(handle, direction) }
    }

    func isWaiting(_ handle: Int32, _ direction: Int) -> Bool {
        flows[handle].halves[direction].firstHeld >= 0
            || flows[handle].halves[direction].truncatedUntil > flows[handle].halves[direction].next
    }

    // Returns whether anything moved.
    mutating func deliverHeld<C: StreamConsumer & ~Copyable>(
        _ handle: Int32, _ direction: Int, into consumer: inout C
    ) -> Bool {
        var moved = false
        while flows[handle].halves[direction].isSynchronized {
            let half = flows[handle].halves[direction]
            guard half.firstHeld >= 0 else {
                return giveUpTruncated(handle, direction, beyond: nil, into: &consumer) || moved
            }
            let place = held[half.firstHeld].place
            if place > half.next {
                guard giveUpTruncated(handle, direction, beyond: place, into: &consumer) else {
                    break
                }
                moved = true
                continue
            }
            guard
                mayDeliver(
                    handle, direction, held[half.firstHeld].hasAcknowledgement,
                    held[half.firstHeld].acknowledgement)
                    || isFirstOfTwoWaiting(handle, direction)
            else { break }
            deliverFirst(handle, direction, into: &consumer)
            moved = true
        }
        return moved
    }

    // Retransmissions carry fresh acknowledgements: the heads of both directions may wait for each
    // other. Then the earlier packet goes first.
    func isFirstOfTwoWaiting(_ handle: Int32, _ direction: Int) -> Bool {
        let half = flows[handle].halves[direction]
        let other = flows[handle].halves[1 - direction]
        guard other.isSynchronized, other.firstHeld >= 0,
            held[other.firstHeld].place <= other.next
        else { return false }
        let mine = held[half.firstHeld].timestamp
        let theirs = held[other.firstHeld].timestamp
        return mine < theirs || (mine == theirs && direction == 0)
    }

    // Bytes that the capture cut will hardly come again: they are given up as soon as something
    // behind them is held, or the other end has acknowledged them.
    mutating func giveUpTruncated<C: StreamConsumer & ~Copyable>(
        _ handle: Int32, _ direction: Int, beyond place: UInt64?, into consumer: inout C
    ) -> Bool {
        let half = flows[handle].halves[direction]
        guard half.truncatedUntil > half.next,
            place != nil || half.acknowledged >= half.truncatedUntil
        else { return false }
        declareGap(
            handle, direction, until: min(half.truncatedUntil, place ?? half.truncatedUntil),
            .truncated, into: &consumer)
        return true
    }

    /// Delivers the first held segment, whose place is next or before.
    mutating func deliverFirst<C: StreamConsumer & ~Copyable>(
        _ handle: Int32, _ direction: Int, into consumer: inout C
    ) {
        announce(handle, into: &consumer)
        let slot = flows[handle].halves[direction].firstHeld
        let next = flows[handle].halves[direction].next
        let skip = Int(min(next &- held[slot].place, UInt64(held[slot].bytes.count)))
        let count = held[slot].bytes.count - skip
        counters.retransmittedBytes &+= UInt64(skip)
        if count > 0 {
            let position = position(
                handle, direction, next, held[slot].timestamp, held[slot].location,
                held[slot].hasAcknowledgement ? held[slot].acknowledgement : nil)
            counters.deliveredBytes &+= UInt64(count)
            consumer.deliver(held[slot].bytes.span(from: skip, count: count), at: position)
            flows[handle].halves[direction].advance(to: next &+ UInt64(count))
        }
        let cutEnd = held[slot].end &+ held[slot].missing
        if held[slot].missing > 0, cutEnd > flows[handle].halves[direction].truncatedUntil {
            flows[handle].halves[direction].truncatedUntil = cutEnd
        }
        popHeld(handle, direction)
        flows[handle].halves[direction].isWaiting = false
    }

    /// Bytes from the next one up to `place` were never seen and will not be waited for.
    mutating func declareGap<C: StreamConsumer & ~Copyable>(
        _ handle: Int32, _ direction: Int, until place: UInt64, _ cause: GapCause,
        into consumer: inout C
    ) {
        let next = flows[handle].halves[direction].next
        guard place > next else { return }
        announce(handle, into: &consumer)
        counters.noteGap(place &- next, cause)
        let position = position(handle, direction, next, clock, PacketLocation(), nil)
        flows[handle].halves[direction].advance(to: place)
        flows[handle].halves[direction].isWaiting = false
        consumer.gap(place &- next, cause: cause, at: position)
    }

    /// Ends the wait of a direction's head of the line: whatever it waits for is given up.
    mutating func force<C: StreamConsumer & ~Copyable>(
        _ handle: Int32, _ direction: Int, _ cause: GapCause, into consumer: inout C
    ) {
        flows[handle].halves[direction].isWaiting = false
        if !flows[handle].halves[direction].isSynchronized { settle(handle, direction) }
        let half = flows[handle].halves[direction]
        if half.firstHeld >= 0 {
            let place = held[half.firstHeld].place
            if place > half.next {
                let known = half.truncatedUntil > half.next
                declareGap(
                    handle, direction, until: place, known ? .truncated : cause, into: &consumer)
            }
            giveUpOther(handle, direction, cause, into: &consumer)
            if flows[handle].halves[direction].firstHeld >= 0,
                held[flows[handle].halves[direction].firstHeld].place
                    <= flows[handle].halves[direction].next
            {
                deliverFirst(handle, direction, into: &consumer)
            }
        } else if half.truncatedUntil > half.next {
            declareGap(
                handle, direction, until: half.truncatedUntil, .truncated, into: &consumer)
        }
        run(handle, into: &consumer)
    }

    // The head of the line waits for the other direction, whose window is over as well.
    mutating func giveUpOther<C: StreamConsumer & ~Copyable>(
        _ handle: Int32, _ direction: Int, _ cause: GapCause, into consumer: inout C
    ) {
        let slot = flows[handle].halves[direction].firstHeld
        guard slot >= 0, held[slot].hasAcknowledgement,
            !mayDeliver(handle, direction, true, held[slot].acknowledgement)
        else { return }
        let acknowledgement = held[slot].acknowledgement
        let side = 1 - direction
        guard flows[handle].halves[side].isSeen else {
            if !flows[handle].isOneSided { counters.oneSidedFlows &+= 1 }
            flows[handle].isOneSided = true
            return
        }
        if !flows[handle].halves[side].isSynchronized { settle(handle, side) }
        // What is held there first goes out, then what is still missing is declared.
        var place = flows[handle].halves[side].place(of: acknowledgement)
        let fin = flows[handle].halves[side].finPlace
        if fin != HalfStream.nowhere, place > fin { place = fin }
        while flows[handle].halves[side].next < place {
            let first = flows[handle].halves[side].firstHeld
            if first >= 0, held[first].place <= flows[handle].halves[side].next {
                deliverFirst(handle, side, into: &consumer)
                continue
            }
            let until = first >= 0 ? min(place, held[first].place) : place
            let truncated = flows[handle].halves[side].truncatedUntil
            let isTruncated = truncated > flows[handle].halves[side].next
            declareGap(
                handle, side, until: until, isTruncated ? .truncated : cause, into: &consumer)
        }
    }
}
