// What became of the bytes of WebSocket connections, and what was odd.

/// Counters of the WebSocket parser.
public struct WebSocketCounters: Sendable, BitwiseCopyable {
    /// Frames, control frames included.
    public var frames: UInt64 = 0
    /// Text and binary messages given out.
    public var messages: UInt64 = 0
    /// Control frames given out.
    public var controlFrames: UInt64 = 0
    /// Bytes of frame headers and masks.
    public var framingBytes: UInt64 = 0
    /// Payload bytes seen.
    public var payloadBytes: UInt64 = 0
    /// Payload bytes over the limit: counted, not kept.
    public var cutBytes: UInt64 = 0
    /// Missing bytes that lay inside payloads.
    public var payloadGapBytes: UInt64 = 0
    /// Missing bytes over frame headers, and all missing after that.
    public var framingGapBytes: UInt64 = 0
    /// Bytes passed over in a direction that had lost its place.
    public var skippedBytes: UInt64 = 0
    /// Directions that lost their place for good.
    public var directionsLost: UInt64 = 0
    /// Frames that break the protocol but could be read.
    public var malformedFrames: UInt64 = 0
    /// Messages whose direction ended before they did.
    public var messagesCutShort: UInt64 = 0

    /// Creates counters at zero.
    public init() {}

    /// Calls `body` with every counter's name and value.
    public func forEach(_ body: (_ name: StaticString, _ value: UInt64) -> Void) {
        body("websocket_frames", frames)
        body("websocket_messages", messages)
        body("websocket_control_frames", controlFrames)
        body("websocket_framing_bytes", framingBytes)
        body("websocket_payload_bytes", payloadBytes)
        body("websocket_cut_bytes", cutBytes)
        body("websocket_payload_gap_bytes", payloadGapBytes)
        body("websocket_framing_gap_bytes", framingGapBytes)
        body("websocket_skipped_bytes", skippedBytes)
        body("websocket_directions_lost", directionsLost)
        body("websocket_malformed_frames", malformedFrames)
        body("websocket_messages_cut_short", messagesCutShort)
    }

    /// Adds another set of counters to this one.
    public mutating func add(_ other: WebSocketCounters) {
        frames &+= other.frames
        messages &+= other.messages
        controlFrames &+= other.controlFrames
        framingBytes &+= other.framingBytes
        payloadBytes &+= other.payloadBytes
        cutBytes &+= other.cutBytes
        payloadGapBytes &+= other.payloadGapBytes
        framingGapBytes &+= other.framingGapBytes
        skippedBytes &+= other.skippedBytes
        directionsLost &+= other.directionsLost
        malformedFrames &+= other.malformedFrames
        messagesCutShort &+= other.messagesCutShort
    }
}
