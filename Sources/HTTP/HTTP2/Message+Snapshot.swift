// A message in a snapshot, head and body as far as they are there.

public import Bytes

extension TextRange {
    fileprivate func save(to buffer: inout ByteBuffer) {
        buffer.append(littleEndian: offset)
        buffer.append(littleEndian: count)
    }

    fileprivate init(
        restoring reader: inout SnapshotReader, textCount: Int
    ) throws(SnapshotError) {
        self.init()
        offset = try reader.read(UInt32.self)
        count = try reader.read(UInt32.self)
        guard UInt64(offset) + UInt64(count) <= UInt64(textCount) else {
            throw .invalid(offset: reader.offset)
        }
    }
}

extension Message {
    /// Writes the message.
    public func save(to buffer: inout ByteBuffer) {
        buffer.append(snapshotBytes: text.span)
        buffer.append(version.rawValue)
        method.save(to: &buffer)
        target.save(to: &buffer)
        authority.save(to: &buffer)
        buffer.append(littleEndian: UInt32(clamping: status))
        save(fields, to: &buffer)
        save(trailers, to: &buffer)
        buffer.append(snapshotBytes: body.span)
        buffer.append(littleEndian: bodyByteCount)
        buffer.append(littleEndian: UInt32(gaps.count))
        for gap in gaps {
            buffer.append(littleEndian: gap.offset)
            buffer.append(littleEndian: gap.count)
        }
        buffer.append(littleEndian: marks.rawValue)
        buffer.append(littleEndian: startOffset)
        buffer.append(littleEndian: endOffset)
        buffer.append(littleEndian: startTime.nanoseconds)
        buffer.append(littleEndian: endTime.nanoseconds)
        buffer.append(snapshot: acknowledged != nil)
        buffer.append(littleEndian: acknowledged ?? 0)
        buffer.append(littleEndian: startSegment)
    }

    private func save(_ fields: [Field], to buffer: inout ByteBuffer) {
        buffer.append(littleEndian: UInt32(fields.count))
        for field in fields {
            field.name.save(to: &buffer)
            field.value.save(to: &buffer)
        }
    }

    /// Reads a message back into this one.
    ///
    /// - Throws: `SnapshotError` when the bytes are no message's; this message is undefined then.
    public mutating func restore(from reader: inout SnapshotReader) throws(SnapshotError) {
        try reader.readBytes(into: &text)
        guard let version = HTTPVersion(rawValue: try reader.read(UInt8.self)) else {
            throw .invalid(offset: reader.offset)
        }
        self.version = version
        method = try TextRange(restoring: &reader, textCount: text.count)
        target = try TextRange(restoring: &reader, textCount: text.count)
        authority = try TextRange(restoring: &reader, textCount: text.count)
        status = Int(try reader.read(UInt32.self))
        fields = try restoreFields(from: &reader)
        trailers = try restoreFields(from: &reader)
        try reader.readBytes(into: &body)
        bodyByteCount = try reader.read(UInt64.self)
        gaps.removeAll()
        for _ in 0..<(try reader.readCount(minimumBytesEach: 16)) {
            let offset = try reader.read(UInt64.self)
            gaps.append(BodyGap(offset: offset, count: try reader.read(UInt64.self)))
        }
        marks = MessageMarks(rawValue: try reader.read(UInt32.self))
        startOffset = try reader.read(UInt64.self)
        endOffset = try reader.read(UInt64.self)
        startTime = Timestamp(nanoseconds: try reader.read(Int64.self))
        endTime = Timestamp(nanoseconds: try reader.read(Int64.self))
        let isKnown = try reader.readBool()
        let acknowledged = try reader.read(UInt64.self)
        self.acknowledged = isKnown ? acknowledged : nil
        startSegment = try reader.read(UInt64.self)
        // Sums of these must not overflow later.
        guard bodyByteCount < 1 << 62,
            gaps.allSatisfy({ $0.offset < 1 << 62 && $0.count < 1 << 62 })
        else { throw .invalid(offset: reader.offset) }
    }

    private func restoreFields(
        from reader: inout SnapshotReader
    ) throws(SnapshotError) -> [Field] {
        var fields: [Field] = []
        for _ in 0..<(try reader.readCount(minimumBytesEach: 16)) {
            let name = try TextRange(restoring: &reader, textCount: text.count)
            let value = try TextRange(restoring: &reader, textCount: text.count)
            fields.append(Field(name: name, value: value))
        }
        return fields
    }
}
