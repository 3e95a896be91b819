// Which flow does a packet belong to? The 5-tuple finds candidates; VNI and VLAN tell networks with
// the same addresses apart; sequence numbers tell a second view of one connection from a stranger.

import Bytes
import Wire

extension FlowTable {
    /// The packet's flow, opened when it begins one; nil for a stray packet.
    mutating func flow(
        for packet: TCPPacket, _ tag: UInt32, _ network: EncapsulationKey, _ count: Int
    ) -> Int32? {
        var position = index.home(tag)
        var (strangers, joined, idlest) = (0, Int32(-1), Int32(-1))
        while let handle = index.find(tag, from: &position) {
            position = index.next(position)
            guard flows[handle].direction(of: packet) >= 0 else { continue }
            if flows[handle].isKnown(network) { return current(handle, packet, tag, count) }
            strangers += 1
            // The lowest handle, whatever the order in the index.
            if joined < 0 || handle < joined, isSameConnection(handle, packet) { joined = handle }
            if idlest < 0 || isIdler(handle, idlest) { idlest = handle }
        }
        if joined >= 0 {
            join(joined, network)
            return joined
        }
        guard mayOpen(packet, count) else { return nil }
        if strangers >= options.networksPerAddresses, idlest >= 0 { remove(idlest, .evicted) }
        return open(packet, tag)
    }

    func isIdler(_ handle: Int32, _ other: Int32) -> Bool {
        let (mine, theirs) = (flows[handle].lastActivity, flows[other].lastActivity)
        return mine == theirs ? handle < other : mine < theirs
    }

    // The flow with the packet's addresses, or a new one when the old connection is over.
    mutating func current(
        _ handle: Int32, _ packet: TCPPacket, _ tag: UInt32, _ count: Int
    ) -> Int32? {
        guard isNewConnection(handle, packet, count), mayOpen(packet, count) else { return handle }
        remove(handle, .replaced)
        return open(packet, tag)
    }

    func isNewConnection(_ handle: Int32, _ packet: TCPPacket, _ count: Int) -> Bool {
        let half = flows[handle].halves[flows[handle].direction(of: packet)]
        let isOver = flows[handle].state != .open
        if packet.flags.contains(.syn) {
            if half.hasSYN { return half.initialSequence != packet.sequence }
            guard half.isSeen else { return isOver }
            // Else a SYN that comes late for a direction picked up without it.
            let place = half.place(of: packet.sequence.advanced(by: 1))
            let begin = half.isSynchronized ? half.base : half.next
            return isOver || magnitude(place, begin) > options.vantageBytes
        }
        guard count > 0 || packet.missingByteCount > 0, half.isSeen else { return false }
        let distance = half.distance(to: half.place(of: packet.sequence))
        if isOver { return distance > options.vantageBytes }
        let silence = packet.timestamp.nanoseconds(since: flows[handle].lastActivity)
        return distance > options.sequenceJumpBytes && silence > options.vantageNanoseconds
    }

    func magnitude(_ place: UInt64, _ other: UInt64) -> Int64 {
        let distance = Int64(bitPattern: place &- other)
        return distance < 0 ? 0 &- distance : distance
    }

    // Another vantage point of a connection that is followed already.
    mutating func join(_ handle: Int32, _ network: EncapsulationKey) {
        guard flows[handle].otherEncapsulation == .absent else { return }
        flows[handle].otherEncapsulation = network
        counters.vantagePoints &+= 1
        describeAnew(handle)
    }

    func isSameConnection(_ handle: Int32, _ packet: TCPPacket) -> Bool {
        let silence = packet.timestamp.nanoseconds(since: flows[handle].lastActivity)
        guard silence < options.vantageNanoseconds else { return false }
        let direction = flows[handle].direction(of: packet)
        let half = flows[handle].halves[direction]
        let other = flows[handle].halves[1 - direction]
        let acknowledges = packet.flags.contains(.ack) && other.hasAnchor
        let ahead = other.distance(to: other.place(of: packet.acknowledgement))
        if packet.flags.contains(.syn) {
            if half.hasSYN { return half.initialSequence == packet.sequence }
            return !half.isSeen && acknowledges && ahead <= 1
        }
        if !half.isSeen { return acknowledges && ahead <= 64 << 10 }
        let distance = half.distance(to: half.place(of: packet.sequence))
        if acknowledges { return max(distance, ahead) <= options.vantageBytes }
        return distance <= 64 << 10
    }

    // A flow begins with a SYN or with data.
    func mayOpen(_ packet: TCPPacket, _ count: Int) -> Bool {
        if packet.flags.contains(.rst) { return false }
        return packet.flags.contains(.syn) || count > 0 || packet.missingByteCount > 0
    }

    mutating func open(_ packet: TCPPacket, _ tag: UInt32) -> Int32 {
        while flows.count >= max(options.flowLimit, 1), makeRoom() {}
        // Who answers a SYN is the responder, even when the SYN itself was not seen.
        let isAnswer = packet.flags.contains(.syn) && packet.flags.contains(.ack)
        var flow = Flow(
            from: isAnswer ? packet.destination : packet.source,
            to: isAnswer ? packet.source : packet.destination, packet, tag)
        flow.lastActivity = clock
        let (handle, isReused) = flows.claim { flow }
        if isReused {
            lastFreed = flows[handle].following
            flows[handle] = flow
        }
        counters.flowsOpened &+= 1
        index.insert(tag, handle)
        link(handle, .quiet)
        return handle
    }
}
