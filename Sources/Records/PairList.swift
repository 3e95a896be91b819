// A call on its way to becoming a line: ordered key/value pairs whose values may still lie in the
// messages they came from. Rules change it, RecordWriter writes it. spec: Resurface message format.

public import Bytes

/// Where a text of a pair list is kept.
public enum PairStorage: UInt8, Sendable, BitwiseCopyable {
    /// The list's own bytes: keys, decoded and replaced values.
    case arena
    /// The request's head (start line and fields).
    case requestText
    /// The request's body.
    case requestBody
    /// The response's head.
    case responseText
    /// The response's body.
    case responseBody
}

/// A text in one of a pair list's storages.
public struct PairText: Equatable, Sendable, BitwiseCopyable {
    /// Which storage.
    public var storage: PairStorage
    /// The first byte.
    public var offset: Int
    /// The number of bytes.
    public var count: Int
    /// Creates a reference to a text.
    @inlinable public init(_ storage: PairStorage = .arena, _ offset: Int = 0, _ count: Int = 0) {
        self.storage = storage
        self.offset = offset
        self.count = count
    }
}

/// One key with its value, both well-formed UTF-8.
public struct Pair: Equatable, Sendable, BitwiseCopyable {
    /// The key, in the arena.
    public var key: PairText
    /// The value.
    public var value: PairText
}

/// An ordered list of pairs over five byte storages.
///
/// The owner of the messages lends their buffers by swapping them in and out: nothing is copied
/// that need not be. All texts are valid UTF-8: `append` repairs what is not (invalid bytes →
/// U+FFFD).
public struct PairList: ~Copyable {
    /// The pairs, in order.
    public var pairs: [Pair]
    /// Keys, and values that exist nowhere else.
    public var arena: ByteBuffer
    /// Lent by the request, empty otherwise.
    public var requestText: ByteBuffer
    /// Lent by the request, empty otherwise.
    public var requestBody: ByteBuffer
    /// Lent by the response, empty otherwise.
    public var responseText: ByteBuffer
    /// Lent by the response, empty otherwise.
    public var responseBody: ByteBuffer

    /// Whether the request's text is known to be ASCII: nothing of it needs a look at its UTF-8.
    var isRequestASCII = false
    /// The same for the response's.
    var isResponseASCII = false

    /// Looks once at the texts lent, so that each of their parts need not be looked at.
    public mutating func noteLent() {
        isRequestASCII = Scan.asciiRun(in: requestText.span, from: 0) == requestText.count
        isResponseASCII = Scan.asciiRun(in: responseText.span, from: 0) == responseText.count
    }

    /// Creates an empty list.
    public init() {
        pairs = []
        arena = ByteBuffer(capacity: 4096)
        requestText = ByteBuffer()
        requestBody = ByteBuffer()
        responseText = ByteBuffer()
        responseBody = ByteBuffer()
    }

    /// The most arena memory kept between calls, in bytes.
    public static let keptCapacity = 1 << 20

    /// Forgets all pairs and the arena; lent buffers are the lender's business.
    public mutating func removeAll() {
        pairs.removeAll(keepingCapacity: true)
        isRequestASCII = false
        isResponseASCII = false
        arena.removeAll()
        arena.trim(toCapacity: PairList.keptCapacity)
    }

    /// The bytes of a text.
    @_lifetime(borrow self)
    public func span(_ text: PairText) -> Span<UInt8> {
        switch text.storage {
        case .arena: arena.span(from: text.offset, count: text.count)
        case .requestText: requestText.span(from: text.offset, count: text.count)
        case .requestBody: requestBody.span(from: text.offset, count: text.count)
        case .responseText: responseText.span(from: text.offset, count: text.count)
        case .responseBody: responseBody.span(from: text.offset, count: text.count)
        }
    }

    /// Copies `bytes` into the arena as they are; the caller vouches for UTF-8.
    public mutating func keep(_ bytes: Span<UInt8>) -> PairText {
        let text = PairText(.arena, arena.count, bytes.count)
        arena.append(bytes)
        return text
    }

    /// Writes a key into the arena.
    public mutating func key(_ name: StaticString) -> PairText {
        let text = PairText(.arena, arena.count, name.utf8CodeUnitCount)
        arena.append(name)
        return text
    }

    /// Appends a pair of texts already kept.
    public mutating func append(key: PairText, value: PairText) {
        pairs.append(Pair(key: key, value: value))
    }

    /// Appends a pair, copying both and repairing UTF-8 in the value.
    public mutating func append(_ name: StaticString, _ value: Span<UInt8>) {
        let key = key(name)
        append(key: key, value: keepRepaired(value))
    }

    /// Copies `bytes` into the arena, each maximal invalid run replaced by U+FFFD.
    public mutating func keepRepaired(_ bytes: Span<UInt8>) -> PairText {
        let start = arena.count
        arena.append(repairingUTF8: bytes)
        return PairText(.arena, start, arena.count - start)
    }
}

extension ByteBuffer {
    /// Appends `bytes`, each maximal invalid run of UTF-8 replaced by U+FFFD.
    ///
    /// - Parameter isBytewise: Whether each invalid byte is replaced by one of its own.
    public mutating func append(repairingUTF8 bytes: Span<UInt8>, isBytewise: Bool = false) {
        var offset = 0
        while offset < bytes.count {
            let run = Scan.asciiRun(in: bytes, from: offset)
            append(bytes.slice(offset, run))
            offset += run
            guard offset < bytes.count else { return }
            let sequence = UTF8Sequence(at: offset, in: bytes)
            if sequence.isValid {
                append(bytes.slice(offset, sequence.length))
            } else {
                append("\u{FFFD}" as StaticString)
            }
            offset += sequence.isValid || !isBytewise ? sequence.length : 1
        }
    }
}
