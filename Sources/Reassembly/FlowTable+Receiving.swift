// Segments that are not simply the next bytes: beginnings, ends, retransmissions, disorder.

import Bytes
import Wire

extension FlowTable {
    mutating func receiveSlowly<C: StreamConsumer & ~Copyable>(
        _ packet: TCPPacket, _ payload: Span<UInt8>, _ handle: Int32, _ direction: Int,
        into consumer: inout C
    ) {
        if flows[handle].state == .lingering {
            noteAfterEnd(handle, direction, packet, payload.count)
            return
        }
        if packet.flags.contains(.syn) { noteSYN(handle, direction, packet) }
        noteAcknowledgement(handle, direction, packet)
        if packet.flags.contains(.rst) {
            noteReset(handle, direction, packet, into: &consumer)
            return
        }
        let sequence =
            packet.flags.contains(.syn) ? packet.sequence.advanced(by: 1) : packet.sequence
        if !flows[handle].halves[direction].isSeen {
            flows[handle].halves[direction].isSeen = true
            if !flows[handle].halves[direction].hasAnchor {
                flows[handle].halves[direction].anchor(at: sequence)
            }
            if !flows[handle].halves[direction].isSynchronized {
                counters.midstreamDirections &+= 1
            }
        }
        let total = payload.count + packet.missingByteCount
        if packet.flags.contains(.fin) { noteFIN(handle, direction, sequence, total) }
        if total > 0 { receiveData(packet, payload, sequence, handle, direction, into: &consumer) }
        settleIfKnown(handle)
        run(handle, into: &consumer)
    }

    mutating func noteSYN(_ handle: Int32, _ direction: Int, _ packet: TCPPacket) {
        let first = packet.sequence.advanced(by: 1)
        if !flows[handle].halves[direction].hasSYN {
            flows[handle].halves[direction].hasSYN = true
            flows[handle].halves[direction].initialSequence = packet.sequence
            if !flows[handle].halves[direction].isSynchronized {
                flows[handle].halves[direction].synchronize(at: first)
            }
        }
        // A SYN-ACK tells where the other direction began, too.
        if packet.flags.contains(.ack), !flows[handle].halves[1 - direction].isSynchronized {
            flows[handle].halves[1 - direction].synchronize(at: packet.acknowledgement)
        }
    }

    // How far the other direction is acknowledged: to declare what never came of it.
    @inline(__always)
    mutating func noteAcknowledgement(_ handle: Int32, _ direction: Int, _ packet: TCPPacket) {
        guard packet.flags.contains(.ack) else { return }
        guard flows[handle].halves[1 - direction].hasAnchor else {
            flows[handle].halves[1 - direction].earlyAcknowledgement = packet.acknowledgement
            return
        }
        let place = flows[handle].halves[1 - direction].place(of: packet.acknowledgement)
        if place > flows[handle].halves[1 - direction].acknowledged,
            magnitude(place, flows[handle].halves[1 - direction].next) < options.sequenceJumpBytes
        {
            flows[handle].halves[1 - direction].acknowledged = place
        }
    }

    mutating func noteFIN(
        _ handle: Int32, _ direction: Int, _ sequence: SequenceNumber, _ total: Int
    ) {
        let place = flows[handle].halves[direction].place(of: sequence) &+ UInt64(total)
        guard flows[handle].halves[direction].finPlace == HalfStream.nowhere,
            magnitude(place, flows[handle].halves[direction].next) < options.sequenceJumpBytes,
            place >= flows[handle].halves[direction].next
                || !flows[handle].halves[direction].isSynchronized
        else { return }
        flows[handle].halves[direction].finPlace = place
    }

    // RFC 9293 §3.5.2: believed only near the window.
    mutating func noteReset<C: StreamConsumer & ~Copyable>(
        _ handle: Int32, _ direction: Int, _ packet: TCPPacket, into consumer: inout C
    ) {
        let half = flows[handle].halves[direction]
        if half.isSeen {
            let place = half.place(of: packet.sequence)
            guard magnitude(place, half.next) <= options.vantageBytes else {
                counters.invalidResets &+= 1
                return
            }
            flows[handle].resetPlace = place
        }
        flows[handle].state = .reset
        run(handle, into: &consumer)
        if flows[handle].state == .reset { wait(handle, direction) }
    }

    func noteAfterEndPlace(_ half: HalfStream, _ packet: TCPPacket) -> Bool {
        half.place(of: packet.sequence) >= half.next
    }

