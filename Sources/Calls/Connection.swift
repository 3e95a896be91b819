// What is known of one flow behind reassembly: two parsers and the calls that are not whole yet.

import Bytes
import HTTP
import Reassembly
import Wire

/// One flow's state in the calls' room.
struct Connection: ~Copyable {
    /// What the flow speaks.
    enum Mode: UInt8 {
        /// HTTP/1, or not known yet.
        case http1
        /// Cleartext HTTP/2.
        case http2
        /// WebSocket, after a 101.
        case webSocket
        /// TLS: nothing can be read.
        case tls
        /// A tunnel or an upgrade to something else.
        case tunnel
        /// Something that is not HTTP, though a start line may still come.
        case other
    }

    var mode = Mode.http1
    var description = FlowDescription(
        originator: Endpoint(IPAddress(v4: 0), 0), responder: Endpoint(IPAddress(v4: 0), 0),
        encapsulation: Encapsulation(), firstPacket: Timestamp(nanoseconds: 0))
    /// The parsers, by direction.
    var streams: InlineArray<2, HTTP1Stream> = InlineArray { _ in HTTP1Stream() }
    /// Calls that are not whole yet, in the order of their requests.
    var exchanges: [Exchange] = []
    /// The direction of the client, once known.
    var client: Direction?
    /// Whether messages may have been lost, so that counting alone does not pair.
    var isDisturbed = false
    /// Whether bytes that may have been a message are missing since the last head, by direction.
    var isBehindGap: InlineArray<2, Bool> = InlineArray(repeating: false)
    /// Whether the next response answers the first request that waits.
    var isInSync = true
    /// Whether the client has sent a request while another one waited.
    var isPipelining = false
    /// Whether any HTTP message was found.
    var hasHTTP = false
    /// Bytes delivered, by direction: for the account of what is not HTTP.
    var delivered: InlineArray<2, UInt64> = InlineArray(repeating: 0)
    /// Bytes of a PROXY header still to be skipped, by direction.
    var toSkip: InlineArray<2, Int> = InlineArray(repeating: 0)
    /// A beginning too short to tell what it is.
    var undecided: InlineArray<2, ByteBuffer> = InlineArray { _ in ByteBuffer() }
    /// Handle of the HTTP/2 or WebSocket state, -1 when none.
    var extra: Int32 = -1

    /// Makes a used connection as good as new.
    mutating func reset() {
        mode = .http1
        streams[0].reset()
        streams[1].reset()
        exchanges.removeAll(keepingCapacity: true)
        client = nil
        isDisturbed = false
        isBehindGap = InlineArray(repeating: false)
        isInSync = true
        isPipelining = false
        hasHTTP = false
        delivered = InlineArray(repeating: 0)
        toSkip = InlineArray(repeating: 0)
        undecided[0].removeAll()
        undecided[1].removeAll()
        extra = -1
    }

    /// Bytes held beside those in messages.
    var heldByteCount: Int {
        streams[0].heldByteCount + streams[1].heldByteCount + undecided[0].count
            + undecided[1].count
    }

    var clientEndpoint: Endpoint {
        client == .fromResponder ? description.responder : description.originator
    }

    var serverEndpoint: Endpoint {
        client == .fromResponder ? description.originator : description.responder
    }
}
