// An HPACK decoder in a snapshot: the table from the oldest entry to the newest.

public import Bytes

extension HPACKDecoder {
    /// Writes the table with all it does not know.
    public func save(to buffer: inout ByteBuffer) {
        buffer.append(snapshot: hasUnknownEntries)
        buffer.append(littleEndian: UInt32(clamping: announcedTableByteCount))
        buffer.append(littleEndian: UInt32(table.maximumByteCount))
        buffer.append(littleEndian: excessiveSizeUpdates)
        buffer.append(littleEndian: UInt32(table.count))
        for index in 0..<table.count {
            let entry = table.entry(table.count - 1 - index)
            buffer.append(snapshot: entry.hasUnknownName)
            buffer.append(snapshotBytes: table.name(entry))
            buffer.append(snapshotBytes: table.value(entry))
        }
    }

    /// Reads a decoder back.
    ///
    /// - Throws: `SnapshotError` when the bytes are no decoder's.
    public init(restoring reader: inout SnapshotReader) throws(SnapshotError) {
        self.init()
        hasUnknownEntries = try reader.readBool()
        announcedTableByteCount = Int(try reader.read(UInt32.self))
        let maximum = Int(try reader.read(UInt32.self))
        guard maximum <= HPACKDecoder.largestTableByteCount else {
            throw .invalid(offset: reader.offset)
        }
        excessiveSizeUpdates = try reader.read(UInt64.self)
        _ = table.resize(toMaximum: maximum)
        let count = try reader.readCount(minimumBytesEach: 9)
        var text = ByteBuffer()
        for _ in 0..<count {
            let hasUnknownName = try reader.readBool()
            let start = table.arena.count
            try reader.readBytes(into: &text)
            table.arena.append(text.span)
            let nameByteCount = text.count
            try reader.readBytes(into: &text)
            table.arena.append(text.span)
            let evicted = table.commit(
                scratchFrom: start, nameByteCount: nameByteCount, hasUnknownName: hasUnknownName)
            guard evicted == 0 else { throw .invalid(offset: reader.offset) }
        }
    }
}
