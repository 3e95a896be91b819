// A flow: whose it is, two half streams, and its place in one of the table's lists. Fields are in
// the order of use: what every packet reads lies together.

import Bytes
import Wire

/// One slot of the flow table.
struct Flow: Sendable, BitwiseCopyable {
    enum State: UInt8 {
        /// In use.
        case open
        /// RST was seen; closed once nothing is awaited, or when the window is over.
        case reset
        /// Over and reported; its addresses are remembered for late duplicates.
        case lingering
        /// A free slot.
        case free
    }

    /// The lists a flow can be in, each in the order of activity.
    enum List: UInt8 {
        /// No byte was seen.
        case quiet
        /// Bytes were seen.
        case established
        /// Over; by the time of closing.
        case lingering
        /// None.
        case none
    }

    var originator: UInt128
    var responder: UInt128
    var encapsulation: EncapsulationKey
    var originatorPort: UInt16
    var responderPort: UInt16
    var state = State.open
    var list = List.none
    /// Whether the consumer knows the flow.
    var isAnnounced = false
    /// Whether one direction was never seen and is not waited for.
    var isOneSided = false
    var lastActivity: Timestamp
    var firstPacket: Timestamp
    var halves = HalfPair()
    var otherEncapsulation = EncapsulationKey.absent
    /// The upper half of the hash of its addresses.
    var tag: UInt32
    /// The direction of the RST, meaningful in state `reset`.
    var resetDirection: UInt8 = 0
    /// Where the sender of the RST stood; 0 when unknown.
    var resetPlace: UInt64 = 0
    /// The segment of its first packet.
    var firstSegment: UInt64
    /// Neighbours in its list, -1 at the ends; `following` chains free slots, too.
    var previous: Int32 = -1
    var following: Int32 = -1

    init(from source: Endpoint, to destination: Endpoint, _ packet: TCPPacket, _ tag: UInt32) {
        originator = source.address.bits
        responder = destination.address.bits
        originatorPort = source.port
        responderPort = destination.port
        encapsulation = EncapsulationKey(packet.encapsulation)
        lastActivity = packet.timestamp
        firstPacket = packet.timestamp
        firstSegment = packet.location.segment
        self.tag = tag
    }

    var description: FlowDescription {
        FlowDescription(
            originator: Endpoint(IPAddress(v6: originator), originatorPort),
            responder: Endpoint(IPAddress(v6: responder), responderPort),
            encapsulation: encapsulation.value ?? Encapsulation(),
            otherEncapsulation: otherEncapsulation.value, firstPacket: firstPacket)
    }

    /// The direction of a packet by its addresses, -1 when they are not the flow's.
    @inline(__always) func direction(of packet: TCPPacket) -> Int {
        if packet.source.address.bits == originator, packet.source.port == originatorPort,
            packet.destination.address.bits == responder, packet.destination.port == responderPort
        {
            return 0
        }
        if packet.source.address.bits == responder, packet.source.port == responderPort,
            packet.destination.address.bits == originator,
            packet.destination.port == originatorPort
        {
            return 1
        }
        return -1
    }

    @inline(__always) func isKnown(_ key: EncapsulationKey) -> Bool {
        key == encapsulation || key == otherEncapsulation
    }

    /// Exchanges originator and responder; only before the consumer knows the flow.
    mutating func turnAround() {
        (originator, responder) = (responder, originator)
        (originatorPort, responderPort) = (responderPort, originatorPort)
        swap(&halves.first, &halves.second)
    }
}
