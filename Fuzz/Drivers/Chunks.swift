// How a fuzzed input becomes pieces: each begins with a byte that says what it is and one with its
// length, so that mutations move borders, exchange directions and open holes.

import Bytes

/// One piece of an input.
struct Chunk {
    /// The byte in front of it.
    var kind: UInt8
    var start: Int
    var count: Int
}

/// The pieces of an input, in order.
struct Chunks: ~Escapable {
    let bytes: Span<UInt8>
    var offset: Int

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>, from offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    @_lifetime(self: copy self)
    mutating func next() -> Chunk? {
        guard offset + 2 <= bytes.count else { return nil }
        let kind = bytes[offset]
        // Lengths of 192 and more are multiplied, so that long pieces are within reach.
        let length = Int(bytes[offset + 1])
        let wanted = length < 192 ? length : (length - 191) * 64
        let start = offset + 2
        let count = min(wanted, bytes.count - start)
        offset = start + count
        return Chunk(kind: kind, start: start, count: count)
    }
}
