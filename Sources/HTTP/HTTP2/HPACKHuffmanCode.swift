// The Huffman code of HPACK, and the tables that decode it. RFC 7541, Appendix B.
//
// The code is canonical: codes of one length are consecutive numbers in the order of their symbols.
// So the lengths alone define it; HPACKHuffmanTests prove the codes against the appendix.

/// The Huffman code of RFC 7541, ready for decoding.
struct HPACKHuffmanCode: Sendable {
    /// The bits that the table looks at.
    static let tableBits = 12

    /// The symbol that ends a string and must never occur in one.
    static let endOfString = 256

    /// Built once.
    static let shared = HPACKHuffmanCode()

    /// The table of `shared`: one reference instead of four to hold for a string.
    static let table = shared.table

    /// By the next bits: what they begin with, the first symbol << 16,
    /// the second << 24, how many symbols << 8, and the length of their codes; 0 for a longer code.
    let table: [UInt32]
    /// Symbols in the order of their codes.
    let symbols: [UInt16]
    /// By code length: the first code, left-aligned in 32 bits.
    let firstCode: [UInt64]
    /// By code length: where its symbols begin.
    let firstIndex: [Int]

    /// The code length of every symbol, in bits.
    static let lengths: [UInt8] = [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
        28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
        5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
        13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
        7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
        6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
        20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
        24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
        22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
        21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
        19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
        20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
        26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
        30,
    ]

    init() {
        var single = [UInt32](repeating: 0, count: 1 << HPACKHuffmanCode.tableBits)
        var symbols: [UInt16] = []
        var firstCode = [UInt64](repeating: 0, count: 32)
        var firstIndex = [Int](repeating: 0, count: 32)
        var code: UInt64 = 0
        for length in 1...30 {
            firstCode[length] = code << UInt64(32 - length)
            firstIndex[length] = symbols.count
            for symbol in 0...HPACKHuffmanCode.endOfString
            where Int(HPACKHuffmanCode.lengths[symbol]) == length {
                symbols.append(UInt16(symbol))
                if length <= HPACKHuffmanCode.tableBits {
                    let spare = HPACKHuffmanCode.tableBits - length
                    let first = Int(code) << spare
                    for index in first..<(first + 1 << spare) {
                        single[index] = UInt32(symbol) << 16 | UInt32(length)
                    }
                }
                code += 1
            }
            code <<= 1
        }
        firstCode[31] = 1 << 32
        firstIndex[31] = symbols.count
        table = HPACKHuffmanCode.paired(single)
        self.symbols = symbols
        self.firstCode = firstCode
        self.firstIndex = firstIndex
    }

    /// Adds to every entry the symbol that follows, when its code is within the same bits.
    private static func paired(_ single: [UInt32]) -> [UInt32] {
        single.indices.map { index in
            let first = single[index]
            guard first > 0 else { return 0 }
            let length = Int(first & 0xFF)
            let rest = index << length & (single.count - 1)
            let second = single[rest]
            let isWhole = second > 0 && length + Int(second & 0xFF) <= tableBits
            guard isWhole else { return first | 1 << 8 }
            return (second & 0xFF_0000) << 8 | first & 0xFF_0000 | 2 << 8 | (first + second) & 0xFF
        }
    }

    /// The code of a symbol, in its low bits, with its length.
    func code(of symbol: Int) -> (bits: UInt32, length: Int) {
        let length = Int(HPACKHuffmanCode.lengths[symbol])
        var index = firstIndex[length]
        while Int(symbols[index]) != symbol { index += 1 }
        let first = firstCode[length] >> UInt64(32 - length)
        return (UInt32(first) + UInt32(index - firstIndex[length]), length)
    }
}
