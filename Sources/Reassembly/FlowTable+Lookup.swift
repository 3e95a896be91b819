// Which flow does a packet belong to? The 5-tuple finds candidates; VNI and VLAN tell networks with
// the same addresses apart; sequence numbers tell a second view of one connection from a stranger.

import Bytes
import Wire

extension FlowTable {
    // Both directions have the same hash.
    @inline(__always) func hash(_ packet: TCPPacket) -> UInt64 {
        let isOrdered = packet.source < packet.destination
        let low = isOrdered ? packet.source : packet.destination
        let high = isOrdered ? packet.destination : packet.source
        var hash = FoldHash(seed: seed)
        hash.combine(UInt64(truncatingIfNeeded: low.address.bits))
        hash.combine(UInt64(truncatingIfNeeded: high.address.bits))
        hash.combine(
            UInt64(truncatingIfNeeded: low.address.bits >> 64)
                ^ UInt64(truncatingIfNeeded: high.address.bits >> 64).byteSwapped)
        hash.combine(UInt64(low.port) << 16 | UInt64(high.port))
        return hash.value
    }

    /// The packet's flow, opened when it begins one; nil for a stray packet.
    mutating func flow<C: StreamConsumer & ~Copyable>(
        for packet: TCPPacket, _ hash: UInt64, _ count: Int, into consumer: inout C
    ) -> Int32? {
        var position = index.home(hash)
        var stranger: Int32 = -1
        while let handle = index.find(hash, from: &position) {
            if isSameTuple(handle, packet) {
                if flows[handle].isKnown(packet.encapsulation) {
                    return current(handle, packet, hash, count, into: &consumer)
                }
                if stranger < 0 { stranger = handle }
            }
            position = index.next(position)
        }
        if stranger >= 0, let joined = join(packet, hash, count, into: &consumer) { return joined }
        return open(packet, hash, count, into: &consumer)
    }

    @inline(__always) func isSameTuple(_ handle: Int32, _ packet: TCPPacket) -> Bool {
        let originator = flows[handle].description.originator
        let responder = flows[handle].description.responder
        return (packet.source == originator && packet.destination == responder)
            || (packet.source == responder && packet.destination == originator)
    }

    // The flow with the packet's addresses, or a new one when the old connection is over.
    mutating func current<C: StreamConsumer & ~Copyable>(
        _ handle: Int32, _ packet: TCPPacket, _ hash: UInt64, _ count: Int, into consumer: inout C
    ) -> Int32? {
        guard isNewConnection(handle, packet, count) else { return handle }
        if flows[handle].state == .lingering {
            free(handle)
        } else {
            close(handle, .replaced, into: &consumer)
            // It lingers now; its addresses belong to the new connection.
            if flows[handle].state == .lingering { free(handle) }
        }
        return open(packet, hash, count, into: &consumer)
    }

    func isNewConnection(_ handle: Int32, _ packet: TCPPacket, _ count: Int) -> Bool {
        let direction = flows[handle].direction(from: packet.source)
        let half = flows[handle].halves[direction]
        let isOver = flows[handle].state != .open
        if packet.flags.contains(.syn) {
            if half.hasSYN { return half.initialSequence != packet.sequence }
            guard half.isSeen else { return isOver }
            // A SYN that comes late for a direction picked up without it.
            let distance = half.place(of: packet.sequence.advanced(by: 1))
            return isOver
                || magnitude(distance, half.isSynchronized ? half.base : half.anchorPlace)
                    > options.vantageBytes
        }
        guard count + packet.missingByteCount > 0, half.isSeen else { return false }
        let distance = magnitude(half.place(of: packet.sequence), half.next)
        if isOver { return distance > options.vantageBytes }
        let silence = packet.timestamp.nanoseconds(since: flows[handle].lastActivity)
        return distance > options.sequenceJumpBytes
            && silence > options.vantageNanoseconds
    }

    func magnitude(_ place: UInt64, _ other: UInt64) -> Int64 {
        abs(Int64(bitPattern: place &- other))
    }

    // Another vantage point of a connection that is followed already.
    mutating func join<C: StreamConsumer & ~Copyable>(
        _ packet: TCPPacket, _ hash: UInt64, _ count: Int, into consumer: inout C
    ) -> Int32? {
        var position = index.home(hash)
        while let handle = index.find(hash, from: &position) {
            if isSameTuple(handle, packet), isSameConnection(handle, packet) {
                if flows[handle].description.otherEncapsulation == nil {
                    flows[handle].description.otherEncapsulation = packet.encapsulation
                    counters.vantagePoints &+= 1
                    if flows[handle].isAnnounced, flows[handle].state != .lingering {
                        consumer.flowDescribed(handle, flows[handle].description, isNew: false)
                    }
                }
                return handle
            }
            position = index.next(position)
        }
        return nil
    }

