// Changes within one buffer, which two borrowed spans of it could not express.

extension ByteBuffer {
    /// Appends a copy of bytes already held.
    @inlinable public mutating func append(copyOf offset: Int, count length: Int) {
        precondition(
            offset >= 0 && length >= 0 && length <= count &- offset, "a range inside the buffer")
        if length == 0 { return }
        reserve(length)
        // SAFETY: the precondition keeps the source inside the bytes held; reserve made room behind
        // them, so that source and target do not overlap.
        unsafe (base + count).update(from: base + offset, count: length)
        setCount(count &+ length)
    }

    /// Makes ASCII letters from `offset` on lower-case, eight bytes at a time; others stay.
    public mutating func lowercaseASCII(from offset: Int) {
        precondition(offset >= 0 && offset <= count, "an offset inside the buffer")
        var place = offset
        // SAFETY: used below for bytes held, while self is borrowed exclusively.
        let raw = unsafe UnsafeMutableRawPointer(base)
        while place &+ 8 <= count {
            // SAFETY: eight bytes from `place` are inside the bytes held.
            let word = unsafe raw.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            unsafe raw.storeBytes(
                of: ByteBuffer.lowercased(word), toByteOffset: place, as: UInt64.self)
            place &+= 8
        }
        while place < count {
            self[place] = self[place].asciiLowercased
            place &+= 1
        }
    }

    // Bit 7 of each byte says whether it is A…Z; moved to bit 5 it is the difference to a…z.
    @inline(__always) static func lowercased(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let seven = word & (ones &* 0x7F)
        let fromA = seven &+ ones &* (0x80 - 0x41)
        let behindZ = seven &+ ones &* (0x80 - 0x5B)
        let isUpper = (fromA ^ behindZ) & ~word & (ones &* 0x80)
        return word | isUpper &>> 2
    }
}
