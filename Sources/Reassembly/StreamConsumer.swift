// What reassembly tells the next room: bytes in order, each once, and what is missing between them.

public import Bytes
public import Wire

/// A flow's handle: a slot number, reused after the flow is closed.
public typealias FlowID = Int32

/// One of the two byte streams of a flow.
public enum Direction: UInt8, Sendable, BitwiseCopyable {
    /// From who sent the first packet seen.
    case fromOriginator = 0
    /// From the other end.
    case fromResponder = 1

    /// The other one.
    @inlinable public var opposite: Direction {
        self == .fromOriginator ? .fromResponder : .fromOriginator
    }
}

/// What is known of a flow as a whole.
public struct FlowDescription: Equatable, Sendable, BitwiseCopyable {
    /// Who sent the first packet seen (the SYN, when there is one).
    public var originator: Endpoint
    /// The other end.
    public var responder: Endpoint
    /// The virtual network of the first packet seen.
    public var encapsulation: Encapsulation
    /// A second virtual network in which the same connection was seen, if any.
    public var otherEncapsulation: Encapsulation?
    /// The earliest packet time seen in the flow.
    public var firstPacket: Timestamp

    /// Creates a description.
    public init(
        originator: Endpoint, responder: Endpoint, encapsulation: Encapsulation,
        otherEncapsulation: Encapsulation? = nil, firstPacket: Timestamp
    ) {
        self.originator = originator
        self.responder = responder
        self.encapsulation = encapsulation
        self.otherEncapsulation = otherEncapsulation
        self.firstPacket = firstPacket
    }
}

/// Where delivered bytes stand, and the packet that brought them.
public struct StreamPosition: Equatable, Sendable, BitwiseCopyable {
    /// The flow.
    public var flow: FlowID
    /// The direction.
    public var direction: Direction
    /// The offset of the first byte, from the first byte of the direction (the one behind the SYN,
    /// or the lowest seen when the flow was picked up midstream).
    public var offset: UInt64
    /// The time of the packet that brought it.
    public var timestamp: Timestamp
    /// How far that packet acknowledged the opposite direction, as an offset there; nil when
    /// unknown.
    public var acknowledged: UInt64?
    /// Where that packet is stored.
    public var location: PacketLocation

    /// Creates a position.
    @inlinable public init(
        flow: FlowID, direction: Direction, offset: UInt64, timestamp: Timestamp,
        acknowledged: UInt64?, location: PacketLocation
    ) {
        self.flow = flow
        self.direction = direction
        self.offset = offset
        self.timestamp = timestamp
        self.acknowledged = acknowledged
        self.location = location
    }
}

/// Why bytes are missing for good.
public enum GapCause: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    /// The packet never came within the reorder window.
    case lost
    /// The capture or the mirror cut the packet.
    case truncated
    /// The reorder buffer's limit was reached.
    case bufferLimit
    /// The memory budget was reached.
    case memoryLimit
}

/// How a direction ended.
public enum StreamEnd: UInt8, Sendable, BitwiseCopyable {
    /// FIN, and everything before it was delivered or declared missing.
    case finished
    /// RST from either end.
    case reset
}

/// Why a flow is over.
public enum CloseReason: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    /// Both directions ended.
    case ended
    /// RST.
    case reset
    /// Nothing came for the idle timeout.
    case idle
    /// A new connection with the same addresses began.
    case replaced
    /// The flow table or the memory budget was full.
    case evicted
    /// The input is over and everything open is to be reported.
    case drained
}

/// The room behind reassembly.
///
/// Calls for one flow and direction come in stream order; `flowOpened` is first, `flowClosed` last.
/// Bytes of a direction are held back while the packet that brought them acknowledges bytes of the
/// other direction that may still come, so that a request is delivered before its response.
public protocol StreamConsumer: ~Copyable {
    /// A flow begins, or its description changed (an earlier packet, a second vantage point).
    mutating func flowDescribed(_ flow: FlowID, _ description: FlowDescription, isNew: Bool)
    /// The next bytes of a direction, each once; borrowed for the call.
    mutating func deliver(_ bytes: Span<UInt8>, at position: StreamPosition)
    /// `byteCount` bytes from `position` on were never seen, and will not be.
    mutating func gap(_ byteCount: UInt64, cause: GapCause, at position: StreamPosition)
    /// No more bytes will come in this direction.
    mutating func streamEnded(
        _ flow: FlowID, _ direction: Direction, _ end: StreamEnd, at time: Timestamp)
    /// The flow is over; its handle may be reused after this call.
    mutating func flowClosed(_ flow: FlowID, _ reason: CloseReason, at time: Timestamp)
}
