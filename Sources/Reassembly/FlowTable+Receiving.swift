// Segments that are not simply the next bytes: beginnings, ends, retransmissions, disorder.

import Bytes
import Wire

extension FlowTable {
    /// The long way of a packet.
    @inline(never)
    mutating func takeSlowly(
        _ packet: TCPPacket, _ payload: Span<UInt8>, _ tag: UInt32
    ) -> FlowOutcome {
        let network = EncapsulationKey(packet.encapsulation)
        if let handle = flow(for: packet, tag, network, payload.count) {
            if wentOn(handle, packet, payload.count) { reopen(handle, packet) }
            touch(handle, packet, payload.count)
            if flows[handle].state == .lingering {
                noteAfterEnd(handle, packet, payload.count)
            } else {
                receive(packet, payload, handle)
                flows[handle].notePlain()
            }
        } else {
            counters.strayPackets &+= 1
            counters.strayBytes &+= UInt64(payload.count)
        }
        return events.isEmpty ? .nothing : .events
    }

    // What comes for a flow that is over.
    mutating func noteAfterEnd(_ handle: Int32, _ packet: TCPPacket, _ count: Int) {
        let half = flows[handle].halves[flows[handle].direction(of: packet)]
        if half.place(of: packet.sequence) >= half.next {
            counters.afterEndBytes &+= UInt64(count)
        } else {
            counters.retransmittedBytes &+= UInt64(count)
        }
    }

    mutating func receive(_ packet: TCPPacket, _ payload: Span<UInt8>, _ handle: Int32) {
        if packet.flags.contains(.syn) { turnAroundIfLate(handle, packet) }
        let direction = flows[handle].direction(of: packet)
        if packet.flags.contains(.rst) {
            noteReset(handle, direction, packet, payload.count)
            return
        }
        if packet.flags.contains(.syn) { noteSYN(handle, direction, packet) }
        noteAcknowledgement(handle, direction, packet)
        let isSYN = packet.flags.contains(.syn)
        let sequence = isSYN ? packet.sequence.advanced(by: 1) : packet.sequence
        if !flows[handle].halves[direction].isSeen {
            flows[handle].halves[direction].isSeen = true
            if !flows[handle].halves[direction].hasAnchor {
                flows[handle].halves[direction].anchor(at: sequence)
            }
            if !flows[handle].halves[direction].isSynchronized {
                counters.midstreamDirections &+= 1
            }
        }
        let missing = UInt64(max(packet.missingByteCount, 0))
        let total = UInt64(payload.count) &+ missing
        if packet.flags.contains(.fin) { noteFIN(handle, direction, sequence, total) }
        if total > 0 { receiveData(packet, payload, missing, sequence, handle, direction) }
        for side in 0..<2 { settleIfKnown(handle, side) }
        run(handle)
    }

    // The SYN tells who is the originator; late, it still counts while nothing was told.
    mutating func turnAroundIfLate(_ handle: Int32, _ packet: TCPPacket) {
        guard !flows[handle].isAnnounced else { return }
        let direction = flows[handle].direction(of: packet)
        let isAnswer = packet.flags.contains(.ack)
        guard (direction == 0) == isAnswer, !flows[handle].halves[0].hasSYN,
            !flows[handle].halves[1].hasSYN
        else { return }
        let first = flows[handle].halves[0]
        let second = flows[handle].halves[1]
        stopWaiting(handle, 0)
        stopWaiting(handle, 1)
        flows[handle].turnAround()
        flows[handle].resetDirection ^= 1
        if first.isWaiting { wait(handle, 1, since: first.waitingSince) }
        if second.isWaiting { wait(handle, 0, since: second.waitingSince) }
    }

    mutating func noteSYN(_ handle: Int32, _ direction: Int, _ packet: TCPPacket) {
        if !flows[handle].halves[direction].hasSYN {
            flows[handle].halves[direction].hasSYN = true
            flows[handle].halves[direction].initialSequence = packet.sequence
            if !flows[handle].halves[direction].isSynchronized {
                begin(handle, direction, at: packet.sequence.advanced(by: 1))
            }
        }
        // A SYN-ACK tells where the other direction began, too.
        let side = 1 - direction
        let other = flows[handle].halves[side]
        guard packet.flags.contains(.ack), !other.isSynchronized,
            !other.hasAnchor
                || other.distance(to: other.place(of: packet.acknowledgement))
                    <= options.vantageBytes
        else { return }
        begin(handle, side, at: packet.acknowledgement)
    }

    mutating func begin(_ handle: Int32, _ direction: Int, at sequence: SequenceNumber) {
        stopWaiting(handle, direction)
        flows[handle].halves[direction].synchronize(at: sequence)
    }

