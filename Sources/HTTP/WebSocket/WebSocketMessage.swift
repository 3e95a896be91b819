// What a WebSocket direction gives out: messages and control frames, in order. RFC 6455 §5.

public import Bytes

/// What a message or control frame is.
public enum WebSocketOpcode: UInt8, Sendable, BitwiseCopyable {
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10
    /// An opcode reserved for later, or a fragment without a beginning.
    case unknown = 0
}

/// A message or control frame; its bytes travel beside it.
public struct WebSocketMessage: Equatable, Sendable, BitwiseCopyable {
    /// What it is.
    public var opcode: WebSocketOpcode
    /// The payload's length as transferred, with what was cut and what is missing.
    public var wireByteCount: UInt64
    /// Payload bytes missing in the middle: the bytes given are not contiguous.
    public var missingByteCount: UInt64
    /// Whether the payload is compressed (RSV1; RFC 7692 §6). With context takeover the receiver
    /// needs all messages of the direction, in order and whole, to inflate this one.
    public var isCompressed: Bool
    /// Whether bytes over the limit were dropped.
    public var isCut: Bool
    /// Whether the direction ended, or lost its place, before the message did.
    public var isEndedEarly: Bool
    /// The moment of its first byte.
    public var start: StreamMoment
    /// The stream offset behind its last byte seen.
    public var endOffset: UInt64
    /// The packet time of its last byte seen.
    public var endTime: Timestamp

    init(opcode: WebSocketOpcode, isCompressed: Bool, start: StreamMoment) {
        self.opcode = opcode
        self.isCompressed = isCompressed
        self.start = start
        wireByteCount = 0
        missingByteCount = 0
        isCut = false
        isEndedEarly = false
        endOffset = start.offset
        endTime = start.timestamp
    }
}

/// Takes messages.
public protocol WebSocketEventSink: ~Copyable {
    /// A message or control frame is over; `bytes` are unmasked, joined, and borrowed for the call.
    mutating func webSocketMessage(_ message: WebSocketMessage, bytes: Span<UInt8>)
}
