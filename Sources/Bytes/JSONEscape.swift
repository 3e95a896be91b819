// Writing text as the inside of a JSON string. RFC 8259 §7.
//
// Where the processor can shuffle bytes a kernel in C does most of it (BENCHMARKS.md has what that
// saves); else blocks of 64 bytes, below.
//
// What is escaped is what the Java logger escapes: `"`, `\`, \b \f \n \r \t in short, U+0000–001F,
// U+007F–009F and U+2000–20FF as \uXXXX; everything else is copied raw. The special
// bytes of a block are found at once, as bits; what lies between two of them is copied 16 bytes at
// a time. One unpredictable branch per block in place of one per special byte: 1.9 times as fast.

import CKernels

/// How a byte is written inside a JSON string.
@usableFromInline enum JSONEscape {
    /// Source bytes handled per reservation of output.
    @usableFromInline static let chunk = 4096
    /// The most output bytes one source byte becomes.
    @usableFromInline static let expansion = 6
    /// Output bytes that block copies may touch behind the last one that counts.
    @usableFromInline static let slack = 128
    /// Whether this processor has what the kernel needs.
    @inline(__always) static var isKernelUsable: Bool { earshot_json_escape_is_usable() != 0 }

    /// `\` and the letter of the short escape, as stored in memory; 0 where there is none.
    ///
    /// Arithmetic in place of a table or a switch: which special comes next is not predictable.
    @inlinable @inline(__always) static func short(_ byte: UInt8) -> UInt16 {
        // `"` and `\\` stand for themselves, 0x08–0x0D for the letters b t n - f r.
        if byte == 0x22 || byte == 0x5C { return 0x5C | UInt16(byte) &<< 8 }
        let letter = UInt16(truncatingIfNeeded: 0x0000_7266_006E_7462 &>> (UInt64(byte &- 8) &* 8))
        return byte &- 8 < 6 && letter & 0xFF != 0 ? 0x5C | letter &<< 8 : 0
    }

    /// Whether none of eight bytes is a control, `"`, `\\`, 0x7F or above.
    ///
    /// The bits at or above the lowest true one may be wrong, which only costs a slower look.
    @inlinable @inline(__always) static func isPlain(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let control: UInt64 = (word &- (ones &* 0x20)) & ~word
        let quote: UInt64 = word ^ (ones &* 0x22)
        let backslash: UInt64 = word ^ (ones &* 0x5C)
        let delete: UInt64 = word ^ (ones &* 0x7F)
        let equals: UInt64 =
            ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
            | ((delete &- ones) & ~delete)
        return (control | equals | word) & highs == 0
    }

    /// The upper-case hexadecimal digit of a value below 16.
    @inlinable @inline(__always) static func digit(_ value: UInt32) -> UInt8 {
        let nibble = UInt8(truncatingIfNeeded: value & 15)
        return nibble < 10 ? nibble &+ 0x30 : nibble &+ 0x37
    }
}

extension ByteBuffer {
    /// Appends `bytes`, valid UTF-8, escaped for the inside of a JSON string.
    ///
    /// - Complexity: O(n); at most six output bytes per input byte, reserved 4 KiB of input at a
    ///   time.
    public mutating func append(jsonEscaping bytes: Span<UInt8>) {
        if JSONEscape.isKernelUsable {
            appendByKernel(bytes)
        } else {
            appendByBlocks(bytes, from: 0)
        }
    }

    /// Appends `["key","value"]`, both valid UTF-8.
    public mutating func append(jsonPair key: Span<UInt8>, _ value: Span<UInt8>) {
        if key.count &+ value.count < JSONEscape.chunk, JSONEscape.isKernelUsable {
            reserve(2 &* (key.count &+ value.count) &+ JSONEscape.slack)
            // SAFETY: both spans live through the call; reserve made the room the kernel asks for.
            let written = unsafe key.withUnsafeBufferPointer { key in
                unsafe value.withUnsafeBufferPointer { value in
                    unsafe earshot_json_pair(
                        key.baseAddress, key.count, value.baseAddress, value.count, base + count)
                }
            }
            setCount(count &+ Int(written))
            if written > 0 { return }
        }
        append("[\"" as StaticString)
        append(jsonEscaping: key)
        append("\",\"" as StaticString)
        append(jsonEscaping: value)
        append("\"]" as StaticString)
    }

    mutating func appendByKernel(_ bytes: Span<UInt8>) {
        var offset = 0
        let total = bytes.count
        while offset < total {
            let length = min(JSONEscape.chunk, total &- offset)
            reserve(2 &* length &+ JSONEscape.slack)
            // SAFETY: the kernel reads `length` bytes from `offset`, inside the source, and writes
            // at most 2 * length + 32; a rare byte takes at most six more, inside the slack.
            unsafe bytes.withUnsafeBytes { source in
                let start = unsafe source.baseAddress.unsafelyUnwrapped
                    .assumingMemoryBound(to: UInt8.self)
                let result = unsafe earshot_json_escape(start + offset, length, base + count)
                offset &+= Int(result.consumed)
                setCount(count &+ Int(result.written))
                guard Int(result.consumed) < length else { return }
                let next = unsafe ByteBuffer.escapeRare(
                    source, offset, UnsafeMutableRawPointer(base), count)
                offset = next.input
                setCount(next.output)
            }
        }
    }

