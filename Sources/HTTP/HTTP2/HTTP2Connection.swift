// An HTTP/2 connection as an eavesdropper sees it: both directions, their frames, streams and
// header tables. RFC 9113, RFC 7541.
//
// Bytes may come cut at any place, and with holes. A hole inside DATA costs its bytes; a hole
// inside a field block costs that block and what its header table held; a hole over a frame header
// costs what lies between it and the next place where frames are found again. Nothing is ever
// rejected for being against the rules: it is read as well as it can be, marked and counted.

public import Bytes

/// Both directions of one HTTP/2 connection.
public struct HTTP2Connection: ~Copyable {
    /// The connection preface a client begins with (RFC 9113 §3.4).
    static let preface: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

    /// The limits it keeps.
    public var limits: HTTP2Limits
    var halves: InlineArray<2, HTTP2Half>
    var streams = HTTP2StreamTable()
    var builder = HTTP2HeadBuilder()
    /// Exchanges over but not given out; empty between calls.
    var finished: [HTTP2Exchange] = []
    /// Text and body bytes of the messages of open streams.
    var messageByteCount = 0
    /// Streams that their client has reset before any response, oldest first: one may be under way.
    var resetStreams: [UInt32] = []
    /// Streams that ended before their response did: what still comes on them is late, not new.
    var lateStreams = HTTP2LateStreams()
    /// Streams that got DATA of a response open for long; empty between calls.
    var openStreams: [UInt32] = []
    /// Whether pushed streams were seen, so that even stream numbers are plausible.
    var hasPushes = false

    /// Creates a connection whose client begins with the preface.
    public init(limits: HTTP2Limits = HTTP2Limits()) {
        self.init(limits: limits, isMidstream: false)
    }

    /// Creates a connection picked up midstream: both directions look for frames, and neither
    /// header table is known.
    public init(midstream limits: HTTP2Limits) {
        self.init(limits: limits, isMidstream: true)
    }

    /// Creates a connection that an HTTP/1 request upgraded (h2c; RFC 7540 §3.2).
    ///
    /// - Parameters:
    ///   - request: The upgrading request, whole: it is stream 1's, and given out with its
    ///     response.
    ///   - settings: The value of its HTTP2-Settings field, empty when there is none.
    public init(
        upgradedBy request: Int32, settings: Span<UInt8>, messages: inout Slab<Message>,
        limits: HTTP2Limits = HTTP2Limits()
    ) {
        self.init(limits: limits, isMidstream: false)
        var stream = HTTP2Stream(id: 1)
        stream.request.message = request
        stream.request.hasEnded = true
        if request >= 0 {
            stream.isHead = messages[request].span(messages[request].method).equals("HEAD")
            messageByteCount = messages[request].text.count + messages[request].body.count
        }
        _ = streams.insert(stream)
        let payload = HTTP2Connection.decodeSettingsField(settings)
        apply(settings: payload.span, from: HTTP2Side.client)
    }

    private init(limits: HTTP2Limits, isMidstream: Bool) {
        self.limits = limits
        halves = InlineArray { index in
            let isClient = index == HTTP2Side.client
            return HTTP2Half(
                state: isMidstream ? .searching : isClient ? .preface : .header,
                expectsSettings: !isMidstream, isMidstream: isMidstream)
        }
    }

    /// The number of streams open.
    public var openStreamCount: Int { streams.count }

    /// Bytes held: partial frames and blocks, header tables, and the messages of open streams.
    public var heldByteCount: Int {
        halves[0].heldByteCount + halves[1].heldByteCount + messageByteCount
    }

    /// Cuts the long bodies of open streams.
    ///
    /// - Returns: The bytes freed, and of how many bodies.
    public mutating func cutLongBodies(
        keeping count: Int, messages: inout Slab<Message>
    ) -> (bytes: Int, bodies: UInt64) {
        var bytes = 0
        var bodies: UInt64 = 0
        for slot in 0..<streams.count {
            for message in [streams[slot].request.message, streams[slot].response.message]
            where message >= 0 {
                let freed = messages[message].cutBody(keeping: count)
                bytes += freed
                bodies += freed > 0 ? 1 : 0
            }
        }
        messageByteCount -= bytes
        return (bytes, bodies)
    }

    /// Whether the header table of a direction is known completely.
    public func knowsHeaderTable(fromClient: Bool) -> Bool {
        !halves[fromClient ? HTTP2Side.client : HTTP2Side.server].decoder.hasUnknownEntries
    }
}

extension HTTP2Connection {
    /// Whether `bytes`, the first of a connection, are a client's preface.
    public static func matchesPreface(_ bytes: Span<UInt8>) -> HTTP2Match {
        let preface = HTTP2Connection.preface.bytes
        for index in 0..<min(bytes.count, preface.count) where bytes[index] != preface[index] {
            return .no
        }
        return bytes.count < preface.count ? .needMore : .yes
    }

    /// Whether `bytes`, from the middle of a connection but the beginning of a packet, are frames.
    ///
    /// Strict: three frame headers in a row that break no rule, or two that end with the bytes,
    /// or one HEADERS frame that is all of them and decodes.
    public static func looksLikeFrames(_ bytes: Span<UInt8>) -> HTTP2Match {
        HTTP2FrameScan.looksLikeFrames(bytes)
    }

    /// Who sends these frames, as far as their field blocks show it.
    public static func sender(ofFrames bytes: Span<UInt8>) -> HTTP2Sender {
        HTTP2FrameScan.sender(of: bytes)
    }
}
