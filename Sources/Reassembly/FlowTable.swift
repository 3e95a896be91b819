// All flows of a lane: TCP segments in, bytes in order out. RFC 9293 §3.4 and §3.10, seen from the
// side: nothing is acknowledged and nothing can be asked for again.
//
// A byte's way: receive → its flow → its half stream → straight to the consumer when it is next,
// else held until it is, or until the reorder window is over and what is before it is declared
// missing.

public import Bytes
public import Wire

/// Follows TCP flows and delivers their bytes.
public struct FlowTable: ~Copyable {
    /// What became of packets, bytes and flows.
    public internal(set) var counters = ReassemblyCounters()
    /// The latest packet time seen.
    public internal(set) var clock = Timestamp.distantPast
    /// Bytes held out of order.
    public internal(set) var heldByteCount = 0

    let options: ReassemblyOptions
    let seed: UInt64
    var flows = Slab<Flow>(capacity: 1024)
    var index = FlowIndex()
    var held = Slab<HeldSegment>(capacity: 256)
    var timers = FlowTimers()
    /// Ends of the lists by activity: 0 flows without a byte, 1 the others.
    var oldest: InlineArray<2, Int32> = InlineArray(repeating: -1)
    var newest: InlineArray<2, Int32> = InlineArray(repeating: -1)

    /// Creates an empty table.
    ///
    /// - Parameters:
    ///   - options: The limits.
    ///   - seed: Keys the hash; random where the wire is hostile.
    public init(_ options: ReassemblyOptions, seed: UInt64) {
        self.options = options
        self.seed = seed
    }

    /// Flows followed, lingering ones included.
    public var flowCount: Int { flows.count }

    /// Takes one TCP segment.
    public mutating func receive<C: StreamConsumer & ~Copyable>(
        _ packet: TCPPacket, payload: Span<UInt8>, into consumer: inout C
    ) {
        counters.packets &+= 1
        counters.payloadBytes &+= UInt64(payload.count)
        if packet.timestamp > clock { advance(to: packet.timestamp, into: &consumer) }
        let hash = hash(packet)
        guard let handle = flow(for: packet, hash, payload.count, into: &consumer) else {
            counters.strayPackets &+= 1
            counters.strayBytes &+= UInt64(payload.count)
            return
        }
        touch(handle, packet, payload.count, into: &consumer)
        let direction = flows[handle].direction(from: packet.source)
        if isNext(handle, direction, packet, payload.count) {
            // The common case: the next bytes, nothing waits, nothing is odd.
            let place = flows[handle].halves[direction].next
            noteAcknowledgement(handle, direction, packet)
            send(payload, handle, direction, place, packet, into: &consumer)
            return
        }
        receiveSlowly(packet, payload, handle, direction, into: &consumer)
    }

    /// Packet time moves on: windows and timeouts that are over have their effect.
    public mutating func advance<C: StreamConsumer & ~Copyable>(
        to time: Timestamp, into consumer: inout C
    ) {
        guard time > clock else { return }
        clock = time
        if let timer = timers.first, timer.deadline <= clock { runTimers(into: &consumer) }
        closeIdle(into: &consumer)
    }

    /// The input is over: everything held is delivered, holes are declared, all flows are closed.
    public mutating func drain<C: StreamConsumer & ~Copyable>(into consumer: inout C) {
        for list in 0..<2 {
            while oldest[list] >= 0 { close(oldest[list], .drained, into: &consumer) }
        }
    }

    /// Closes the flow that was silent longest, for the sake of memory.
    ///
    /// - Returns: Whether there was one.
    public mutating func evictOldest<C: StreamConsumer & ~Copyable>(
        into consumer: inout C
    ) -> Bool {
        let handle = oldest[0] >= 0 ? oldest[0] : oldest[1]
        guard handle >= 0 else { return false }
        close(handle, .evicted, into: &consumer)
        return true
    }

    // Plain data at the next place, with nothing held in this direction, and everything that it
    // acknowledges delivered.
    @inline(__always)
    func isNext(_ handle: Int32, _ direction: Int, _ packet: TCPPacket, _ count: Int) -> Bool {
        let half = flows[handle].halves[direction]
        guard half.isSynchronized, half.isSeen, count > 0, packet.missingByteCount == 0,
            !packet.flags.contains(.syn), !packet.flags.contains(.fin),
            !packet.flags.contains(.rst), flows[handle].state == .open,
            packet.sequence == half.anchorSequence, half.firstHeld < 0,
            half.finPlace == HalfStream.nowhere, half.truncatedUntil <= half.next
        else { return false }
        let other = flows[handle].halves[1 - direction]
        guard packet.flags.contains(.ack) else { return true }
        return other.isSynchronized && other.firstHeld < 0
            && packet.acknowledgement == other.anchorSequence
    }

    // Delivers bytes that begin at `place`, which is next.
    mutating func send<C: StreamConsumer & ~Copyable>(
        _ bytes: Span<UInt8>, _ handle: Int32, _ direction: Int, _ place: UInt64,
        _ packet: TCPPacket, into consumer: inout C
    ) {
        announce(handle, into: &consumer)
        let position = position(
            handle, direction, place, packet.timestamp, packet.location,
            packet.flags.contains(.ack) ? packet.acknowledgement : nil)
        counters.deliveredBytes &+= UInt64(bytes.count)
        flows[handle].halves[direction].advance(to: place &+ UInt64(bytes.count))
        consumer.deliver(bytes, at: position)
    }

    func position(
        _ handle: Int32, _ direction: Int, _ place: UInt64, _ time: Timestamp,
        _ location: PacketLocation, _ acknowledgement: SequenceNumber?
    ) -> StreamPosition {
        let other = flows[handle].halves[1 - direction]
        var acknowledged: UInt64?
        if let acknowledgement, other.isSynchronized {
            let place = other.place(of: acknowledgement)
            acknowledged = place > other.base ? place &- other.base : 0
        }
        return StreamPosition(
            flow: handle, direction: direction == 0 ? .fromOriginator : .fromResponder,
            offset: flows[handle].halves[direction].offset(of: place), timestamp: time,
            acknowledged: acknowledged, location: location)
    }

    mutating func announce<C: StreamConsumer & ~Copyable>(
        _ handle: Int32, into consumer: inout C
    ) {
        guard !flows[handle].isAnnounced else { return }
        flows[handle].isAnnounced = true
        consumer.flowDescribed(handle, flows[handle].description, isNew: true)
    }
}