    mutating func appendByBlocks(_ bytes: Span<UInt8>, from start: Int) {
        var offset = start
        let total = bytes.count
        while offset < total {
            let end = min(offset &+ JSONEscape.chunk, total)
            // Up to 63 bytes of the last block may be taken beyond the chunk's end.
            let room = (end &- offset &+ 64) &* JSONEscape.expansion &+ JSONEscape.slack
            reserve(room)
            // SAFETY: `room` covers every output byte of the chunk at its worst expansion and the
            // overshoot of block stores; `escapeChunk` reads below `total` only.
            unsafe bytes.withUnsafeBytes { source in
                let result = unsafe ByteBuffer.escapeChunk(
                    source, from: offset, to: end, into: UnsafeMutableRawPointer(base + count))
                offset = result.consumed
                setCount(count &+ result.written)
            }
        }
    }

    /// Escapes source bytes from `start` until at least `end`, whole blocks while they fit.
    @inline(__always)
    static func escapeChunk(
        _ source: UnsafeRawBufferPointer, from start: Int, to end: Int,
        into target: UnsafeMutableRawPointer
    ) -> (consumed: Int, written: Int) {
        let total = source.count
        var input = start
        var output = 0
        blocks: while input < end, input &+ 80 <= total {
            // SAFETY: input + 80 <= total keeps the block and the 16-byte copies that start inside
            // it within the source; the caller reserved the output.
            let block = unsafe source.baseAddress.unsafelyUnwrapped + input
            var marks = unsafe specials(block)
            var done = 0
            while marks != 0 {
                let place = marks.trailingZeroBitCount
                unsafe copy(block + done, target + (output &+ done), place &- done)
                let pair = unsafe JSONEscape.short(
                    block.load(fromByteOffset: place, as: UInt8.self))
                if pair == 0 {
                    let next = unsafe escapeRare(source, input &+ place, target, output &+ place)
                    input = next.input
                    output = next.output
                    continue blocks
                }
                unsafe target.storeBytes(
                    of: pair.littleEndian, toByteOffset: output &+ place, as: UInt16.self)
                output &+= 1
                done = place &+ 1
                marks &= marks &- 1
            }
            unsafe copy(block + done, target + (output &+ done), 64 &- done)
            input &+= 64
            output &+= 64
        }
        while input < end {
            // Keys and field values are short: 16 or 8 plain bytes at a time where they fit.
            if input &+ 8 <= total {
                let plain = unsafe copyPlain(source, input, target, output)
                input &+= plain
                output &+= plain
                if plain > 0 { continue }
            }
            // SAFETY: input < end <= total; the caller reserved the output.
            let byte = unsafe source[input]
            if byte >= 0x20, byte != 0x22, byte != 0x5C, byte != 0x7F, byte | 0x20 != 0xE2 {
                unsafe target.storeBytes(of: byte, toByteOffset: output, as: UInt8.self)
                input &+= 1
                output &+= 1
            } else {
                let next = unsafe escapeRare(source, input, target, output)
                input = next.input
                output = next.output
            }
        }
        return (input, output)
    }

    /// Copies the next 16 or 8 bytes when none of them needs an escape.
    ///
    /// - Returns: How many were copied: 16, 8 or 0.
    @inline(__always)
    static func copyPlain(
        _ source: UnsafeRawBufferPointer, _ input: Int, _ target: UnsafeMutableRawPointer,
        _ output: Int
    ) -> Int {
        // SAFETY: the caller keeps 8 bytes readable from `input`, 16 are checked; the output is
        // reserved.
        if input &+ 16 <= source.count {
            let block = unsafe source.loadUnaligned(fromByteOffset: input, as: SIMD16<UInt8>.self)
            let found = lanes(block)
            if found[0] | found[1] == 0 {
                unsafe target.storeBytes(of: block, toByteOffset: output, as: SIMD16<UInt8>.self)
                return 16
            }
            if found[0] != 0 { return 0 }
        }
        let word = unsafe source.loadUnaligned(fromByteOffset: input, as: UInt64.self)
        guard JSONEscape.isPlain(word) else { return 0 }
        unsafe target.storeBytes(of: word, toByteOffset: output, as: UInt64.self)
        return 8
    }

