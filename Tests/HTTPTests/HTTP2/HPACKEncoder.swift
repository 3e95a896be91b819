// A small HPACK encoder for tests: static table, dynamic indexing, Huffman. RFC 7541.

import Bytes

@testable import HTTP

/// How a test field is written.
enum HPACKStyle {
    case indexed, plain, never
}

struct HPACKEncoder {
    private(set) var table: [(name: String, value: String)] = []
    var maximum = 4096
    var usesHuffman = true

    private var size: Int { table.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 32 } }

    mutating func resize(_ newMaximum: Int) -> [UInt8] {
        maximum = newMaximum
        while size > maximum { table.removeLast() }
        return HPACKEncoder.integer(newMaximum, 5, 0x20)
    }

    mutating func encode(_ fields: [(String, String)], style: HPACKStyle = .indexed) -> [UInt8] {
        var out: [UInt8] = []
        for (name, value) in fields { out += encode(name, value, style) }
        return out
    }

    mutating func encode(_ name: String, _ value: String, _ style: HPACKStyle) -> [UInt8] {
        var nameIndex = 0
        for index in 1...61 {
            let field = HPACKStaticTable.field(index)
            let text = field.text.bytes
            guard String(decoding: text.slice(0, field.nameByteCount)) == name else { continue }
            if nameIndex == 0 { nameIndex = index }
            if String(decoding: text.from(field.nameByteCount)) == value {
                return HPACKEncoder.integer(index, 7, 0x80)
            }
        }
        for (place, entry) in table.enumerated() where entry.name == name {
            if nameIndex == 0 { nameIndex = 62 + place }
            if entry.value == value { return HPACKEncoder.integer(62 + place, 7, 0x80) }
        }
        var out: [UInt8]
        switch style {
        case .indexed: out = HPACKEncoder.integer(nameIndex, 6, 0x40)
        case .plain: out = HPACKEncoder.integer(nameIndex, 4, 0x00)
        case .never: out = HPACKEncoder.integer(nameIndex, 4, 0x10)
        }
        if nameIndex == 0 { out += string(name) }
        out += string(value)
        if style == .indexed {
            table.insert((name, value), at: 0)
            while size > maximum { table.removeLast() }
        }
        return out
    }

    func string(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard usesHuffman else { return HPACKEncoder.integer(bytes.count, 7, 0) + bytes }
        let coded = HPACKEncoder.huffman(bytes)
        return HPACKEncoder.integer(coded.count, 7, 0x80) + coded
    }

    static func huffman(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        var bits: UInt64 = 0
        var count = 0
        for byte in bytes {
            let code = HPACKHuffmanCode.shared.code(of: Int(byte))
            bits = bits << UInt64(code.length) | UInt64(code.bits)
            count += code.length
            while count >= 8 {
                count -= 8
                out.append(UInt8(truncatingIfNeeded: bits >> UInt64(count)))
            }
        }
        if count > 0 {
            out.append(UInt8(truncatingIfNeeded: bits << UInt64(8 - count)) | 0xFF >> UInt8(count))
        }
        return out
    }

    static func integer(_ value: Int, _ prefix: Int, _ pattern: UInt8) -> [UInt8] {
        let mask = 1 << prefix - 1
        if value < mask { return [pattern | UInt8(value)] }
        var out = [pattern | UInt8(mask)]
        var rest = value - mask
        while rest >= 128 {
            out.append(UInt8(rest & 127) | 128)
            rest >>= 7
        }
        return out + [UInt8(rest)]
    }
}

/// Collects fields as text.
struct FieldLog: HPACKSink {
    var lines: [String] = []

    mutating func field(_ text: Span<UInt8>, nameByteCount: Int) {
        let name = String(decoding: text.slice(0, nameByteCount))
        lines.append(name + ": " + String(decoding: text.from(nameByteCount)))
    }

    mutating func unknownField() { lines.append("?") }

    mutating func unknownName(value: Span<UInt8>) {
        lines.append("?: " + String(decoding: value))
    }
}

/// Bytes written as hexadecimal digits, blanks ignored.
func hex(_ text: String) -> [UInt8] {
    let digits = text.utf8.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// A seeded generator (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}
