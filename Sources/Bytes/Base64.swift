// Base64 without line breaks. RFC 4648 §4.

extension ByteBuffer {
    /// Appends `bytes` as base64, padded.
    public mutating func append(base64 bytes: Span<UInt8>) {
        reserve((bytes.count + 2) / 3 * 4)
        var offset = 0
        while offset + 3 <= bytes.count {
            let group =
                UInt32(bytes[offset]) << 16 | UInt32(bytes[offset + 1]) << 8
                | UInt32(bytes[offset + 2])
            appendSextet(group >> 18)
            appendSextet(group >> 12)
            appendSextet(group >> 6)
            appendSextet(group)
            offset += 3
        }
        let left = bytes.count - offset
        guard left > 0 else { return }
        let group = UInt32(bytes[offset]) << 16 | (left == 2 ? UInt32(bytes[offset + 1]) << 8 : 0)
        appendSextet(group >> 18)
        appendSextet(group >> 12)
        if left == 2 { appendSextet(group >> 6) } else { append(0x3D) }
        append(0x3D)
    }

    mutating func appendSextet(_ value: UInt32) {
        let digit = UInt8(truncatingIfNeeded: value & 0x3F)
        switch digit {
        case 0..<26: append(digit + 0x41)
        case 26..<52: append(digit - 26 + 0x61)
        case 52..<62: append(digit - 52 + 0x30)
        case 62: append(0x2B)
        default: append(0x2F)
        }
    }
}
