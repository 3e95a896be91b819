// The kernel and the blocks write the same, whatever the bytes and wherever they end (in a page,
// too).

import Testing

@testable import Bytes

@Suite struct JSONEscapeTests {
    /// Text of scalars that are plain, escaped in short, escaped in hexadecimal, or several bytes.
    static func text(seed: UInt64, count: Int) -> [UInt8] {
        let pieces: [[UInt8]] = [
            Array("a".utf8), Array("hello, world ".utf8), [0x22], [0x5C], [0x0A], [0x08], [0x00],
            [0x1F], [0x0B], [0x7F], Array("é".utf8), Array("\u{85}".utf8), Array("\u{2028}".utf8),
            Array("–".utf8), Array("漢字".utf8), Array("😀".utf8), Array("â".utf8),
            Array("{\"key\":\"value\",".utf8),
        ]
        var state = seed
        var bytes: [UInt8] = []
        while bytes.count < count {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            bytes += pieces[Int(state >> 33) % pieces.count]
        }
        return bytes
    }

    /// Byte by byte, as the rule says.
    static func reference(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            switch scalar.value {
            case 0x22: result += Array("\\\"".utf8)
            case 0x5C: result += Array("\\\\".utf8)
            case 0x08: result += Array("\\b".utf8)
            case 0x09: result += Array("\\t".utf8)
            case 0x0A: result += Array("\\n".utf8)
            case 0x0C: result += Array("\\f".utf8)
            case 0x0D: result += Array("\\r".utf8)
            case 0..<0x20, 0x7F..<0xA0, 0x2000..<0x2100:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                result += Array(("\\u" + String(repeating: "0", count: 4 - digits.count)).utf8)
                result += Array(digits.utf8)
            default: result += Array(String(scalar).utf8)
            }
        }
        return result
    }

    @Test(arguments: 0..<64)
    func `Both ways write what the rule says, at every length`(seed: UInt64) {
        let bytes = JSONEscapeTests.text(seed: seed, count: 1 + Int(seed) * 37)
        let expected = JSONEscapeTests.reference(bytes)
        var blocks = ByteBuffer()
        blocks.appendByBlocks(bytes.span, from: 0)
        #expect(blocks.copyBytes() == expected)
        var chosen = ByteBuffer()
        chosen.append(jsonEscaping: bytes.span)
        #expect(chosen.copyBytes() == expected)
    }

    @Test func `A special byte at every place of two blocks is escaped`() {
        for special in [[0x22], [0x0A], [0x01], [0xC2, 0x85], [0xE2, 0x80, 0xA8]] as [[UInt8]] {
            for place in 0..<40 {
                var bytes = [UInt8](repeating: 0x61, count: 40)
                bytes.insert(contentsOf: special, at: place)
                var escaped = ByteBuffer()
                escaped.append(jsonEscaping: bytes.span)
                #expect(escaped.copyBytes() == JSONEscapeTests.reference(bytes))
            }
        }
    }

    @Test func `More than a chunk of bytes that all grow is escaped`() {
        for byte in [0x22, 0x01, 0x0A] as [UInt8] {
            let bytes = [UInt8](repeating: byte, count: 3 * JSONEscape.chunk + 7)
            var escaped = ByteBuffer()
            escaped.append(jsonEscaping: bytes.span)
            #expect(escaped.copyBytes() == JSONEscapeTests.reference(bytes))
        }
    }

    @Test(arguments: 0..<40)
    func `A pair is its two texts, escaped and quoted, whatever their lengths`(length: Int) {
        for valueLength in 0..<40 {
            let key = Array(JSONEscapeTests.text(seed: UInt64(length), count: 64).prefix(length))
            let value = Array("a\"b\\c\nd".utf8) + [UInt8](repeating: 0x62, count: valueLength)
            var pair = ByteBuffer()
            let text = Array(String(decoding: key, as: UTF8.self).utf8)
            pair.append(jsonPair: text.span, value.span)
            let expected =
                Array("[\"".utf8) + JSONEscapeTests.reference(text) + Array("\",\"".utf8)
                + JSONEscapeTests.reference(value) + Array("\"]".utf8)
            #expect(pair.copyBytes() == expected)
        }
    }

    @Test func `Numbers are written as they are read`() {
        var numbers: [UInt64] = [0, 9, 10, 99, 100, 101, .max, .max - 1]
        var power: UInt64 = 1
        for _ in 0..<19 {
            power *= 10
            numbers += [power - 1, power, power + 1]
        }
        for bit in 0..<64 { numbers += [1 << UInt64(bit), (1 << UInt64(bit)) - 1] }
        for number in numbers {
            var buffer = ByteBuffer()
            buffer.append(decimal: number)
            #expect(buffer.copyBytes() == Array(String(number).utf8))
        }
    }
}
