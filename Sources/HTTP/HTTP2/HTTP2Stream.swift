// One stream of a connection: two messages on their way. RFC 9113 §5.

import Bytes

/// One message of a stream.
struct HTTP2StreamSide: BitwiseCopyable {
    /// The message's handle, -1 when no head was seen.
    var message: Int32 = -1
    /// content-length, -1 when there is none or it says nothing about the body.
    var contentLength: Int64 = -1
    /// Whether nothing more will come.
    var hasEnded = false
    /// How many gaps over frame headers may have taken DATA of this message.
    var lossCount: UInt32 = 0
    /// The body's length at the first of them.
    var lossOffset: UInt64 = 0
}

/// The two directions of a connection, as indices.
enum HTTP2Side {
    /// From the client: requests.
    static let client = 0
    /// From the server: responses.
    static let server = 1
}

/// A stream.
struct HTTP2Stream: BitwiseCopyable {
    /// The stream's number.
    var id: UInt32
    /// What the client sends.
    var request = HTTP2StreamSide()
    /// What the server sends.
    var response = HTTP2StreamSide()
    /// Whether the response has no body whatever its fields say.
    var isHead = false
    /// Whether the method is CONNECT.
    var isTunnel = false
    /// Whether the server promised it.
    var isPushed = false
    /// When the client reset it while it waits for a response that is under way; nil otherwise.
    var resetTime: Timestamp?
    /// The code it was reset with.
    var resetCode: UInt32 = 0
    /// Pieces of it written so far.
    var pieceCount: UInt32 = 0
    /// Decoded bytes of the response's body that those said, where the body is kept.
    var saidByteCount = 0

    init(id: UInt32) { self.id = id }

    /// The message of one direction.
    subscript(side: Int) -> HTTP2StreamSide {
        get { side == HTTP2Side.client ? request : response }
        set {
            if side == HTTP2Side.client { request = newValue } else { response = newValue }
        }
    }
}
