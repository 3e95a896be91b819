// The 32-bit checksum of LZ4 frames. xxHash specification 0.1.1, "XXH32 algorithm description".

import Bytes

/// A running XXH32 checksum with seed 0.
struct XXH32: Sendable {
    private static let prime1: UInt32 = 0x9E37_79B1
    private static let prime2: UInt32 = 0x85EB_CA77
    private static let prime3: UInt32 = 0xC2B2_AE3D
    private static let prime4: UInt32 = 0x27D4_EB2F
    private static let prime5: UInt32 = 0x1656_67B1

    private var lanes = XXH32.start
    /// Bytes that do not fill a stripe of 16 yet.
    private var rest: InlineArray<16, UInt8> = .init(repeating: 0)
    private var restCount = 0
    private var total: UInt64 = 0

    private static var start: SIMD4<UInt32> {
        SIMD4(prime1 &+ prime2, prime2, 0, 0 &- prime1)
    }

    /// Starts a checksum.
    init() {}

    /// The checksum of `bytes` alone.
    static func checksum(_ bytes: Span<UInt8>) -> UInt32 {
        var lanes = start
        let striped = bytes.count & ~15
        stripes(bytes.extracting(0..<striped), &lanes)
        return finish(lanes, UInt64(bytes.count), bytes.extracting(striped..<bytes.count))
    }

    /// Adds bytes.
    mutating func update(_ bytes: Span<UInt8>) {
        total &+= UInt64(bytes.count)
        var offset = 0
        if restCount > 0 {
            while restCount < 16, offset < bytes.count {
                rest[restCount] = bytes[offset]
                restCount += 1
                offset += 1
            }
            if restCount < 16 { return }
            XXH32.stripes(rest.span, &lanes)
            restCount = 0
        }
        let striped = (bytes.count - offset) & ~15
        XXH32.stripes(bytes.extracting(offset..<(offset + striped)), &lanes)
        for index in (offset + striped)..<bytes.count {
            rest[restCount] = bytes[index]
            restCount += 1
        }
    }

    /// The checksum of everything added.
    var value: UInt32 { XXH32.finish(lanes, total, rest.span.extracting(0..<restCount)) }

    /// Folds whole stripes of 16 bytes in. Four plain accumulators: a vector multiply of 32-bit
    /// lanes costs two instructions more than it saves without SSE4.1.
    private static func stripes(_ bytes: Span<UInt8>, _ lanes: inout SIMD4<UInt32>) {
        var (a, b, c, d) = (lanes[0], lanes[1], lanes[2], lanes[3])
        let count = bytes.count
        // SAFETY: each load of four bytes is below offset + 16 <= count.
        unsafe bytes.withUnsafeBytes { raw in
            var offset = 0
            while offset &+ 16 <= count {
                a = round(a, unsafe raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
                b = round(b, unsafe raw.loadUnaligned(fromByteOffset: offset &+ 4, as: UInt32.self))
                c = round(c, unsafe raw.loadUnaligned(fromByteOffset: offset &+ 8, as: UInt32.self))
                let last = offset &+ 12
                d = round(d, unsafe raw.loadUnaligned(fromByteOffset: last, as: UInt32.self))
                offset &+= 16
            }
        }
        lanes = SIMD4(a, b, c, d)
    }

    @inline(__always)
    private static func round(_ lane: UInt32, _ word: UInt32) -> UInt32 {
        rotate(lane &+ UInt32(littleEndian: word) &* prime2, 13) &* prime1
    }

    @inline(__always)
    private static func rotate(_ value: UInt32, _ count: UInt32) -> UInt32 {
        value &<< count | value &>> (32 &- count)
    }

    private static func finish(
        _ lanes: SIMD4<UInt32>, _ total: UInt64, _ tail: Span<UInt8>
    ) -> UInt32 {
        var hash: UInt32
        if total >= 16 {
            hash = rotate(lanes[0], 1) &+ rotate(lanes[1], 7)
            hash = hash &+ rotate(lanes[2], 12) &+ rotate(lanes[3], 18)
        } else {
            hash = prime5
        }
        hash = hash &+ UInt32(truncatingIfNeeded: total)
        var offset = 0
        while offset + 4 <= tail.count {
            hash = hash &+ tail.littleEndian(UInt32.self, at: offset) &* prime3
            hash = rotate(hash, 17) &* prime4
            offset += 4
        }
        while offset < tail.count {
            hash = hash &+ UInt32(tail[offset]) &* prime5
            hash = rotate(hash, 11) &* prime1
            offset += 1
        }
        hash = (hash ^ (hash &>> 15)) &* prime2
        hash = (hash ^ (hash &>> 13)) &* prime3
        return hash ^ (hash &>> 16)
    }
}
