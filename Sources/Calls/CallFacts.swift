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
}
