// Unmasking, four or eight bytes at a time. RFC 6455 §5.3.

import Bytes

extension ByteBuffer {
    /// Appends bytes with the mask removed.
    ///
    /// - Parameters:
    ///   - mask: The four mask bytes, the first one most significant; 0 leaves the bytes as they
    ///     are.
    ///   - place: How many bytes of the frame's payload came before these.
    mutating func append(_ bytes: Span<UInt8>, unmaskedBy mask: UInt32, from place: UInt64) {
        if mask == 0 { return append(bytes) }
        reserve(bytes.count)
        let turn = UInt32(truncatingIfNeeded: place & 3) * 8
        let turned = turn == 0 ? mask : mask << turn | mask >> (32 - turn)
        let wide = UInt64(turned) << 32 | UInt64(turned)
        var offset = 0
        while offset &+ 8 <= bytes.count {
            append(bigEndian: bytes.bigEndian(UInt64.self, at: offset) ^ wide)
            offset &+= 8
        }
        var shift: UInt32 = 24
        while offset < bytes.count {
            append(bytes[offset] ^ UInt8(truncatingIfNeeded: turned >> shift))
            shift = (shift &- 8) & 31
            offset &+= 1
        }
    }
}
