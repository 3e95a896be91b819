import Bytes
import Testing

@testable import HTTP

@Suite struct HPACKHuffmanTests {
    private func decode(_ bytes: [UInt8]) -> [UInt8]? {
        var out = ByteBuffer()
        return HPACKHuffman.decode(bytes.span, into: &out) ? out.copyBytes() : nil
    }

    @Test func `the code is complete, and its codes are those of the appendix`() {
        let lengths = HPACKHuffmanCode.lengths
        #expect(lengths.count == 257)
        var filled: UInt64 = 0
        for length in lengths { filled += 1 << UInt64(30 - length) }
        #expect(filled == 1 << 30)
        // A code of every length, from RFC 7541 Appendix B.
        let known: [(Int, UInt32, Int)] = [
            (48, 0x0, 5), (116, 0x9, 5), (32, 0x14, 6), (58, 0x5C, 7), (38, 0xF8, 8),
            (33, 0x3F8, 10), (39, 0x7FA, 11), (35, 0xFFA, 12), (0, 0x1FF8, 13), (94, 0x3FFC, 14),
            (60, 0x7FFC, 15), (92, 0x7FFF0, 19), (128, 0xFFFE6, 20), (153, 0x1FFFDC, 21),
            (129, 0x3FFFD2, 22), (1, 0x7FFFD8, 23), (9, 0xFFFFEA, 24), (199, 0x1FFFFEC, 25),
            (192, 0x3FFFFE0, 26), (203, 0x7FFFFDE, 27), (2, 0xFFFFFE2, 28), (10, 0x3FFF_FFFC, 30),
            (22, 0x3FFF_FFFE, 30), (255, 0x3FFFFEE, 26), (256, 0x3FFF_FFFF, 30),
            (127, 0xFFFFFFC, 28),
        ]
        for (symbol, bits, length) in known {
            let code = HPACKHuffmanCode.shared.code(of: symbol)
            #expect(code.bits == bits && code.length == length, "symbol \(symbol)")
        }
    }

    @Test func `every symbol comes back, alone, doubled and behind any other length`() {
        for symbol in UInt8.min...UInt8.max {
            for text in [[symbol], [symbol, symbol], [0x30, symbol, 0x58, symbol, 0x30, 0x30]] {
                #expect(decode(HPACKEncoder.huffman(text)) == text, "symbol \(symbol)")
            }
        }
    }

    @Test func `random strings come back`() {
        var random = SeededGenerator(seed: 7541)
        for round in 0..<2000 {
            let length = Int.random(in: 0..<80, using: &random)
            let limit: UInt8 = round % 2 == 0 ? 127 : 255
            let text = (0..<length).map { _ in UInt8.random(in: 0...limit, using: &random) }
            #expect(decode(HPACKEncoder.huffman(text)) == text, "round \(round)")
        }
    }

    @Test func `padding is under a byte and all ones`() {
        #expect(decode([]) == [])
        #expect(decode([0x07]) == [0x30])
        #expect(decode([0x00]) == nil)
        #expect(decode([0x06]) == nil)
        #expect(decode([0xFF]) == nil)
        #expect(decode([0x07, 0xFF]) == nil)
        #expect(decode([0xFF, 0xFF, 0xFF, 0xFF]) == nil)
    }

    @Test func `an end-of-string symbol is an error wherever it stands`() {
        // 30 ones, then two bits; and behind a zero symbol, inside more text.
        #expect(decode([0xFF, 0xFF, 0xFF, 0xFC]) == nil)
        #expect(decode([0x07, 0xFF, 0xFF, 0xFF, 0xE0, 0, 0, 0, 0, 0]) == nil)
    }

    @Test func `random bytes never trap`() {
        var random = SeededGenerator(seed: 99)
        var sound = 0
        for _ in 0..<20_000 {
            let length = Int.random(in: 0..<40, using: &random)
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            guard let text = decode(bytes) else { continue }
            sound += 1
            // What decodes is what encodes to it: the code has no second spelling.
            #expect(HPACKEncoder.huffman(text) == bytes)
        }
        #expect(sound > 100)
    }
}
