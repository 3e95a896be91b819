// What one direction of a piece of a WebSocket conversation came to.

import Bytes
import HTTP

/// Numbers of one direction.
struct WebSocketTally: Sendable, BitwiseCopyable {
    /// Messages and control frames.
    var messageCount = 0
    /// Payload bytes as transferred, missing ones included.
    var payloadByteCount: UInt64 = 0
    /// The place and time of the first byte.
    var start = StreamMoment()
    /// The stream offset behind the last byte.
    var endOffset: UInt64 = 0
    /// The packet time of the last byte.
    var endTime = Timestamp(nanoseconds: 0)
    /// Whether a message was cut at a limit.
    var isCut = false
    /// Whether anything is missing, or could not be read.
    var isPartial = false

    mutating func add(_ message: WebSocketMessage) {
        if messageCount == 0 { start = message.start }
        messageCount += 1
        payloadByteCount &+= message.wireByteCount
        endOffset = message.endOffset
        endTime = message.endTime
        if message.isCut { isCut = true }
        if message.missingByteCount > 0 || message.isEndedEarly { isPartial = true }
    }
}
