import Bytes
import Testing

@Suite struct ScanTests {
    @Test func `a byte is found wherever it stands`() {
        for length in 1..<70 {
            for place in 0..<length {
                var bytes = [UInt8](repeating: 0x61, count: length)
                bytes[place] = 0x0A
                #expect(Scan.firstIndex(of: 0x0A, in: bytes.span) == place)
                #expect(Scan.firstIndex(of: 0x0A, in: bytes.span, from: place) == place)
                #expect(Scan.firstIndex(of: 0x0A, in: bytes.span, from: place + 1) == nil)
            }
        }
    }

    @Test func `a plain run ends at the first byte that JSON escapes or UTF-8 extends`() {
        for special: UInt8 in [0, 0x0A, 0x1F, 0x22, 0x5C, 0x7F, 0x80, 0xFF] {
            for length in 1..<40 {
                for place in 0..<length {
                    var bytes = [UInt8](repeating: 0x7E, count: length)
                    bytes[place] = special
                    #expect(Scan.plainJSONRun(in: bytes.span, from: 0) == place)
                }
            }
        }
    }

    @Test func `UTF-8 is judged as the standard library does`() {
        var seed: UInt64 = 42
        for _ in 0..<20_000 {
            var bytes: [UInt8] = []
            for _ in 0..<6 {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let pool: [UInt8] = [
                    0x41, 0xC3, 0xA9, 0xE2, 0x82, 0xAC, 0xF0, 0x9F, 0x98, 0x80, 0xED,
                ]
                bytes.append(pool[Int(seed >> 33) % pool.count])
            }
            #expect(bytes.span.isValidUTF8 == (String(validating: bytes, as: UTF8.self) != nil))
        }
    }
}
