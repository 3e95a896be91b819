// The flows of an engine as bytes, between two packet segments.
//
//   magic "EARFLOWS" 8 · format 4 · lane 4 · next segment 8 · engine … · hash of all before 8
//
// Whoever cannot read one — damage, an older format — begins with an empty engine some segments
// back.

import Bytes
import Calls

/// Writes and reads snapshots.
enum FlowSnapshot {
    /// The format written and read.
    static let format: UInt32 = 1
    private static let magic: UInt64 = 0x5357_4F4C_4652_4145

    /// Whether engines can be saved; without it restarts read packet segments again.
    static var isSupported: Bool { false }

    /// Appends a snapshot.
    static func append(
        _ engine: borrowing Engine, lane: UInt32, next: UInt64, to buffer: inout ByteBuffer
    ) {
        buffer.append(littleEndian: magic)
        buffer.append(littleEndian: format)
        buffer.append(littleEndian: lane)
        buffer.append(littleEndian: next)
        buffer.append(littleEndian: hash(buffer.span))
    }

    /// Puts a snapshot's flows into an empty engine.
    ///
    /// - Throws: `SnapshotError`; the engine is of no use then.
    static func restore(
        _ bytes: Span<UInt8>, lane: UInt32, next: UInt64, into engine: inout Engine
    ) throws(SnapshotError) {
        let hashBytes = 8
        guard bytes.count >= hashBytes else { throw .truncated(offset: bytes.count) }
        let content = bytes.slice(0, bytes.count - hashBytes)
        guard bytes.littleEndian(UInt64.self, at: content.count) == hash(content) else {
            throw .invalid(offset: content.count)
        }
        var reader = SnapshotReader(content)
        guard try reader.read(UInt64.self) == magic else { throw .invalid(offset: 0) }
        guard try reader.read(UInt32.self) == format else { throw .invalid(offset: 8) }
        guard try reader.read(UInt32.self) == lane else { throw .invalid(offset: 12) }
        guard try reader.read(UInt64.self) == next else { throw .invalid(offset: 16) }
        guard reader.isAtEnd else { throw .invalid(offset: reader.offset) }
    }

    private static func hash(_ bytes: Span<UInt8>) -> UInt64 {
        var hash = FoldHash(seed: magic)
        var offset = 0
        while bytes.count - offset >= 8 {
            hash.combine(bytes.littleEndian(UInt64.self, at: offset))
            offset += 8
        }
        while offset < bytes.count {
            hash.combine(UInt64(bytes[offset]))
            offset += 1
        }
        return hash.value
    }
}
