// Field blocks to fields. RFC 7541.
//
// A decoder that joins a connection midstream, or has lost a block, does not know the dynamic table
// but learns every insertion at its place: index 62 is always the newest entry. Indices beyond what
// it knows give unknown fields instead of errors. Keeping entries longer than the sender does no
// harm, for eviction takes the oldest only and moves no index; so bounds here are about memory.

import Bytes

/// The decoder of one direction of an HTTP/2 connection.
public struct HPACKDecoder: ~Copyable {
    /// The table size every connection starts with (RFC 9113 §6.5.2).
    public static let defaultTableByteCount = 4096
    /// The table size assumed when the connection was picked up midstream.
    public static let midstreamTableByteCount = 64 * 1024
    /// The largest table kept, whatever was announced.
    public static let largestTableByteCount = 1 << 20

    var table: HPACKTable
    /// Whether entries may exist that were never seen.
    public internal(set) var hasUnknownEntries: Bool
    /// The largest table size the receiver ever announced to the sender.
    public internal(set) var announcedTableByteCount: Int
    /// Size updates beyond what was announced: accepted, for the announcement may have been missed.
    public internal(set) var excessiveSizeUpdates: UInt64 = 0

    /// Creates a decoder, for a fresh connection or one picked up midstream.
    public init(isMidstream: Bool = false) {
        table = HPACKTable(
            maximumByteCount: isMidstream
                ? HPACKDecoder.midstreamTableByteCount : HPACKDecoder.defaultTableByteCount)
        hasUnknownEntries = isMidstream
        announcedTableByteCount = HPACKDecoder.defaultTableByteCount
    }

    /// The number of entries known.
    public var entryCount: Int { table.count }

    /// Bytes of memory held for the table.
    public var heldByteCount: Int { table.arena.count }

    /// Notes SETTINGS_HEADER_TABLE_SIZE as announced by the receiver of these blocks.
    public mutating func announce(tableByteCount: Int) {
        announcedTableByteCount = max(announcedTableByteCount, tableByteCount)
    }

    /// Forgets the table: a block was lost, and entries have moved by an unknown number of places.
    public mutating func forget() {
        table.removeAll()
        if table.maximumByteCount < HPACKDecoder.midstreamTableByteCount {
            _ = table.resize(toMaximum: HPACKDecoder.midstreamTableByteCount)
        }
        hasUnknownEntries = true
    }

    /// Decodes one whole field block, field by field.
    ///
    /// - Parameters:
    ///   - block: HEADERS or PUSH_PROMISE with all CONTINUATION frames joined.
    ///   - sink: Takes the fields; those before an error have been given to it.
    /// - Throws: `HPACKError`; the caller must then call `forget`, for insertions are lost.
    public mutating func decode<Sink: HPACKSink & ~Copyable>(
        _ block: Span<UInt8>, into sink: inout Sink
    ) throws(HPACKError) {
        var offset = 0
        while offset < block.count {
            let first = block[offset]
            if first & 0x80 != 0 {
                try indexed(HPACKDecoder.integer(7, in: block, &offset), into: &sink)
            } else if first & 0x40 != 0 {
                try inserted(HPACKDecoder.integer(6, in: block, &offset), block, &offset, &sink)
            } else if first & 0x20 != 0 {
                sizeUpdate(try HPACKDecoder.integer(5, in: block, &offset))
            } else {
                try passing(HPACKDecoder.integer(4, in: block, &offset), block, &offset, &sink)
            }
        }
    }

    /// An indexed field (§6.1).
    @inline(__always)
    private mutating func indexed<Sink: HPACKSink & ~Copyable>(
        _ index: Int, into sink: inout Sink
    ) throws(HPACKError) {
        if index > HPACKStaticTable.count {
            let place = index &- HPACKStaticTable.count &- 1
            guard place < table.count else {
                guard hasUnknownEntries else { throw .invalidIndex }
                sink.unknownField()
                return
            }
            let entry = table.entry(place)
            if entry.hasUnknownName {
                sink.unknownName(value: table.value(entry))
            } else {
                sink.field(table.text(entry), nameByteCount: Int(entry.nameByteCount))
            }
            return
        }
        guard index > 0 else { throw .invalidIndex }
        let field = HPACKStaticTable.field(index)
        sink.field(field.text.bytes, nameByteCount: field.nameByteCount)
    }

