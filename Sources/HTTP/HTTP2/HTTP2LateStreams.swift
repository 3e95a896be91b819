// The last streams that ended before their response did. A frame that was under way when RST_STREAM
// or GOAWAY was sent must not begin a second exchange (RFC 9113 §5.4.2).

import Bytes

/// A ring of stream numbers.
struct HTTP2LateStreams {
    /// How many are remembered; older ones are forgotten.
    static let limit = 256

    private var ring: [UInt32] = []
    private var next = 0
    private var largest: UInt32 = 0

    mutating func insert(_ id: UInt32) {
        largest = max(largest, id)
        if ring.count < HTTP2LateStreams.limit {
            ring.append(id)
        } else {
            ring[next] = id
            next = (next + 1) % HTTP2LateStreams.limit
        }
    }

    /// Whether a stream is among those remembered; new streams, whose numbers grow, cost nothing.
    func contains(_ id: UInt32) -> Bool { id <= largest && ring.contains(id) }

    /// Writes the numbers, oldest first.
    func save(to buffer: inout ByteBuffer) {
        buffer.append(littleEndian: UInt32(ring.count))
        for index in ring.indices {
            buffer.append(littleEndian: ring[(next + index) % ring.count])
        }
    }

    /// Reads them back.
    init(restoring reader: inout SnapshotReader) throws(SnapshotError) {
        let count = try reader.readCount(minimumBytesEach: 4)
        guard count <= HTTP2LateStreams.limit else { throw .invalid(offset: reader.offset) }
        for _ in 0..<count { insert(try reader.read(UInt32.self)) }
    }

    init() {}
}
