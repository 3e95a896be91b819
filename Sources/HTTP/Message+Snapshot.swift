// A message in a snapshot, head and body as far as they are there.

public import Bytes

extension Message {
    /// Writes the message.
    public func save(to buffer: inout ByteBuffer) {
        buffer.append(snapshotBytes: text.span)
        buffer.append(snapshotBytes: body.span)
        buffer.append(version.rawValue)
        method.save(to: &buffer)
        target.save(to: &buffer)
        authority.save(to: &buffer)
        buffer.append(littleEndian: UInt32(clamping: status))
        Message.save(fields, to: &buffer)
        Message.save(trailers, to: &buffer)
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

    /// Reads a message back into this one.
    ///
    /// - Throws: `SnapshotError` when the bytes are no message's; this one is of no use then.
    public mutating func restore(from reader: inout SnapshotReader) throws(SnapshotError) {
        try reader.readBytes(into: &text)
        try reader.readBytes(into: &body)
        guard let version = HTTPVersion(rawValue: try reader.read(UInt8.self)) else {
            throw .invalid(offset: reader.offset)
        }
        self.version = version
        method = try TextRange(restoring: &reader, within: text.count)
        target = try TextRange(restoring: &reader, within: text.count)
        authority = try TextRange(restoring: &reader, within: text.count)
        status = Int(try reader.read(UInt32.self))
        fields = try Message.readFields(&reader, within: text.count)
        trailers = try Message.readFields(&reader, within: text.count)
        bodyByteCount = try reader.read(UInt64.self)
        gaps.removeAll(keepingCapacity: true)
        let gapCount = try reader.readCount(minimumBytesEach: 16)
        for _ in 0..<gapCount {
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
    }

    private static func save(_ fields: [Field], to buffer: inout ByteBuffer) {
        buffer.append(littleEndian: UInt32(fields.count))
        for field in fields {
            field.name.save(to: &buffer)
            field.value.save(to: &buffer)
        }
    }

    private static func readFields(
        _ reader: inout SnapshotReader, within textCount: Int
    ) throws(SnapshotError) -> [Field] {
        let count = try reader.readCount(minimumBytesEach: 16)
        var fields: [Field] = []
        for _ in 0..<count {
            let name = try TextRange(restoring: &reader, within: textCount)
            let value = try TextRange(restoring: &reader, within: textCount)
            fields.append(Field(name: name, value: value))
        }
        return fields
    }
}

extension TextRange {
    fileprivate func save(to buffer: inout ByteBuffer) {
        buffer.append(littleEndian: offset)
        buffer.append(littleEndian: count)
    }

    fileprivate init(
        restoring reader: inout SnapshotReader, within textCount: Int
    ) throws(SnapshotError) {
        let offset = Int(try reader.read(UInt32.self))
        let count = Int(try reader.read(UInt32.self))
        guard offset + count <= textCount else { throw .invalid(offset: reader.offset) }
        self.init(offset, count)
    }
}
