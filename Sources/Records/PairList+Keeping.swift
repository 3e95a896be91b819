// Texts of a pair list put into its arena: repaired, encoded, in lower case. All inside the list,
// so that source and target may be any of its storages.

public import Bytes

extension PairList {
    /// Whether a text is well-formed UTF-8.
    public func isValidUTF8(_ text: PairText) -> Bool {
        isKnownASCII(text.storage) || span(text).isValidUTF8
    }

    @inline(__always) func isKnownASCII(_ storage: PairStorage) -> Bool {
        switch storage {
        case .requestText: isRequestASCII
        case .responseText: isResponseASCII
        case .arena, .requestBody, .responseBody: false
        }
    }

    /// Whether a text is `literal`, which is lower-case ASCII, but for case.
    public func equalsIgnoringCase(_ text: PairText, _ literal: StaticString) -> Bool {
        text.count == literal.utf8CodeUnitCount && span(text).equalsIgnoringCase(literal)
    }

    /// Whether a text is `literal`.
    public func equals(_ text: PairText, _ literal: StaticString) -> Bool {
        text.count == literal.utf8CodeUnitCount && span(text).equals(literal)
    }

    /// Appends a text to a buffer that is not the list's own.
    public func copy(_ text: PairText, into buffer: inout ByteBuffer) { buffer.append(span(text)) }

    /// How a text is put into the arena.
    enum Copy {
        case plain, repaired, repairedBytewise, base64
    }

    /// Appends a text to the arena, each maximal invalid run of UTF-8 replaced by U+FFFD.
    public mutating func copyRepaired(_ text: PairText) { copy(text, .repaired) }

    /// Appends a text to the arena, every single invalid byte of UTF-8 replaced by U+FFFD.
    public mutating func copyReplacingEachByte(_ text: PairText) { copy(text, .repairedBytewise) }

    /// Appends a text to the arena as base64.
    public mutating func copyBase64(_ text: PairText) { copy(text, .base64) }

    mutating func copy(_ text: PairText, _ way: Copy) {
        switch text.storage {
        case .arena:
            let bytes = ByteBuffer(arena.span(from: text.offset, count: text.count))
            PairList.copy(bytes, PairText(.arena, 0, text.count), way, into: &arena)
        case .requestText: PairList.copy(requestText, text, way, into: &arena)
        case .requestBody: PairList.copy(requestBody, text, way, into: &arena)
        case .responseText: PairList.copy(responseText, text, way, into: &arena)
        case .responseBody: PairList.copy(responseBody, text, way, into: &arena)
        }
    }

    static func copy(
        _ source: borrowing ByteBuffer, _ text: PairText, _ way: Copy, into arena: inout ByteBuffer
    ) {
        let bytes = source.span(from: text.offset, count: text.count)
        switch way {
        case .plain: arena.append(bytes)
        case .repaired: arena.append(repairingUTF8: bytes)
        case .repairedBytewise: arena.append(repairingUTF8: bytes, isBytewise: true)
        case .base64: arena.append(base64: bytes)
        }
    }

    /// What was appended to the arena since it held `start` bytes, as a text.
    public func kept(since start: Int) -> PairText { PairText(.arena, start, arena.count - start) }

    /// A key made of a prefix and a name in lower case, repaired where it is not UTF-8.
    public mutating func key(_ prefix: StaticString, lowercasing name: PairText) -> PairText {
        let start = arena.count
        arena.append(prefix)
        let nameStart = arena.count
        copy(name, .plain)
        arena.lowercaseASCII(from: nameStart)
        let key = kept(since: start)
        if isKnownASCII(name.storage) { return key }
        if Scan.asciiRun(in: arena.span, from: start) == key.count || isValidUTF8(key) {
            return key
        }
        let bytes = ByteBuffer(span(key))
        arena.truncate(to: start)
        arena.append(repairingUTF8: bytes.span)
        return kept(since: start)
    }

    /// Appends a pair whose value lies in a lent buffer; it is copied only when it must be
    /// repaired.
    public mutating func append(key: PairText, repairing value: PairText) {
        if isValidUTF8(value) {
            append(key: key, value: value)
            return
        }
        let start = arena.count
        copyRepaired(value)
        append(key: key, value: kept(since: start))
    }

    /// Copies part of a buffer into the arena, repairing UTF-8.
    public mutating func keepRepaired(
        _ buffer: borrowing ByteBuffer, from offset: Int, count: Int
    ) -> PairText {
        keepRepaired(buffer.span(from: offset, count: count))
    }

    /// Appends a pair of a literal and a copy of a buffer's bytes, repairing UTF-8.
    public mutating func append(_ name: StaticString, copying buffer: borrowing ByteBuffer) {
        append(name, buffer.span)
    }

    /// Appends a pair of a literal and a number.
    public mutating func append(_ name: StaticString, decimal value: UInt64) {
        let key = key(name)
        let start = arena.count
        arena.append(decimal: value)
        append(key: key, value: kept(since: start))
    }

    /// Appends a pair of two literals.
    public mutating func append(_ name: StaticString, literal value: StaticString) {
        let key = key(name)
        append(key: key, value: self.key(value))
    }
}
