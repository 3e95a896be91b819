// The little of JSON that records need, read strictly: no trailing commas, no comments, no bare
// control characters in strings. RFC 8259.

public import Bytes

/// Why a line is not what was expected.
public enum RecordError: Error, Equatable {
    /// The text ends too early.
    case truncated(offset: Int)
    /// A byte that cannot stand there.
    case unexpected(offset: Int)
    /// A string that is not well-formed UTF-8.
    case invalidUTF8(offset: Int)
    /// Arrays or objects nested deeper than `JSONCursor.maximumDepth`.
    case tooDeep(offset: Int)
}

/// A reader's place in a JSON text.
public struct JSONCursor: ~Escapable {
    /// The most levels of arrays and objects that `skipValue` follows.
    public static let maximumDepth = 64

    let bytes: Span<UInt8>
    /// The offset of the next byte.
    public private(set) var offset: Int

    /// Starts at the first byte.
    @_lifetime(copy bytes)
    public init(_ bytes: Span<UInt8>) {
        self.bytes = bytes
        offset = 0
    }

    /// The next byte that is no blank, nil at the end. Blanks before it are passed over.
    @_lifetime(self: copy self)
    public mutating func peek() -> UInt8? {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            case let byte: return byte
            }
        }
        return nil
    }

    /// Takes `byte`, blanks before it allowed.
    @_lifetime(self: copy self)
    public mutating func expect(_ byte: UInt8) throws(RecordError) {
        guard let next = peek() else { throw .truncated(offset: offset) }
        guard next == byte else { throw .unexpected(offset: offset) }
        offset += 1
    }

    /// Takes `byte` if it is the next one that is no blank.
    @_lifetime(self: copy self)
    public mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        offset += 1
        return true
    }

    /// Makes sure that only blanks follow.
    @_lifetime(self: copy self)
    public mutating func expectEnd() throws(RecordError) {
        if peek() != nil { throw .unexpected(offset: offset) }
    }

    /// Reads a string and appends its text to `target`. Lone surrogates become U+FFFD.
    @_lifetime(self: copy self)
    public mutating func readString(into target: inout ByteBuffer) throws(RecordError) {
        try expect(0x22)
        while true {
            let run = Scan.plainJSONRun(in: bytes, from: offset)
            target.append(bytes.slice(offset, run))
            offset += run
            guard offset < bytes.count else { throw .truncated(offset: offset) }
            let byte = bytes[offset]
            switch byte {
            case 0x22:
                offset += 1
                return
            case 0x5C:
                try readEscape(into: &target)
            case 0x7F:
                target.append(byte)
                offset += 1
            case 0x80...:
                let sequence = UTF8Sequence(at: offset, in: bytes)
                guard sequence.isValid else { throw .invalidUTF8(offset: offset) }
                target.append(bytes.slice(offset, sequence.length))
                offset += sequence.length
            default:
                throw .unexpected(offset: offset)
            }
        }
    }

    @_lifetime(self: copy self)
    mutating func readEscape(into target: inout ByteBuffer) throws(RecordError) {
        guard offset + 1 < bytes.count else { throw .truncated(offset: offset) }
        let letter = bytes[offset + 1]
        offset += 2
        switch letter {
        case 0x22, 0x5C, 0x2F: target.append(letter)
        case 0x62: target.append(0x08 as UInt8)
        case 0x66: target.append(0x0C as UInt8)
        case 0x6E: target.append(0x0A as UInt8)
        case 0x72: target.append(0x0D as UInt8)
        case 0x74: target.append(0x09 as UInt8)
        case 0x75:
            var scalar = try readHex()
            if scalar >= 0xD800, scalar < 0xE000 {
                scalar = try readLowSurrogate(after: scalar)
            }
            target.append(scalar: scalar)
        default: throw .unexpected(offset: offset - 1)
        }
    }

    @_lifetime(self: copy self)
    mutating func readHex() throws(RecordError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard offset < bytes.count else { throw .truncated(offset: offset) }
            guard let digit = bytes[offset].hexDigitValue else { throw .unexpected(offset: offset) }
            value = value << 4 | UInt32(digit)
            offset += 1
        }
        return value
    }

    /// The scalar of a surrogate pair, or U+FFFD when `high` stands alone.
    @_lifetime(self: copy self)
    mutating func readLowSurrogate(after high: UInt32) throws(RecordError) -> UInt32 {
        guard high < 0xDC00, offset + 1 < bytes.count,
            bytes[offset] == 0x5C, bytes[offset + 1] == 0x75
        else { return 0xFFFD }
        let before = offset
        offset += 2
        let low = try readHex()
        guard low >= 0xDC00, low < 0xE000 else {
            offset = before
            return 0xFFFD
        }
        return 0x1_0000 + (high - 0xD800) << 10 + (low - 0xDC00)
    }

    /// Passes over a number and returns its text's place.
    @_lifetime(self: copy self)
    public mutating func readNumber() throws(RecordError) -> Range<Int> {
        guard let first = peek() else { throw .truncated(offset: offset) }
        let start = offset
        if first == 0x2D { offset += 1 }
        let whole = offset
        try readDigits()
        if bytes[whole] == 0x30, offset > whole + 1 { throw .unexpected(offset: whole + 1) }
        if offset < bytes.count, bytes[offset] == 0x2E {
            offset += 1
            try readDigits()
        }
        if offset < bytes.count, bytes[offset] | 0x20 == 0x65 {
            offset += 1
            if offset < bytes.count, bytes[offset] == 0x2B || bytes[offset] == 0x2D { offset += 1 }
            try readDigits()
        }
        return start..<offset
    }

    @_lifetime(self: copy self)
    mutating func readDigits() throws(RecordError) {
        let start = offset
        while offset < bytes.count, bytes[offset].isASCIIDigit { offset += 1 }
        guard offset > start else {
            if offset < bytes.count { throw .unexpected(offset: offset) }
            throw .truncated(offset: offset)
        }
    }

    /// Takes one of the words `true`, `false`, `null`.
    @_lifetime(self: copy self)
    public mutating func take(word: StaticString) -> Bool {
        guard peek() != nil, bytes.from(offset).starts(with: word) else { return false }
        offset += word.utf8CodeUnitCount
        return true
    }

    /// Passes over any value.
    @_lifetime(self: copy self)
    public mutating func skipValue(depth: Int = 0) throws(RecordError) {
        guard depth < JSONCursor.maximumDepth else { throw .tooDeep(offset: offset) }
        guard let first = peek() else { throw .truncated(offset: offset) }
        switch first {
        case 0x22:
            var ignored = ByteBuffer()
            try readString(into: &ignored)
        case 0x5B, 0x7B:
            try skipContainer(closing: first + 2, depth: depth)
        case 0x2D, 0x30...0x39:
            _ = try readNumber()
        default:
            guard take(word: "true") || take(word: "false") || take(word: "null") else {
                throw .unexpected(offset: offset)
            }
        }
    }

    @_lifetime(self: copy self)
    mutating func skipContainer(closing: UInt8, depth: Int) throws(RecordError) {
        offset += 1
        if take(closing) { return }
        repeat {
            if closing == 0x7D {
                try skipValue(depth: depth + 1)
                try expect(0x3A)
            }
            try skipValue(depth: depth + 1)
        } while take(0x2C)
        try expect(closing)
    }
}

extension ByteBuffer {
    /// Appends the UTF-8 of a scalar value; U+FFFD for what is none.
    public mutating func append(scalar value: UInt32) {
        guard let scalar = Unicode.Scalar(value) else { return append("\u{FFFD}" as StaticString) }
        for unit in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { append(unit) }
    }
}