    mutating func noteAfterEnd(
        _ handle: Int32, _ direction: Int, _ packet: TCPPacket, _ count: Int
    ) {
        if noteAfterEndPlace(flows[handle].halves[direction], packet) {
            counters.afterEndBytes &+= UInt64(count)
        } else {
            counters.retransmittedBytes &+= UInt64(count)
        }
    }

    // Data: cut off what was delivered, then deliver or hold the rest.
    mutating func receiveData<C: StreamConsumer & ~Copyable>(
        _ packet: TCPPacket, _ payload: Span<UInt8>, _ sequence: SequenceNumber, _ handle: Int32,
        _ direction: Int, into consumer: inout C
    ) {
        let half = flows[handle].halves[direction]
        var place = half.place(of: sequence)
        if magnitude(place, half.next) > options.sequenceJumpBytes {
            counters.strayBytes &+= UInt64(payload.count)
            return
        }
        var bytes = payload
        var missing = UInt64(packet.missingByteCount)
        // A probe of a closed window repeats a byte, or sends one that will be sent again.
        if half.isSynchronized, place < half.next {
            let cut = min(half.next &- place, UInt64(bytes.count))
            counters.retransmittedBytes &+= cut
            bytes = bytes.from(Int(cut))
            let rest = (half.next &- place) &- cut
            missing = missing > rest ? missing &- rest : 0
            place = half.next
        }
        if half.finPlace != HalfStream.nowhere, place &+ UInt64(bytes.count) > half.finPlace {
            let kept = half.finPlace > place ? Int(half.finPlace &- place) : 0
            counters.afterEndBytes &+= UInt64(bytes.count - kept)
            bytes = bytes.slice(0, kept)
        }
        guard bytes.count > 0 || missing > 0 else { return }
        if half.isSynchronized, place == half.next, half.firstHeld < 0, missing == 0,
            half.truncatedUntil <= half.next,
            mayDeliver(handle, direction, packet.flags.contains(.ack), packet.acknowledgement)
        {
            send(bytes, handle, direction, place, packet, into: &consumer)
            return
        }
        if place != half.next {
            counters.outOfOrderPackets &+= 1
        } else {
            counters.heldForOrderPackets &+= 1
        }
        hold(bytes, missing, place, packet, handle, direction)
        enforceLimits(handle, direction, into: &consumer)
    }

    /// Whether everything that a packet acknowledges of the other direction was delivered.
    func mayDeliver(
        _ handle: Int32, _ direction: Int, _ hasAcknowledgement: Bool,
        _ acknowledgement: SequenceNumber
    ) -> Bool {
        guard hasAcknowledgement else { return true }
        let other = flows[handle].halves[1 - direction]
        guard other.isSeen else { return flows[handle].isOneSided }
        guard other.isSynchronized else { return false }
        let place = other.place(of: acknowledgement)
        if place <= other.next || other.isEnded { return true }
        // An acknowledged FIN counts one.
        if other.finPlace != HalfStream.nowhere, place == other.finPlace &+ 1,
            other.next == other.finPlace
        {
            return true
        }
        // Nonsense is not waited for.
        return place &- other.next > UInt64(options.sequenceJumpBytes)
    }

    // A direction picked up midstream has begun where the other end says it has everything before.
    mutating func settleIfKnown(_ handle: Int32) {
        for side in 0..<2 {
            let half = flows[handle].halves[side]
            guard half.isSeen, !half.isSynchronized, half.firstHeld >= 0,
                held[half.firstHeld].place == half.acknowledged
            else { continue }
            settle(handle, side)
        }
    }

    /// Takes the lowest held byte for the beginning.
    mutating func settle(_ handle: Int32, _ direction: Int) {
        let first = flows[handle].halves[direction].firstHeld
        let place = first >= 0 ? held[first].place : flows[handle].halves[direction].anchorPlace
        let distance = Int(truncatingIfNeeded: place &- flows[handle].halves[direction].anchorPlace)
        let sequence = flows[handle].halves[direction].anchorSequence.advanced(by: distance)
        flows[handle].halves[direction].anchorSequence = sequence
        flows[handle].halves[direction].anchorPlace = place
        flows[handle].halves[direction].base = place
        flows[handle].halves[direction].next = place
        flows[handle].halves[direction].isSynchronized = true
    }
}