    // How far the other direction is acknowledged: to declare what never came of it.
    mutating func noteAcknowledgement(_ handle: Int32, _ direction: Int, _ packet: TCPPacket) {
        guard packet.flags.contains(.ack) else { return }
        let side = 1 - direction
        let other = flows[handle].halves[side]
        guard other.hasAnchor else {
            flows[handle].halves[side].noteEarly(packet.acknowledgement)
            return
        }
        let place = other.place(of: packet.acknowledgement)
        guard other.distance(to: place) < options.sequenceJumpBytes else { return }
        if place > other.acknowledged { flows[handle].halves[side].acknowledged = place }
        if place < other.leastAcknowledged, !other.isSynchronized {
            flows[handle].halves[side].leastAcknowledged = place
        }
    }

    mutating func noteFIN(
        _ handle: Int32, _ direction: Int, _ sequence: SequenceNumber, _ total: UInt64
    ) {
        let half = flows[handle].halves[direction]
        let place = half.place(of: sequence) &+ total
        guard !half.hasFIN, half.distance(to: place) < options.sequenceJumpBytes,
            place >= half.next || !half.isSynchronized
        else { return }
        flows[handle].halves[direction].finPlace = place
        let cut = min(half.truncatedUntil, place)
        flows[handle].halves[direction].truncatedUntil = cut
    }

    // RFC 9293 §3.5.2 and §3.10.7: believed only near the window. Its data are no part of the
    // stream.
    mutating func noteReset(
        _ handle: Int32, _ direction: Int, _ packet: TCPPacket, _ count: Int
    ) {
        guard isPlausibleReset(handle, direction, packet) else {
            counters.invalidResets &+= 1
            counters.strayBytes &+= UInt64(count)
            return
        }
        counters.afterEndBytes &+= UInt64(count)
        noteAcknowledgement(handle, direction, packet)
        if flows[handle].state == .open {
            flows[handle].state = .reset
            flows[handle].resetDirection = UInt8(direction)
            let half = flows[handle].halves[direction]
            flows[handle].resetPlace = half.isSeen ? half.place(of: packet.sequence) : 0
        }
        run(handle)
    }

    func isPlausibleReset(_ handle: Int32, _ direction: Int, _ packet: TCPPacket) -> Bool {
        let half = flows[handle].halves[direction]
        if half.isSeen {
            return half.distance(to: half.place(of: packet.sequence)) <= options.vantageBytes
        }
        // The answer to a SYN, or of an end that was never heard: what it acknowledges counts.
        let other = flows[handle].halves[1 - direction]
        if packet.flags.contains(.ack), other.hasAnchor {
            return other.distance(to: other.place(of: packet.acknowledgement))
                <= options.vantageBytes
        }
        guard half.hasEarlyAcknowledgement else { return true }
        let ahead = packet.sequence.distance(after: half.earlyAcknowledgement)
        return abs(ahead) <= options.vantageBytes
    }

    // Data: cut off what was delivered and what is behind the FIN, then deliver or hold the rest.
    mutating func receiveData(
        _ packet: TCPPacket, _ payload: Span<UInt8>, _ missingCount: UInt64,
        _ sequence: SequenceNumber, _ handle: Int32, _ direction: Int
    ) {
        let half = flows[handle].halves[direction]
        var place = half.place(of: sequence)
        guard half.distance(to: place) <= options.sequenceJumpBytes,
            missingCount <= UInt64(UInt32.max)
        else {
            counters.strayBytes &+= UInt64(payload.count)
            return
        }
        var (from, until) = (0, payload.count)
        var missing = missingCount
        // A retransmission, or the probe of a closed window, which repeats a byte.
        if half.isSynchronized, place < half.next {
            let behind = half.next &- place
            from = Int(min(behind, UInt64(until)))
            counters.retransmittedBytes &+= UInt64(from)
            let rest = behind &- UInt64(from)
            missing = missing > rest ? missing &- rest : 0
            place = half.next
        }
        if half.hasFIN {
            let room = half.finPlace > place ? half.finPlace &- place : 0
            let kept = Int(min(room, UInt64(until &- from)))
            counters.afterEndBytes &+= UInt64(until &- from &- kept)
            until = from &+ kept
            missing = min(missing, room &- UInt64(kept))
        }
        guard until > from || missing > 0 else { return }
        if half.isSynchronized, half.firstHeld < 0 {
            if place > half.next, half.truncatedUntil > half.next {
                // Data behind what was cut: the rest of it will not come.
                declareGap(
                    handle, direction, until: min(half.truncatedUntil, place), .truncated)
            }
            if place == flows[handle].halves[direction].next,
                until == from || mayDeliver(handle, direction, acknowledgement(of: packet))
            {
                send(packet, from, until &- from, handle, direction)
                noteCut(handle, direction, place &+ UInt64(until &- from), missing)
                return
            }
        }
        if place == flows[handle].halves[direction].next {
            counters.heldForOrderPackets &+= 1
        } else {
            counters.outOfOrderPackets &+= 1
        }
        hold(payload.slice(from, until &- from), missing, place, packet, handle, direction)
        enforceLimits(handle, direction)
    }

    func acknowledgement(of packet: TCPPacket) -> SequenceNumber? {
        packet.flags.contains(.ack) ? packet.acknowledgement : nil
    }
}
