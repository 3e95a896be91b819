// Huffman-coded strings. RFC 7541 §5.2: padding is shorter than a byte and all ones; the
// end-of-string symbol in a string is an error.
//
// Two symbols a step where their codes fit into the table's bits, up to seven bytes a store: 113
// instead of 153 ns for a string of 47 bytes.

import Bytes

/// Decodes Huffman-coded strings.
enum HPACKHuffman {
    /// Appends the decoded string to `target`.
    ///
    /// - Returns: Whether the coding was sound; if not, `target` may have got part of it.
    static func decode(_ bytes: Span<UInt8>, into target: inout ByteBuffer) -> Bool {
        let table = HPACKHuffmanCode.table
        return decode(bytes, table.span, into: &target)
    }

    private static func decode(
        _ bytes: Span<UInt8>, _ table: Span<UInt32>, into target: inout ByteBuffer
    ) -> Bool {
        let count = bytes.count
        // The next bits, left-aligned; `bitCount` of them are real.
        var bits: UInt64 = 0
        var bitCount = 0
        var position = 0
        // Symbols not stored yet, the last one lowest.
        var word: UInt64 = 0
        var wordCount = 0
        target.reserve(count &* 2)
        while true {
            if position &+ 4 <= count {
                bits |=
                    UInt64(bytes.bigEndian(UInt32.self, at: position)) &<< UInt64(32 &- bitCount)
                bitCount &+= 32
                position &+= 4
            } else {
                while bitCount <= 56, position < count {
                    bits |= UInt64(bytes[position]) &<< UInt64(56 &- bitCount)
                    bitCount &+= 8
                    position &+= 1
                }
            }
            // Long codes need 30 bits; below that only the end of the string goes on elsewhere.
            while bitCount >= 30 || (bitCount >= HPACKHuffmanCode.tableBits && position == count) {
                let entry = table[Int(truncatingIfNeeded: bits &>> 52)]
                var length = Int(entry & 0xFF)
                if entry == 0 {
                    if bitCount < 30 { break }
                    let symbol = longSymbol(bits, &length)
                    if symbol == HPACKHuffmanCode.endOfString { return false }
                    word = word &<< 8 | UInt64(symbol)
                    wordCount &+= 1
                } else if entry & 0x200 != 0 {
                    word = word &<< 16 | UInt64((entry &>> 8) & 0xFF00 | entry &>> 24)
                    wordCount &+= 2
                } else {
                    word = word &<< 8 | UInt64((entry &>> 16) & 0xFF)
                    wordCount &+= 1
                }
                bits &<<= UInt64(length)
                bitCount &-= length
                if wordCount >= 6 {
                    store(word, wordCount, into: &target)
                    wordCount = 0
                }
            }
            if position == count { break }
        }
        store(word, wordCount, into: &target)
        return decodeTail(bits, bitCount, into: &target)
    }

    /// Stores the lowest `count` bytes of `word`, the most significant first.
    @inline(__always)
    private static func store(_ word: UInt64, _ count: Int, into target: inout ByteBuffer) {
        guard count > 0 else { return }
        let end = target.count &+ count
        target.append(bigEndian: word &<< UInt64(64 &- 8 &* count))
        target.truncate(to: end)
    }

    /// Decodes the last bits, behind which padding is assumed.
    private static func decodeTail(
        _ start: UInt64, _ startCount: Int, into target: inout ByteBuffer
    ) -> Bool {
        var bits = start
        var bitCount = startCount
        while bitCount > 0 {
            let padded = bits | UInt64.max >> UInt64(bitCount)
            if padded == UInt64.max { return bitCount < 8 }
            var length = 0
            let symbol = shortSymbol(padded, &length)
            if length > bitCount || symbol == HPACKHuffmanCode.endOfString { return false }
            target.append(UInt8(truncatingIfNeeded: symbol))
            bits &<<= UInt64(length)
            bitCount &-= length
        }
        return true
    }

    /// The symbol whose code of more than the table's bits the left-aligned `bits` begin with.
    @inline(never)
    private static func longSymbol(_ bits: UInt64, _ length: inout Int) -> Int {
        symbol(bits, &length, from: HPACKHuffmanCode.tableBits &+ 1)
    }

    private static func shortSymbol(_ bits: UInt64, _ length: inout Int) -> Int {
        symbol(bits, &length, from: 5)
    }

    private static func symbol(_ bits: UInt64, _ length: inout Int, from shortest: Int) -> Int {
        let code = HPACKHuffmanCode.shared
        let head = bits &>> 32
        length = shortest
        while length < 30, head >= code.firstCode[length &+ 1] { length &+= 1 }
        let step = Int(
            truncatingIfNeeded: (head &- code.firstCode[length]) &>> UInt64(32 &- length))
        return Int(code.symbols[code.firstIndex[length] &+ step])
    }
}
