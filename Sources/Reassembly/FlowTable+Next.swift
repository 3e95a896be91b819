// The common case, kept short: the next bytes of a flow in which nothing waits and nothing is
// odd, or an acknowledgement that tells nothing new. Everything else goes the long way.

import Bytes
public import Wire

extension FlowTable {
    /// Takes one packet; what is to be told is left in `nextPosition` or `events`.
    @usableFromInline mutating func take(
        _ packet: TCPPacket, _ payload: Span<UInt8>
    ) -> FlowOutcome {
        if packet.timestamp > clock {
            if packet.timestamp < wake {
                clock = packet.timestamp
            } else if admits(packet) {
                return .timeFirst
            }
        } else if clock.nanoseconds(since: packet.timestamp) > TimeSetBack.least {
            noteBehind(packet)
        }
        counters.packets &+= 1
        counters.payloadBytes &+= UInt64(payload.count)
        let tag = tag(packet)
        let network = EncapsulationKey(packet.encapsulation)
        var position = index.home(tag)
        while let handle = index.find(tag, from: &position) {
            let direction = flows[handle].direction(of: packet)
            if direction >= 0, flows[handle].isKnown(network) {
                let grain: Int64 = 1_000_000_000
                guard flows[handle].isNext(direction, packet, payload.count) else { break }
                if clock.nanoseconds(since: flows[handle].lastActivity) > grain {
                    touch(handle, packet, payload.count)
                }
                if payload.count == 0 { return .nothing }
                counters.deliveredBytes &+= UInt64(payload.count)
                flows[handle].pass(handle, direction, packet, payload.count, &nextPosition)
                return .next
            }
            position = index.next(position)
        }
        return takeSlowly(packet, payload, tag)
    }

    // Both directions have the same hash.
    @inline(__always) func tag(_ packet: TCPPacket) -> UInt32 {
        var source = FoldHash(seed: seed)
        source.combine(UInt64(truncatingIfNeeded: packet.source.address.bits))
        source.combine(
            UInt64(truncatingIfNeeded: packet.source.address.bits >> 64)
                ^ UInt64(packet.source.port) << 24)
        var destination = FoldHash(seed: seed)
        destination.combine(UInt64(truncatingIfNeeded: packet.destination.address.bits))
        destination.combine(
            UInt64(truncatingIfNeeded: packet.destination.address.bits >> 64)
                ^ UInt64(packet.destination.port) << 24)
        let both = FoldHash(seed: source.state &+ destination.state)
        return UInt32(truncatingIfNeeded: both.value >> 32)
    }
}

extension Flow {
    // What acknowledges nothing that is still to come has no effect but its bytes.
    @inline(__always)
    func isNext(_ direction: Int, _ packet: TCPPacket, _ count: Int) -> Bool {
        direction == 0
            ? isNext(halves.first, halves.second, packet, count)
            : isNext(halves.second, halves.first, packet, count)
    }

    @inline(__always)
    func isNext(
        _ half: HalfStream, _ other: HalfStream, _ packet: TCPPacket, _ count: Int
    ) -> Bool {
        // FIN, SYN and RST go the long way. (As numbers: the names are calls into another module.)
        guard half.isPlain, packet.flags.rawValue & 0x07 == 0, packet.missingByteCount == 0,
            packet.timestamp >= firstPacket
        else { return false }
        if packet.flags.rawValue & 0x10 != 0 {
            if other.isSynchronized {
                let ahead = packet.acknowledgement.distance(after: other.nextSequence)
                guard ahead <= 0 else { return false }
            } else if !isOneSided || other.isSeen {
                return false
            }
        }
        if count == 0 { return true }
        return packet.sequence == half.nextSequence && other.firstHeld < 0 && list == .established
    }

    @inline(__always)
    mutating func pass(
        _ handle: Int32, _ direction: Int, _ packet: TCPPacket, _ count: Int,
        _ position: inout StreamPosition
    ) {
        position.flow = handle
        position.timestamp = packet.timestamp
        position.location = packet.location
        if direction == 0 {
            position.direction = .fromOriginator
            Flow.pass(&halves.first, halves.second, packet, count, &position)
        } else {
            position.direction = .fromResponder
            Flow.pass(&halves.second, halves.first, packet, count, &position)
        }
    }

    @inline(__always)
    static func pass(
        _ half: inout HalfStream, _ other: HalfStream, _ packet: TCPPacket, _ count: Int,
        _ position: inout StreamPosition
    ) {
        position.offset = half.next &- half.base
        position.acknowledged =
            packet.flags.rawValue & 0x10 != 0 ? other.offset(of: packet.acknowledgement) : nil
        half.next &+= UInt64(count)
        half.nextSequence = packet.sequence.advanced(by: count)
    }

    /// Sees whether packets may take the short way; after everything that took the long one.
    mutating func notePlain() {
        let isOpen = state == .open && isAnnounced
        halves.first.isPlain = isOpen && halves.first.isOrderly
        halves.second.isPlain = isOpen && halves.second.isOrderly
    }
}

extension HalfStream {
    /// The stream offset of what is acknowledged, nil while the beginning is not known.
    @inline(__always) func offset(of sequence: SequenceNumber) -> UInt64? {
        guard isSynchronized else { return nil }
        let place = place(of: sequence)
        return place > base ? place &- base : 0
    }
}
