// The HTTP2-Settings field of an h2c upgrade: base64url without padding. RFC 7540 §3.2.1.

import Bytes

extension HTTP2Connection {
    /// Decodes the field's value; what is no base64url ends it.
    static func decodeSettingsField(_ text: Span<UInt8>) -> ByteBuffer {
        var payload = ByteBuffer()
        var bits: UInt32 = 0
        var bitCount = 0
        for index in 0..<min(text.count, HTTP2FrameHeader.settingsLimit) {
            guard let value = sextet(text[index]) else { break }
            bits = bits << 6 | value
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                payload.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
            }
        }
        return payload
    }

    private static func sextet(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x41...0x5A: UInt32(byte - 0x41)
        case 0x61...0x7A: UInt32(byte - 0x61 + 26)
        case 0x30...0x39: UInt32(byte - 0x30 + 52)
        case 0x2D, 0x2B: 62
        case 0x5F, 0x2F: 63
        default: nil
        }
    }
}