    /// Copies `length` bytes, 0 to 64, in blocks of 16: up to 15 more are read and written.
    @inline(__always)
    static func copy(
        _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ length: Int
    ) {
        // SAFETY: the caller keeps 16 bytes beyond the block readable and writable.
        var offset = 0
        repeat {
            let bytes = unsafe source.loadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self)
            unsafe target.storeBytes(of: bytes, toByteOffset: offset, as: SIMD16<UInt8>.self)
            offset &+= 16
        } while offset < length
    }

    /// A bit for each of 64 bytes that may need an escape.
    @inline(__always)
    static func specials(_ block: UnsafeRawPointer) -> UInt64 {
        // SAFETY: the caller keeps 64 bytes readable.
        let first = unsafe lanes(block.loadUnaligned(as: SIMD16<UInt8>.self))
        let second = unsafe lanes(block.loadUnaligned(fromByteOffset: 16, as: SIMD16<UInt8>.self))
        let third = unsafe lanes(block.loadUnaligned(fromByteOffset: 32, as: SIMD16<UInt8>.self))
        let fourth = unsafe lanes(block.loadUnaligned(fromByteOffset: 48, as: SIMD16<UInt8>.self))
        let any: SIMD2<UInt64> = (first | second) | (third | fourth)
        if any[0] | any[1] == 0 { return 0 }
        let low: UInt64 = bits(first) | bits(second) &<< 16
        return low | (bits(third) | bits(fourth) &<< 16) &<< 32
    }

    /// All ones in the lanes of bytes that may need an escape.
    @inline(__always)
    static func lanes(_ block: SIMD16<UInt8>) -> SIMD2<UInt64> {
        let quote = SIMD16<UInt8>(repeating: 0x22)
        let backslash = SIMD16<UInt8>(repeating: 0x5C)
        let delete = SIMD16<UInt8>(repeating: 0x7F)
        let control = SIMD16<UInt8>(repeating: 0x20)
        let lead = SIMD16<UInt8>(repeating: 0xE2)
        let low: SIMDMask<SIMD16<Int8>> = block .< control
        let marks: SIMDMask<SIMD16<Int8>> = (block .== quote) .| (block .== backslash)
        // 0xC2 | 0x20 == 0xE2: the two leads whose sequences may need an escape.
        let rare: SIMDMask<SIMD16<Int8>> = (block .== delete) .| ((block | control) .== lead)
        let special: SIMDMask<SIMD16<Int8>> = low .| (marks .| rare)
        // SAFETY: a mask of 16 lanes is 16 bytes, each all ones or all zeros.
        return unsafe unsafeBitCast(special, to: SIMD2<UInt64>.self)
    }

    /// One bit for each of 16 lanes: a bit of its own kept in every byte, summed up by
    /// multiplication.
    @inline(__always)
    static func bits(_ lanes: SIMD2<UInt64>) -> UInt64 {
        let first = (lanes[0] & 0x8040_2010_0804_0201) &* 0x0101_0101_0101_0101
        let second = (lanes[1] & 0x8040_2010_0804_0201) &* 0x0101_0101_0101_0101
        return first &>> 56 | (second &>> 56) &<< 8
    }

    /// Handles the special byte at `start`: a control, or a sequence that begins with C2 or E2.
    @inline(never)
    static func escapeRare(
        _ source: UnsafeRawBufferPointer, _ start: Int,
        _ target: UnsafeMutableRawPointer, _ place: Int
    ) -> (input: Int, output: Int) {
        let total = source.count
        // SAFETY: `start` is the offset of a byte the caller has read; further ones are checked.
        // The output is reserved: six bytes per source byte.
        let byte = unsafe source[start]
        var scalar = UInt32(byte)
        var length = 1
        if byte == 0xC2, start &+ 1 < total, unsafe source[start &+ 1] < 0xA0 {
            scalar = unsafe UInt32(source[start &+ 1])
            length = 2
        } else if byte == 0xE2, start &+ 2 < total, unsafe source[start &+ 1] < 0x84 {
            let middle = unsafe UInt32(source[start &+ 1] & 0x3F)
            scalar = unsafe 0x2000 | (middle << 6) | UInt32(source[start &+ 2] & 0x3F)
            length = 3
        } else if byte >= 0x80 {
            unsafe target.storeBytes(of: byte, toByteOffset: place, as: UInt8.self)
            return (start &+ 1, place &+ 1)
        }
        let pair = byte < 0x80 ? JSONEscape.short(byte) : 0
        if pair != 0 {
            unsafe target.storeBytes(of: pair.littleEndian, toByteOffset: place, as: UInt16.self)
            return (start &+ 1, place &+ 2)
        }
        unsafe target.storeBytes(
            of: UInt16(0x755C).littleEndian, toByteOffset: place, as: UInt16.self)
        for step in 0..<4 {
            let digit = JSONEscape.digit(scalar >> UInt32(12 &- 4 &* step))
            unsafe target.storeBytes(of: digit, toByteOffset: place &+ 2 &+ step, as: UInt8.self)
        }
        return (start &+ length, place &+ 6)
    }
}
