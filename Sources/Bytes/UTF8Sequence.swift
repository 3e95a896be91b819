// UTF-8 well-formedness. Unicode 15, table 3-7; maximal-subpart replacement, §3.9.

/// What a UTF-8 decoder finds at an offset.
public struct UTF8Sequence: Sendable, BitwiseCopyable {
    /// How many bytes it takes: 1 to 4 when valid, 1 to 3 (the maximal subpart) when not.
    public var length: Int
    /// The scalar's value; U+FFFD when invalid.
    public var scalar: UInt32
    /// Whether the bytes are well formed.
    public var isValid: Bool

    /// Reads the sequence at `offset`, which must be inside `bytes`.
    public init(at offset: Int, in bytes: Span<UInt8>) {
        let first = bytes[offset]
        if first < 0x80 {
            (length, scalar, isValid) = (1, UInt32(first), true)
            return
        }
        (length, scalar, isValid) = (1, 0xFFFD, false)
        let needed: Int
        var low: UInt8 = 0x80
        var high: UInt8 = 0xBF
        switch first {
        case 0xC2...0xDF: needed = 1
        case 0xE0: (needed, low) = (2, 0xA0)
        case 0xED: (needed, high) = (2, 0x9F)
        case 0xE1...0xEF: needed = 2
        case 0xF0: (needed, low) = (3, 0x90)
        case 0xF4: (needed, high) = (3, 0x8F)
        case 0xF1...0xF3: needed = 3
        default: return
        }
        var value = UInt32(first & (0x3F >> UInt8(needed)))
        for step in 1...needed {
            guard offset + step < bytes.count else { return }
            let next = bytes[offset + step]
            guard next >= low, next <= high else { return }
            (low, high) = (0x80, 0xBF)
            value = value << 6 | UInt32(next & 0x3F)
            length = step + 1
        }
        scalar = value
        isValid = true
    }
}

extension Span where Element == UInt8 {
    /// Whether the bytes are well-formed UTF-8.
    public var isValidUTF8: Bool {
        var offset = Scan.asciiRun(in: self, from: 0)
        while offset < count {
            let sequence = UTF8Sequence(at: offset, in: self)
            guard sequence.isValid else { return false }
            offset += sequence.length
            offset += Scan.asciiRun(in: self, from: offset)
        }
        return true
    }

    /// The number of bytes without an unfinished sequence at the end, as a cut leaves one.
    public var countWithoutCutScalar: Int {
        var start = count
        for _ in 0..<min(3, count) {
            start -= 1
            let byte = self[start]
            if byte < 0x80 { return count }
            guard byte >= 0xC0 else { continue }
            let needed = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
            return count - start < needed ? start : count
        }
        return count
    }
}
