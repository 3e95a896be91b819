// The flows of an engine as bytes, between two packet segments.
//
//   magic "EARFLOWS" 8 · format 4 · lane 4 · next segment 8 · settings 8 · engine … · hash of all
//   before 8
//
// Whoever cannot read one — damage, another format, other settings — begins with an empty engine
// some segments back.

import Bytes
import Calls

/// Why a snapshot is not used.
enum SnapshotRefusal: Error, Equatable, CustomStringConvertible {
    /// The file is gone.
    case missing
    /// It cannot be read.
    case unreadable(String)
    /// Its bytes are not those that were written.
    case damaged
    /// Another version wrote it.
    case otherFormat(UInt32)
    /// It is not of this lane and place.
    case otherPlace
    /// Windows or limits were others then.
    case otherSettings
    /// Its bytes are sound and make no sense.
    case invalid(SnapshotError)

    var description: String {
        switch self {
        case .missing: "the file is gone"
        case .unreadable(let error): error
        case .damaged: "its checksum is wrong"
        case .otherFormat(let found):
            "its format is \(found), this version reads \(FlowSnapshot.format)"
        case .otherPlace: "it is of another lane or segment"
        case .otherSettings: "it was made with other windows or limits"
        case .invalid(let error): "it makes no sense: \(error)"
        }
    }
}

/// Writes and reads snapshots.
enum FlowSnapshot {
    /// The format written and read; a change of what any room saves needs a new number.
    static let format: UInt32 = 3
    private static let magic: UInt64 = 0x5357_4F4C_4652_4145

    /// Appends a snapshot.
    static func append(
        _ engine: borrowing Engine, lane: UInt32, next: UInt64, settings: UInt64,
        to buffer: inout ByteBuffer
    ) {
        buffer.append(littleEndian: magic)
        buffer.append(littleEndian: format)
        buffer.append(littleEndian: lane)
        buffer.append(littleEndian: next)
        buffer.append(littleEndian: settings)
        engine.save(to: &buffer)
        buffer.append(littleEndian: hash(buffer.span))
    }

    /// Puts a snapshot's flows into an empty engine; after an error the engine is of no use.
    static func restore(
        _ bytes: Span<UInt8>, lane: UInt32, next: UInt64, settings: UInt64,
        into engine: inout Engine
    ) throws(SnapshotRefusal) {
        let hashBytes = 8
        guard bytes.count >= hashBytes else { throw .damaged }
        let content = bytes.slice(0, bytes.count - hashBytes)
        guard bytes.littleEndian(UInt64.self, at: content.count) == hash(content) else {
            throw .damaged
        }
        var reader = SnapshotReader(content)
        let header: Header
        do throws(SnapshotError) {
            header = try Header(from: &reader)
        } catch {
            throw .invalid(error)
        }
        guard header.magic == magic else { throw .damaged }
        guard header.format == format else { throw .otherFormat(header.format) }
        guard header.lane == lane, header.next == next else { throw .otherPlace }
        guard header.settings == settings else { throw .otherSettings }
        do throws(SnapshotError) {
            try engine.restore(from: &reader)
        } catch {
            throw .invalid(error)
        }
        guard reader.isAtEnd else { throw .invalid(.invalid(offset: reader.offset)) }
    }

    private struct Header {
        var magic: UInt64
        var format: UInt32
        var lane: UInt32
        var next: UInt64
        var settings: UInt64

        init(from reader: inout SnapshotReader) throws(SnapshotError) {
            magic = try reader.read(UInt64.self)
            format = try reader.read(UInt32.self)
            lane = try reader.read(UInt32.self)
            next = try reader.read(UInt64.self)
            settings = try reader.read(UInt64.self)
        }
    }

    static func hash(_ bytes: Span<UInt8>) -> UInt64 {
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
