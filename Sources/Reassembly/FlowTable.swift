// All flows of a lane: TCP segments in, bytes in order out. RFC 9293 §3.4 and §3.10, seen from the
// side: nothing is acknowledged and nothing can be asked for again.
//
// A byte's way: receive → its flow → its half stream → straight to the consumer when it is next,
// else held until it is, or until the reorder window is over and what is before it is declared
// missing.
//
// The table itself does not know its consumer: it says whether the packet is simply next, or leaves
// events. Only what hands them over is generic, inlinable, and therefore specialised by its user.

public import Bytes
public import Wire

/// Follows TCP flows and delivers their bytes.
public struct FlowTable: ~Copyable {
    /// What became of packets, bytes and flows.
    public internal(set) var counters = ReassemblyCounters()
    /// The latest packet time seen.
    public internal(set) var clock = Timestamp.distantPast
    /// What is held out of order costs, in bytes.
    public internal(set) var heldByteCount = 0
    /// Payload bytes held out of order.
    public internal(set) var heldPayloadByteCount = 0

    let options: ReassemblyOptions
    let seed: UInt64
    var flows = Slab<Flow>(capacity: 1024)
    var index = FlowIndex()
    var held = Slab<HeldSegment>(capacity: 256)
    /// Memory that released segments keep for the next ones.
    var spareByteCount = 0
    /// Directions that wait, as a heap by deadline.
    var waiting: [WaitingDirection] = []
    /// Before this time there is nothing to do.
    var wake = Timestamp.distantPast
    /// A packet that is far ahead of the clock, alone so far.
    var leap = TimeLeap()
    /// Packets far behind the clock, too few so far.
    var setBack = TimeSetBack()
    /// Ends of the lists of flows (see `Flow.List`).
    var oldest: InlineArray<3, Int32> = InlineArray(repeating: -1)
    var newest: InlineArray<3, Int32> = InlineArray(repeating: -1)
    /// The slot freed last; the others are chained behind it.
    var lastFreed: Int32 = -1
    /// Whether what moves, moves because a window was over.
    var isGivingUp = false
    var events: [FlowEvent] = []
    /// Where the payload goes that is simply next.
    var nextPosition = StreamPosition(
        flow: -1, direction: .fromOriginator, offset: 0, timestamp: .distantPast,
        acknowledged: nil, location: PacketLocation())

    /// Creates an empty table.
    ///
    /// - Parameters:
    ///   - options: The limits.
    ///   - seed: Keys the hash; random where the wire is hostile.
    public init(_ options: ReassemblyOptions, seed: UInt64) {
        self.options = options
        self.seed = seed
    }

    /// What a flow takes while nothing of it is held: its slot and its place in the index, both
    /// with the room that growing arrays have.
    public static var bytesPerFlow: Int { MemoryLayout<Flow>.stride * 3 / 2 + 32 }

    /// Flows followed, lingering ones included.
    public var flowCount: Int { flows.count }

    /// Takes one TCP segment.
    @inlinable public mutating func receive<C: StreamConsumer & ~Copyable>(
        _ packet: TCPPacket, payload: Span<UInt8>, into consumer: inout C
    ) {
        var outcome = take(packet, payload)
        if outcome == .timeFirst {
            advance(to: packet.timestamp, into: &consumer)
            outcome = take(packet, payload)
        }
        switch outcome {
        case .next: consumer.deliver(payload, at: positionOfNext)
        case .events: emit(payload, into: &consumer)
        case .nothing, .timeFirst: break
        }
    }

    /// Packet time moves on: windows and timeouts that are over have their effect.
    @inlinable public mutating func advance<C: StreamConsumer & ~Copyable>(
        to time: Timestamp, into consumer: inout C
    ) {
        while moveOn(to: time) { emit(Span(), into: &consumer) }
    }

    /// The input is over: everything held is delivered, holes are declared, all flows are closed.
    @inlinable public mutating func drain<C: StreamConsumer & ~Copyable>(into consumer: inout C) {
        while closeNext(.drained) { emit(Span(), into: &consumer) }
    }

    /// Closes the flow that was silent longest, for the sake of memory; those with bytes first.
    ///
    /// - Returns: Whether there was one.
    @inlinable public mutating func evictOldest<C: StreamConsumer & ~Copyable>(
        into consumer: inout C
    ) -> Bool {
        guard closeNext(.evicted) else { return false }
        emit(Span(), into: &consumer)
        return true
    }

    /// The smallest number of a packet segment in which an open flow began, nil without one.
    ///
    /// Who re-reads from there on sees every packet of the flows still open. O(flows).
    public var oldestNeededSegment: UInt64? {
        var least: UInt64?
        for list in 0..<2 {
            var handle = oldest[list]
            while handle >= 0 {
                least = min(least ?? .max, flows[handle].firstSegment)
                handle = flows[handle].following
            }
        }
        return least
    }

    // Hands the events over. `payload` is the packet's at hand.
    @inlinable @inline(never)
    mutating func emit<C: StreamConsumer & ~Copyable>(
        _ payload: Span<UInt8>, into consumer: inout C
    ) {
        var number = 0
        while number < eventCount {
            switch event(number) {
            case .described(let flow, let description, let isNew):
                consumer.flowDescribed(flow, description, isNew: isNew)
            case .payload(let offset, let count, let position):
                consumer.deliver(payload.slice(offset, count), at: position)
            case .held(let slot, let offset, let count, let position):
                consumer.deliver(bytesHeld(in: slot, offset, count), at: position)
                releaseHeld(slot)
            case .gap(let byteCount, let cause, let position):
                consumer.gap(byteCount, cause: cause, at: position)
            case .ended(let flow, let direction, let end, let time):
                consumer.streamEnded(flow, direction, end, at: time)
            case .closed(let flow, let reason, let time):
                consumer.flowClosed(flow, reason, at: time)
            }
            number &+= 1
        }
        forgetEvents()
    }

    @usableFromInline var positionOfNext: StreamPosition { nextPosition }
    @usableFromInline var eventCount: Int { events.count }
    @usableFromInline func event(_ number: Int) -> FlowEvent { events[number] }
    @usableFromInline mutating func forgetEvents() {
        events.removeAll(keepingCapacity: events.capacity <= 4096)
    }
    @usableFromInline @_lifetime(borrow self)
    func bytesHeld(in slot: Int32, _ offset: Int, _ count: Int) -> Span<UInt8> {
        held[slot].bytes.span(from: offset, count: count)
    }
}
