// What a call record says beside its messages.

import Bytes
import Wire

/// The circumstances of one call.
struct CallFacts: Sendable {
    var client: Endpoint
    var server: Endpoint
    var encapsulation: Encapsulation
    var otherEncapsulation: Encapsulation?
    var firstPacket: Timestamp
    /// The HTTP/2 stream, 0 for HTTP/1.
    var stream: UInt32
    /// The request's handle, -1 when it was not seen.
    var request: Int32
    /// The response's handle, -1 when it was not seen.
    var response: Int32
    /// Which piece of a long call or conversation this is, from 1; 0 for a whole one.
    var piece: UInt32 = 0
    /// Told apart by this where stream and place are the same.
    var nameSuffix: UInt64 = 0
    /// Whether this is a WebSocket conversation: bodies are JSON texts of messages.
    var isConversation = false
    /// Bytes of the decoded response body that earlier pieces have said.
    var saidByteCount = 0

    /// Makes this the next piece of a call on an HTTP/2 stream. The first is named as the call
    /// would be.
    mutating func goOn(pieces: UInt32, said: Int) {
        piece = pieces + 1
        nameSuffix = UInt64(pieces) << 40
        saidByteCount = said
    }

    /// Makes this the next piece of a call. The first is named as the call would be, the others by
    /// their number as well.
    mutating func goOn(_ exchange: Exchange) {
        piece = exchange.pieceCount + 1
        stream = exchange.pieceCount == 0 ? 0 : piece
        saidByteCount = exchange.saidByteCount
    }
}
