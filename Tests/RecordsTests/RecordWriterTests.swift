import Bytes
import Records
import Testing

/// What the Java logger's writer makes of a text, scalar by scalar.
func referenceEscape(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar.value {
        case 0x22: result += "\\\""
        case 0x5C: result += "\\\\"
        case 0x08: result += "\\b"
        case 0x0C: result += "\\f"
        case 0x0A: result += "\\n"
        case 0x0D: result += "\\r"
        case 0x09: result += "\\t"
        case 0..<0x20, 0x7F...0x9F, 0x2000...0x20FF:
            let digits = String(scalar.value, radix: 16, uppercase: true)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// The escaped form of a text.
func escaped(_ text: String) -> String {
    var buffer = ByteBuffer()
    let bytes = [UInt8](text.utf8)
    RecordWriter.escape(bytes.span, into: &buffer)
    return String(decoding: buffer.span)
}

/// A list of pairs of texts.
func list(of pairs: [(String, String)]) -> PairList {
    var list = PairList()
    for (key, value) in pairs {
        let keyBytes = [UInt8](key.utf8)
        let valueBytes = [UInt8](value.utf8)
        let key = list.keep(keyBytes.span)
        list.append(key: key, value: list.keep(valueBytes.span))
    }
    return list
}

/// The line of a list of pairs.
func line(of pairs: [(String, String)]) -> String {
    let pairs = list(of: pairs)
    var buffer = ByteBuffer()
    RecordWriter.append(pairs, to: &buffer)
    return String(decoding: buffer.span)
}

@Suite struct RecordWriterTests {
    @Test func `every scalar below U+3000 is escaped as the Java logger does`() {
        for value: UInt32 in 0..<0x3000 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let text = String(Character(scalar))
            #expect(escaped(text) == referenceEscape(text))
            let padded = "0123456789" + text + "abcdefghijklmnopqrstuvwxyz0123456789"
            #expect(escaped(padded) == referenceEscape(padded))
        }
    }

    @Test func `random texts of every length are escaped as the reference does`() {
        let pool: [Unicode.Scalar] = [
            "a", "b", " ", "\"", "\\", "\n", "\u{1B}", "\u{7F}", "é", "\u{85}", "\u{A0}", "’",
            "\u{2100}", "鯨", "😀", "/", "\u{E2}", "\u{C2}",
        ]
        var seed: UInt64 = 7
        for length in 0..<600 {
            var text = ""
            for _ in 0..<length {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let pick = Int(seed >> 33)
                // Mostly plain, so that whole blocks are copied, too.
                text.unicodeScalars.append(pick % 3 == 0 ? pool[pick / 3 % pool.count] : "x")
            }
            #expect(escaped(text) == referenceEscape(text), "length \(length)")
        }
    }

    @Test func `texts longer than a chunk keep every byte at the seams`() {
        for shift in 0..<40 {
            let text =
                String(repeating: "z", count: 4096 - 20 + shift) + "“\"\u{80}\u{1}\"é”"
                + String(repeating: "y", count: 8192)
            #expect(escaped(text) == referenceEscape(text))
        }
        let worst = String(repeating: "\u{1}", count: 20_000)
        #expect(escaped(worst) == referenceEscape(worst))
    }

    @Test func `a record is one line of pairs without the empty ones`() {
        #expect(line(of: [("A", "B")]) == "[[\"A\",\"B\"]]\n")
        #expect(line(of: [("A", "B"), ("C1", "D2")]) == "[[\"A\",\"B\"],[\"C1\",\"D2\"]]\n")
        #expect(
            line(of: [("x", ""), ("s", "the cow says \"moo")])
                == "[[\"s\",\"the cow says \\\"moo\"]]\n")
        #expect(line(of: [("x", "")]).isEmpty)
        #expect(line(of: []).isEmpty)
    }
}
