// Finding bytes: the only search loops in the package. memchr-like work goes 16 bytes at a time.

/// Searches over borrowed bytes.
public enum Scan {
    /// The offset of the first `byte` at or after `start`, nil when there is none.
    @inlinable public static func firstIndex(
        of byte: UInt8, in bytes: Span<UInt8>, from start: Int = 0
    ) -> Int? {
        let count = bytes.count
        guard start >= 0, start < count else { return nil }
        // SAFETY: every 16-byte load is at offset <= count - 16, every byte load below count.
        let found: Int = unsafe bytes.withUnsafeBytes { raw in
            var offset = start
            // Explicitly typed: SIMD16(repeating:) without it picks a per-lane overload, 26x
            // slower.
            let needle = SIMD16<UInt8>(repeating: byte)
            while offset &+ 16 <= count {
                let block = unsafe raw.loadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self)
                let lane = firstLane(block .== needle)
                if lane < 16 { return offset &+ lane }
                offset &+= 16
            }
            while offset < count {
                if unsafe raw[offset] == byte { return offset }
                offset &+= 1
            }
            return -1
        }
        return found >= 0 ? found : nil
    }

    /// The index of the first true lane, 16 when there is none.
    @inlinable @inline(__always)
    static func firstLane(_ mask: SIMDMask<SIMD16<Int8>>) -> Int {
        // SAFETY: a mask of 16 lanes is 16 bytes, each all ones or all zeros.
        let halves = unsafe unsafeBitCast(mask, to: SIMD2<UInt64>.self)
        if halves[0] != 0 { return halves[0].trailingZeroBitCount &>> 3 }
        if halves[1] != 0 { return 8 &+ (halves[1].trailingZeroBitCount &>> 3) }
        return 16
    }

    /// How many bytes from `start` on need no escape in a JSON string: not `"`, `\`, below 0x20,
    /// 0x7F or above.
    ///
    /// What is above 0x7F is left to the caller, who must look at whole UTF-8 sequences.
    @inlinable public static func plainJSONRun(in bytes: Span<UInt8>, from start: Int) -> Int {
        let count = bytes.count
        guard start >= 0, start < count else { return 0 }
        // SAFETY: every 16-byte load is at offset <= count - 16, every byte load below count.
        let end: Int = unsafe bytes.withUnsafeBytes { raw in
            var offset = start
            let quote = SIMD16<UInt8>(repeating: 0x22)
            let backslash = SIMD16<UInt8>(repeating: 0x5C)
            let low = SIMD16<UInt8>(repeating: 0x20)
            let width = SIMD16<UInt8>(repeating: 0x7F - 0x20)
            while offset &+ 16 <= count {
                let block = unsafe raw.loadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self)
                let outside: SIMDMask<SIMD16<Int8>> = (block &- low) .>= width
                let special: SIMDMask<SIMD16<Int8>> = (block .== quote) .| (block .== backslash)
                let lane = firstLane(outside .| special)
                if lane < 16 { return offset &+ lane }
                offset &+= 16
            }
            while offset < count {
                let byte = unsafe raw[offset]
                if byte &- 0x20 >= 0x7F - 0x20 || byte == 0x22 || byte == 0x5C { return offset }
                offset &+= 1
            }
            return count
        }
        return end - start
    }

    /// How many bytes from `start` on are ASCII.
    @inlinable public static func asciiRun(in bytes: Span<UInt8>, from start: Int) -> Int {
        let count = bytes.count
        guard start >= 0, start < count else { return 0 }
        // SAFETY: every load of n bytes is at offset <= count - n, every byte load below count.
        let end: Int = unsafe bytes.withUnsafeBytes { raw in
            var offset = start
            while offset &+ 32 <= count {
                let first = unsafe raw.loadUnaligned(
                    fromByteOffset: offset, as: SIMD2<UInt64>.self)
                let second = unsafe raw.loadUnaligned(
                    fromByteOffset: offset &+ 16, as: SIMD2<UInt64>.self)
                let both: SIMD2<UInt64> = first | second
                if (both[0] | both[1]) & 0x8080_8080_8080_8080 != 0 { break }
                offset &+= 32
            }
            while offset &+ 8 <= count {
                let word = unsafe raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                let high = UInt64(littleEndian: word) & 0x8080_8080_8080_8080
                if high != 0 { return offset &+ (high.trailingZeroBitCount &>> 3) }
                offset &+= 8
            }
            while offset < count {
                if unsafe raw[offset] >= 0x80 { return offset }
                offset &+= 1
            }
            return count
        }
        return end - start
    }
}
