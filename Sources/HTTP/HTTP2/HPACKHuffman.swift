// Huffman-coded strings. RFC 7541 §5.2: padding is shorter than a byte and all ones; the
// end-of-string symbol in a string is an error.

import Bytes

/// Decodes Huffman-coded strings.
enum HPACKHuffman {
    /// Appends the decoded string to `target`.
    ///
    /// - Returns: Whether the coding was sound; if not, `target` may have got part of it.
    static func decode(_ bytes: Span<UInt8>, into target: inout ByteBuffer) -> Bool {
        let code = HPACKHuffmanCode.shared
        let table = code.table.span
        let count = bytes.count
        // The next bits, left-aligned; `bitCount` of them are real.
        var bits: UInt64 = 0
        var bitCount = 0
        var position = 0
        while true {
            if bitCount <= 32, position &+ 4 <= count {
                bits |= UInt64(bytes.bigEndian(UInt32.self, at: position)) &<< UInt64(32 &- bitCount)
                bitCount &+= 32
                position &+= 4
            } else {
                while bitCount <= 56, position < count {
                    bits |= UInt64(bytes[position]) &<< UInt64(56 &- bitCount)
                    bitCount &+= 8
                    position &+= 1
                }
                if position == count, bitCount < 30 { break }
            }
            while bitCount >= HPACKHuffmanCode.tableBits {
                let entry = table[Int(truncatingIfNeeded: bits &>> 53)]
                var length = Int(entry & 15)
                if length > 0 {
                    target.append(UInt8(truncatingIfNeeded: entry &>> 4))
                } else {
                    if bitCount < 30 { break }
                    let symbol = longSymbol(bits, code, &length)
                    if symbol == HPACKHuffmanCode.endOfString { return false }
                    target.append(UInt8(truncatingIfNeeded: symbol))
                }
                bits &<<= UInt64(length)
                bitCount &-= length
            }
        }
        return decodeTail(bits, bitCount, code, into: &target)
    }

    /// Decodes the last bits, behind which padding is assumed.
    private static func decodeTail(
        _ start: UInt64, _ startCount: Int, _ code: HPACKHuffmanCode, into target: inout ByteBuffer
    ) -> Bool {
        var bits = start
        var bitCount = startCount
        while bitCount > 0 {
            let padded = bits | UInt64.max >> UInt64(bitCount)
            if padded == UInt64.max { return bitCount < 8 }
            let entry = code.table[Int(truncatingIfNeeded: padded &>> 53)]
            var length = Int(entry & 15)
            var symbol = Int(entry &>> 4)
            if length == 0 { symbol = longSymbol(padded, code, &length) }
            if length > bitCount || symbol == HPACKHuffmanCode.endOfString { return false }
            target.append(UInt8(truncatingIfNeeded: symbol))
            bits &<<= UInt64(length)
            bitCount &-= length
        }
        return true
    }

    /// The symbol whose code of 12 to 30 bits the left-aligned `bits` begin with.
    private static func longSymbol(
        _ bits: UInt64, _ code: HPACKHuffmanCode, _ length: inout Int
    ) -> Int {
        let head = bits &>> 32
        length = HPACKHuffmanCode.tableBits &+ 1
        while head >= code.firstCode[length &+ 1], length < 30 { length &+= 1 }
        let step = Int(truncatingIfNeeded: (head &- code.firstCode[length]) &>> UInt64(32 &- length))
        return Int(code.symbols[code.firstIndex[length] &+ step])
    }
}
