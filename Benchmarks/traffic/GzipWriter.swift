// Just enough gzip to have compressed bodies in a capture without a library: one block of fixed
// Huffman codes with greedy matches. RFC 1951 §3.2.6, RFC 1952.

/// Compresses whole bodies.
struct GzipWriter {
    private var output: [UInt8] = []
    private var bits: UInt64 = 0
    private var bitCount = 0

    /// The gzip form of `input`.
    static func compress(_ input: [UInt8]) -> [UInt8] {
        var writer = GzipWriter()
        writer.output = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
        writer.put(0b011, 3)  // last block, fixed codes
        writer.putTokens(of: input)
        writer.putSymbol(256)
        writer.put(0, 7)  // fills the last byte
        writer.bitCount = 0
        for number in [CRC32.of(input), UInt32(truncatingIfNeeded: input.count)] {
            for shift in stride(from: 0, to: 32, by: 8) {
                writer.output.append(UInt8(truncatingIfNeeded: number >> UInt32(shift)))
            }
        }
        return writer.output
    }

    private mutating func putTokens(of input: [UInt8]) {
        var lastSeen = [Int](repeating: -1, count: 1 << 13)
        var offset = 0
        while offset < input.count {
            var matched = 0
            var distance = 0
            if offset + 4 <= input.count {
                let key = GzipWriter.hash(input, offset)
                let candidate = lastSeen[key]
                lastSeen[key] = offset
                if candidate >= 0, offset - candidate <= 32_768 {
                    let limit = min(258, input.count - offset)
                    while matched < limit, input[candidate + matched] == input[offset + matched] {
                        matched += 1
                    }
                    distance = offset - candidate
                }
            }
            if matched >= 4 {
                putMatch(length: matched, distance: distance)
                offset += matched
            } else {
                putSymbol(Int(input[offset]))
                offset += 1
            }
        }
    }

    private static func hash(_ input: [UInt8], _ offset: Int) -> Int {
        let word =
            UInt32(input[offset]) | UInt32(input[offset + 1]) << 8
            | UInt32(input[offset + 2]) << 16 | UInt32(input[offset + 3]) << 24
        return Int((word &* 0x9E37_79B1) >> 19)
    }

    /// Lengths 3...258 and distances 1...32768 share one scheme: groups of 2^extra values.
    private mutating func putMatch(length: Int, distance: Int) {
        if length == 258 {
            putSymbol(285)
        } else {
            let (code, extra, rest) = GzipWriter.group(length - 3, codesPerGroup: 4)
            putSymbol(257 + code)
            put(UInt64(rest), extra)
        }
        let (code, extra, rest) = GzipWriter.group(distance - 1, codesPerGroup: 2)
        put(GzipWriter.reversed(code, 5), 5)
        put(UInt64(rest), extra)
    }

    private static func group(
        _ value: Int, codesPerGroup: Int
    ) -> (code: Int, extra: Int, rest: Int) {
        if value < 2 * codesPerGroup { return (value, 0, 0) }
        var extra = 0
        while value >> extra >= 2 * codesPerGroup { extra += 1 }
        return (extra * codesPerGroup + value >> extra, extra, value & ((1 << extra) - 1))
    }

    private mutating func putSymbol(_ symbol: Int) {
        switch symbol {
        case 0...143: put(GzipWriter.reversed(0x30 + symbol, 8), 8)
        case 144...255: put(GzipWriter.reversed(0x190 + symbol - 144, 9), 9)
        case 256...279: put(GzipWriter.reversed(symbol - 256, 7), 7)
        default: put(GzipWriter.reversed(0xC0 + symbol - 280, 8), 8)
        }
    }

    /// Huffman codes are written most significant bit first, everything else the other way round.
    private static func reversed(_ code: Int, _ width: Int) -> UInt64 {
        (0..<width).reduce(0) { value, bit in value << 1 | UInt64((code >> bit) & 1) }
    }

    private mutating func put(_ value: UInt64, _ width: Int) {
        bits |= value << UInt64(bitCount)
        bitCount += width
        while bitCount >= 8 {
            output.append(UInt8(truncatingIfNeeded: bits))
            bits >>= 8
            bitCount -= 8
        }
    }
}
