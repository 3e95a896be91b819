// A message as HTTP/1 and HTTP/2 alike give it: RFC 9110 §6. Head, body, trailers, and what is
// missing of them. Messages live in a slab and are reused with the memory they hold.

public import Bytes

/// A place in a message's `text`.
public struct TextRange: Equatable, Sendable, BitwiseCopyable {
    /// The first byte.
    public var offset: UInt32
    /// The number of bytes.
    public var count: UInt32
    /// Creates a range.
    @inlinable public init(_ offset: Int = 0, _ count: Int = 0) {
        self.offset = UInt32(offset)
        self.count = UInt32(count)
    }
}

/// A field line, as written: name in the sender's case, value without the blanks around it.
public struct Field: Equatable, Sendable, BitwiseCopyable {
    /// The name.
    public var name: TextRange
    /// The value; folded lines joined by one blank.
    public var value: TextRange
    /// Creates a field.
    @inlinable public init(name: TextRange, value: TextRange) {
        self.name = name
        self.value = value
    }
}

/// Body bytes never seen: `count` bytes from `offset` of the body as transferred.
public struct BodyGap: Equatable, Sendable, BitwiseCopyable {
    /// The first missing byte.
    public var offset: UInt64
    /// How many are missing.
    public var count: UInt64
    /// Creates a gap.
    public init(offset: UInt64, count: UInt64) {
        self.offset = offset
        self.count = count
    }
}

/// The protocol version of a message.
public enum HTTPVersion: UInt8, Sendable, BitwiseCopyable {
    case http10, http11, http2
}

/// What was odd or incomplete about a message.
public struct MessageMarks: OptionSet, Hashable, Sendable, BitwiseCopyable {
    /// The bits.
    public let rawValue: UInt32
    /// Creates a value from its bits.
    @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
    /// The message ended as its framing says.
    public static let complete = MessageMarks(rawValue: 1 << 0)
    /// Bytes of the head are missing or unknown (HTTP/2: fields whose table entry is unknown).
    public static let headIncomplete = MessageMarks(rawValue: 1 << 1)
    /// More body bytes came than the keep limit; the rest was counted, not kept.
    public static let bodyCut = MessageMarks(rawValue: 1 << 2)
    /// The stream ended, was reset or was given up before the message was whole.
    public static let endedEarly = MessageMarks(rawValue: 1 << 3)
    /// The body was framed by the end of the stream.
    public static let untilClose = MessageMarks(rawValue: 1 << 4)
    /// The body was chunked.
    public static let chunked = MessageMarks(rawValue: 1 << 5)
    /// Content-Length and Transfer-Encoding together, or lengths that differ (RFC 9112 §6.3).
    public static let ambiguousLength = MessageMarks(rawValue: 1 << 6)
    /// The framing was broken (a bad chunk size, say) and what follows was given up.
    public static let malformed = MessageMarks(rawValue: 1 << 7)
    /// The head was over its limit and cut.
    public static let headCut = MessageMarks(rawValue: 1 << 8)
    /// Memory ran short: no more of the body is kept.
    public static let bodyClosed = MessageMarks(rawValue: 1 << 9)
}

/// One HTTP message, request or response.
public struct Message: ~Copyable {
    /// Holds method, target, names and values; the ranges below point into it.
    public var text: ByteBuffer
    /// The protocol version.
    public var version: HTTPVersion
    /// The method as on the wire; empty in a response.
    public var method: TextRange
    /// The request-target as on the wire (HTTP/2: `:path`).
    public var target: TextRange
    /// HTTP/2: `:authority`; HTTP/1 leaves it empty (see the host field).
    public var authority: TextRange
    /// The status code; 0 in a request.
    public var status: Int
    /// The field lines, in order (HTTP/2: without pseudo-fields).
    public var fields: [Field]
    /// The trailer field lines, in order.
    public var trailers: [Field]
    /// The body bytes kept: chunk framing removed, content coding kept, holes left out.
    public var body: ByteBuffer
    /// The body's length as transferred, with what was cut and what is missing.
    public var bodyByteCount: UInt64
    /// What is missing of the body.
    public var gaps: [BodyGap]
    /// What was odd.
    public var marks: MessageMarks
    /// The stream offset of the first byte (HTTP/2: of the HEADERS frame).
    public var startOffset: UInt64
    /// The stream offset behind the last byte seen.
    public var endOffset: UInt64
    /// The packet time of the first byte.
    public var startTime: Timestamp
    /// The packet time of the last byte seen.
    public var endTime: Timestamp
    /// How far the packet of the first byte acknowledged the other direction, nil when unknown.
    public var acknowledged: UInt64?
    /// The packet segment and number of the first byte.
    public var startSegment: UInt64

