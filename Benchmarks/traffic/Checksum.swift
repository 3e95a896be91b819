// The two checksums a capture needs: CRC-32 (gzip, RFC 1952 §8; the etag of every body) and the
// Internet checksum (RFC 1071).

import Bytes

/// CRC-32 with the polynomial of gzip.
enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in
            value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1
        }
    }

    /// The CRC-32 of `bytes`.
    static func of(_ bytes: [UInt8]) -> UInt32 {
        let table = table
        var value = ~UInt32(0)
        for byte in bytes {
            value = table[Int(UInt8(truncatingIfNeeded: value) ^ byte)] ^ (value >> 8)
        }
        return ~value
    }
}

/// A ones' complement sum, taken over little-endian words: byte order does not matter to the result
/// as long as it is stored the way it was read (RFC 1071 §2 B).
struct InternetChecksum {
    private var sum: UInt64 = 0

    /// Adds bytes that start at an even offset of what is summed.
    mutating func add(_ bytes: Span<UInt8>) {
        var offset = 0
        let count = bytes.count
        while offset &+ 8 <= count {
            let word = bytes.littleEndian(UInt64.self, at: offset)
            sum &+= (word & 0xFFFF_FFFF) &+ (word >> 32)
            offset &+= 8
        }
        while offset &+ 2 <= count {
            sum &+= UInt64(bytes.littleEndian(UInt16.self, at: offset))
            offset &+= 2
        }
        if offset < count { sum &+= UInt64(bytes[offset]) }
    }

    /// Adds a 16-bit number of a pseudo header.
    mutating func add(_ number: UInt16) { sum &+= UInt64(number.byteSwapped) }

    /// The checksum, to be stored least significant byte first.
    var value: UInt16 {
        var folded = sum
        while folded >> 16 != 0 { folded = (folded & 0xFFFF) + (folded >> 16) }
        return ~UInt16(truncatingIfNeeded: folded)
    }
}