    /// A literal field that enters the table (§6.2.1).
    private mutating func inserted<Sink: HPACKSink & ~Copyable>(
        _ index: Int, _ block: Span<UInt8>, _ offset: inout Int, _ sink: inout Sink
    ) throws(HPACKError) {
        let start = table.arena.count
        var hasUnknownName = false
        do throws(HPACKError) {
            hasUnknownName = try scratchName(index, block, &offset)
            let nameByteCount = table.arena.count - start
            try scratchString(block, &offset)
            giveScratch(start, nameByteCount, hasUnknownName, &sink)
            _ = table.commit(
                scratchFrom: start, nameByteCount: nameByteCount, hasUnknownName: hasUnknownName)
        } catch {
            table.discardScratch(from: start)
            throw error
        }
    }

    /// A literal field that does not enter the table, or must never (§6.2.2, §6.2.3).
    private mutating func passing<Sink: HPACKSink & ~Copyable>(
        _ index: Int, _ block: Span<UInt8>, _ offset: inout Int, _ sink: inout Sink
    ) throws(HPACKError) {
        let start = table.arena.count
        do throws(HPACKError) {
            let isUnknown = try scratchName(index, block, &offset)
            let nameByteCount = table.arena.count - start
            try scratchString(block, &offset)
            giveScratch(start, nameByteCount, isUnknown, &sink)
        } catch {
            table.discardScratch(from: start)
            throw error
        }
        table.discardScratch(from: start)
    }

    @inline(__always)
    private func giveScratch<Sink: HPACKSink & ~Copyable>(
        _ start: Int, _ nameByteCount: Int, _ hasUnknownName: Bool, _ sink: inout Sink
    ) {
        let text = table.arena.span.from(start)
        if hasUnknownName {
            sink.unknownName(value: text)
        } else {
            sink.field(text, nameByteCount: nameByteCount)
        }
    }

    /// Puts the name of a literal field behind the table's entries.
    ///
    /// - Returns: Whether the name refers to an entry never seen.
    private mutating func scratchName(
        _ index: Int, _ block: Span<UInt8>, _ offset: inout Int
    ) throws(HPACKError) -> Bool {
        if index == 0 {
            try scratchString(block, &offset)
            return false
        }
        if index <= HPACKStaticTable.count {
            let field = HPACKStaticTable.field(index)
            table.arena.append(field.text.bytes.slice(0, field.nameByteCount))
            return false
        }
        let place = index - HPACKStaticTable.count - 1
        guard place < table.count else {
            guard hasUnknownEntries else { throw .invalidIndex }
            return true
        }
        let entry = table.entry(place)
        table.scratchName(of: entry)
        return entry.hasUnknownName
    }

    /// Puts a string literal behind the table's entries (§5.2).
    private mutating func scratchString(
        _ block: Span<UInt8>, _ offset: inout Int
    ) throws(HPACKError) {
        guard offset < block.count else { throw .truncated }
        let isHuffman = block[offset] & 0x80 != 0
        let length = try HPACKDecoder.integer(7, in: block, &offset)
        guard length <= block.count - offset else { throw .truncated }
        let text = block.slice(offset, length)
        offset += length
        if !isHuffman {
            table.arena.append(text)
        } else if !HPACKHuffman.decode(text, into: &table.arena) {
            throw .invalidHuffman
        }
    }

    /// A dynamic table size update (§6.3), wherever it stands.
    private mutating func sizeUpdate(_ wanted: Int) {
        if wanted > announcedTableByteCount { excessiveSizeUpdates &+= 1 }
        if wanted == 0 { hasUnknownEntries = false }
        if wanted > HPACKDecoder.largestTableByteCount { hasUnknownEntries = true }
        _ = table.resize(toMaximum: min(wanted, HPACKDecoder.largestTableByteCount))
    }

    /// An integer whose first `prefix` bits are in the byte at `offset` (§5.1).
    @inline(__always)
    static func integer(
        _ prefix: Int, in block: Span<UInt8>, _ offset: inout Int
    ) throws(HPACKError) -> Int {
        let mask = (1 &<< prefix) &- 1
        let first = Int(block[offset]) & mask
        offset &+= 1
        if first < mask { return first }
        return try longInteger(mask, in: block, &offset)
    }

    /// The rest of an integer that fills its prefix: at most five more bytes, below 2^31.
    private static func longInteger(
        _ start: Int, in block: Span<UInt8>, _ offset: inout Int
    ) throws(HPACKError) -> Int {
        var value = start
        var shift = 0
        while shift <= 28 {
            guard offset < block.count else { throw .truncated }
            let byte = Int(block[offset])
            offset += 1
            value += (byte & 0x7F) << shift
            if byte & 0x80 == 0 {
                guard value <= Int(Int32.max) else { throw .integerOverflow }
                return value
            }
            shift += 7
        }
        throw .integerOverflow
    }
}