    /// Creates an empty message.
    public init() {
        text = ByteBuffer(capacity: 1024)
        body = ByteBuffer()
        version = .http11
        method = TextRange()
        target = TextRange()
        authority = TextRange()
        status = 0
        fields = []
        trailers = []
        bodyByteCount = 0
        gaps = []
        marks = []
        startOffset = 0
        endOffset = 0
        startTime = Timestamp(nanoseconds: 0)
        endTime = Timestamp(nanoseconds: 0)
        acknowledged = nil
        startSegment = 0
    }

    /// The most memory a reused message keeps for each of text and body, in bytes.
    public static let keptCapacity = 16 * 1024

    /// Gives back the memory of a message that is not needed any more, but for `keptCapacity`.
    public mutating func retire() {
        text.trim(toCapacity: Message.keptCapacity)
        body.trim(toCapacity: Message.keptCapacity)
    }

    /// Makes a used message as good as new, keeping memory up to `keptCapacity`.
    public mutating func reset() {
        text.removeAll()
        body.removeAll()
        retire()
        version = .http11
        method = TextRange()
        target = TextRange()
        authority = TextRange()
        status = 0
        fields.removeAll(keepingCapacity: true)
        trailers.removeAll(keepingCapacity: true)
        bodyByteCount = 0
        gaps.removeAll(keepingCapacity: true)
        marks = []
        startOffset = 0
        endOffset = 0
        startTime = Timestamp(nanoseconds: 0)
        endTime = Timestamp(nanoseconds: 0)
        acknowledged = nil
        startSegment = 0
    }

    /// A copy with memory of its own.
    public func copied() -> Message {
        var copy = Message()
        copy.text.append(text.span)
        copy.body.append(body.span)
        copy.version = version
        copy.method = method
        copy.target = target
        copy.authority = authority
        copy.status = status
        copy.fields = fields
        copy.trailers = trailers
        copy.bodyByteCount = bodyByteCount
        copy.gaps = gaps
        copy.marks = marks
        copy.startOffset = startOffset
        copy.endOffset = endOffset
        copy.startTime = startTime
        copy.endTime = endTime
        copy.acknowledged = acknowledged
        copy.startSegment = startSegment
        return copy
    }

    /// The bytes of a range.
    @inlinable @_lifetime(borrow self)
    public func span(_ range: TextRange) -> Span<UInt8> {
        text.span(from: Int(range.offset), count: Int(range.count))
    }

    /// Copies bytes into `text`.
    public mutating func keep(_ bytes: Span<UInt8>) -> TextRange {
        let range = TextRange(text.count, bytes.count)
        text.append(bytes)
        return range
    }

    /// Appends body bytes, keeping at most `limit` in all.
    public mutating func appendBody(_ bytes: Span<UInt8>, limit: Int) {
        bodyByteCount &+= UInt64(bytes.count)
        let room = marks.contains(.bodyClosed) ? 0 : max(limit - body.count, 0)
        if bytes.count <= room {
            body.append(bytes)
        } else {
            body.append(bytes.slice(0, room))
            marks.insert(.bodyCut)
        }
    }

    /// The most memory claimed for a body on the word of its declared length alone, in bytes.
    static let trustedLengthBytes = 64 << 10

    /// Makes room for a body of `length` bytes, so that it need not grow piece by piece.
    public mutating func expectBody(_ length: UInt64, limit: Int) {
        let most = min(limit, Message.trustedLengthBytes)
        body.reserve(length < UInt64(most) ? Int(length) : most)
    }

    /// Keeps only the beginning of a body, and nothing of what is still to come.
    ///
    /// - Returns: The bytes freed, 0 when the body was no longer than `count`.
    public mutating func cutBody(keeping count: Int) -> Int {
        let freed = body.count - count
        guard freed > 0 else { return 0 }
        body = ByteBuffer(body.span(from: 0, count: count))
        marks.formUnion([.bodyCut, .bodyClosed])
        return freed
    }

    /// The most gaps told apart; further missing bytes are added to the last one.
    public static let gapLimit = 4096

    /// Notes `count` missing body bytes at the present end of the body.
    public mutating func appendBodyGap(_ count: UInt64) {
        guard count > 0 else { return }
        if let last = gaps.last,
            last.offset + last.count == bodyByteCount || gaps.count >= Message.gapLimit
        {
            gaps[gaps.count - 1].count += count
        } else {
            gaps.append(BodyGap(offset: bodyByteCount, count: count))
        }
        bodyByteCount &+= count
    }

    /// The value of the first field named `name` (lower-case), nil when there is none.
    public func firstValue(_ name: StaticString) -> TextRange? {
        for field in fields where span(field.name).equalsIgnoringCase(name) { return field.value }
        return nil
    }
}
