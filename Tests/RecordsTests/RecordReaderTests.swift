import Bytes
import Records
import Testing

/// The pairs of a line, or the error.
func pairs(of line: String) throws(RecordError) -> [[String]] {
    var list = PairList()
    let bytes = [UInt8](line.utf8)
    try RecordReader.read(bytes.span, into: &list)
    return list.pairs.map { [$0.key, $0.value] }.map { texts in
        texts.map { String(decoding: list.span($0)) }
    }
}

@Suite struct RecordReaderTests {
    @Test func `what is written is read back`() throws {
        var seed: UInt64 = 99
        for _ in 0..<200 {
            var written: [(String, String)] = []
            for index in 0..<6 {
                var text = "v"
                for _ in 0..<Int(seed >> 60) {
                    seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    let value = UInt32(truncatingIfNeeded: seed >> 35) % 0x1_2000
                    text.unicodeScalars.append(Unicode.Scalar(value) ?? "?")
                }
                seed &+= 0x1234_5678_9ABC
                written.append(("key:\(index)", text))
            }
            let read = try pairs(of: line(of: written))
            #expect(read == written.map { [$0.0, $0.1] })
        }
    }

    @Test func `numbers are values, escapes and blanks are understood`() throws {
        let read = try pairs(
            of:
                " [ [\"now\", 1492836995761] , [\"i\",-1.5e+3],[\"a\",\"\\u00E9\\ud83d\\ude00\\/\"]]\n"
        )
        #expect(read == [["now", "1492836995761"], ["i", "-1.5e+3"], ["a", "é😀/"]])
        #expect(
            try pairs(of: "[[\"a\",\"\\ud800\"],[\"b\",\"\\ud800\\u0041\"]]")
                == [["a", "\u{FFFD}"], ["b", "\u{FFFD}A"]])
        #expect(try pairs(of: "[]").isEmpty)
    }

    @Test(arguments: [
        "", "\t", "  ", "{", "}", "{}", "{ }", "{,}", "[", "]", "[],", "[ \"A, \"B\"]", "[ \"A\",]",
        "[ \"A\", \"B\"][ \"A\", \"B\"]", "[[\"a\",\"b\"],]", "[[\"a\"]]", "[[\"a\",\"b\",\"c\"]]",
        "[[\"a\",tru]]", "[[\"a\",01]]", "[[\"a\",-]]", "[[\"a\",1.]]", "[[\"a\",\"\\x\"]]",
        "[[\"a\",\"\\u12\"]]", "[[\"a\",\"\n\"]]", "[[\"a\",\"b\"]", "[[1,\"b\"]]",
        "[[\"a\",\"b\"]]x",
    ])
    func `what is no message is refused`(line: String) {
        #expect(throws: RecordError.self) { try pairs(of: line) }
    }

    @Test func `an error tells the offset, and bytes that are no UTF-8 are one`() {
        #expect(throws: RecordError.unexpected(offset: 6)) { try pairs(of: "[[\"a\",x]]") }
        var list = PairList()
        let bytes: [UInt8] = [0x5B, 0x5B, 0x22, 0xFF, 0x22]
        #expect(throws: RecordError.invalidUTF8(offset: 3)) {
            try RecordReader.read(bytes.span, into: &list)
        }
        #expect(list.pairs.isEmpty)
    }

    @Test func `any value can be passed over, up to a depth`() throws {
        let text = [UInt8]("{\"a\":[1,{\"b\":null}],\"c\":true} ".utf8)
        var cursor = JSONCursor(text.span)
        try cursor.skipValue()
        try cursor.expectEnd()
        let deep = [UInt8](repeating: 0x5B, count: 100_000)
        #expect(throws: RecordError.tooDeep(offset: 64)) {
            var cursor = JSONCursor(deep.span)
            try cursor.skipValue()
        }
    }
}