    func isSameConnection(_ handle: Int32, _ packet: TCPPacket) -> Bool {
        let silence = packet.timestamp.nanoseconds(since: flows[handle].lastActivity)
        guard silence < options.vantageNanoseconds else { return false }
        let direction = flows[handle].direction(from: packet.source)
        let half = flows[handle].halves[direction]
        let other = flows[handle].halves[1 - direction]
        let acknowledges = packet.flags.contains(.ack) && other.isSeen
        let acknowledgedDistance =
            acknowledges
            ? magnitude(other.place(of: packet.acknowledgement), other.next) : Int64.max
        if packet.flags.contains(.syn) {
            if half.hasSYN { return half.initialSequence == packet.sequence }
            return !half.isSeen && acknowledges && acknowledgedDistance <= 1
        }
        if !half.isSeen { return acknowledges && acknowledgedDistance <= 64 << 10 }
        let distance = magnitude(half.place(of: packet.sequence), half.next)
        if acknowledges {
            return distance <= options.vantageBytes && acknowledgedDistance <= options.vantageBytes
        }
        return distance <= 64 << 10
    }

    /// Opens a flow for a packet that may begin one: a SYN, or data.
    mutating func open<C: StreamConsumer & ~Copyable>(
        _ packet: TCPPacket, _ hash: UInt64, _ count: Int, into consumer: inout C
    ) -> Int32? {
        guard packet.flags.contains(.syn) || count + packet.missingByteCount > 0 else { return nil }
        if packet.flags.contains(.rst) { return nil }
        while flows.count >= options.flowLimit {
            guard evictOldest(into: &consumer) else { break }
        }
        // Who answers a SYN is the responder, even when the SYN itself was not seen.
        let isAnswer = packet.flags.contains(.syn) && packet.flags.contains(.ack)
        let description = FlowDescription(
            originator: isAnswer ? packet.destination : packet.source,
            responder: isAnswer ? packet.source : packet.destination,
            encapsulation: packet.encapsulation, firstPacket: packet.timestamp)
        let flow = Flow(
            description: description, hash: hash, lastActivity: clock,
            firstSegment: packet.location.segment)
        let (handle, isReused) = flows.claim { flow }
        if isReused {
            let generation = flows[handle].generation &+ 1
            flows[handle] = flow
            flows[handle].generation = generation
        }
        counters.flowsOpened &+= 1
        index.insert(hash, handle)
        link(handle, 0)
        return handle
    }

    // Late packets, description and the lists by activity.
    @inline(__always)
    mutating func touch<C: StreamConsumer & ~Copyable>(
        _ handle: Int32, _ packet: TCPPacket, _ count: Int, into consumer: inout C
    ) {
        if packet.timestamp < flows[handle].description.firstPacket,
            flows[handle].state != .lingering
        {
            flows[handle].description.firstPacket = packet.timestamp
            if flows[handle].isAnnounced {
                consumer.flowDescribed(handle, flows[handle].description, isNew: false)
            }
        }
        let carries = count + packet.missingByteCount > 0
        if carries, !flows[handle].isEstablished, flows[handle].state != .lingering {
            unlink(handle)
            flows[handle].isEstablished = true
            link(handle, 1)
        }
        // A second's grain is enough, and spares the lists.
        guard clock.nanoseconds(since: flows[handle].lastActivity) > 1_000_000_000 else { return }
        flows[handle].lastActivity = clock
        if flows[handle].state != .lingering {
            unlink(handle)
            link(handle, flows[handle].isEstablished ? 1 : 0)
        }
    }

    mutating func link(_ handle: Int32, _ list: Int) {
        flows[handle].previous = newest[list]
        flows[handle].following = -1
        if newest[list] >= 0 {
            flows[newest[list]].following = handle
        } else {
            oldest[list] = handle
        }
        newest[list] = handle
    }

    mutating func unlink(_ handle: Int32) {
        let list = flows[handle].isEstablished ? 1 : 0
        let previous = flows[handle].previous
        let following = flows[handle].following
        if previous >= 0 { flows[previous].following = following } else { oldest[list] = following }
        if following >= 0 { flows[following].previous = previous } else { newest[list] = previous }
    }
}
