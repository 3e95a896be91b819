// One direction of a connection in a snapshot.

public import Bytes

extension HTTP2Half {
    func save(to buffer: inout ByteBuffer) {
        buffer.append(state.rawValue)
        buffer.append(UInt8(prefaceCount))
        buffer.append(snapshot: expectsSettings)
        buffer.append(snapshot: hasEnded)
        buffer.append(littleEndian: UInt64(truncatingIfNeeded: headerBits))
        buffer.append(littleEndian: UInt64(truncatingIfNeeded: headerBits >> 64))
        buffer.append(UInt8(headerCount))
        // What belongs to the frame is written only inside one, so that equal states are equal
        // bytes.
        let isInside = state == .payload
        buffer.append(littleEndian: UInt32(isInside ? frame.length : 0))
        buffer.append(isInside ? frame.rawType : 0)
        buffer.append(isInside ? frame.flags : 0)
        buffer.append(littleEndian: isInside ? frame.stream : 0)
        (isInside || headerCount > 0 ? frameStart : StreamMoment()).save(to: &buffer)
        buffer.append(littleEndian: UInt32(isInside ? remaining : 0))
        buffer.append(snapshot: isInside && awaitsPadLength)
        buffer.append(UInt8(isInside ? padding : 0))
        buffer.append(snapshot: isInside && isDamaged)
        buffer.append(snapshotBytes: kept.span)
        buffer.append(littleEndian: UInt32(pieces.count))
        for piece in pieces {
            buffer.append(littleEndian: UInt32(piece.start))
            piece.moment.save(to: &buffer)
        }
        buffer.append(littleEndian: block.stream)
        buffer.append(littleEndian: block.promised)
        buffer.append(snapshot: block.endsStream)
        buffer.append(snapshot: block.isDamaged)
        block.start.save(to: &buffer)
        buffer.append(snapshotBytes: blockBytes.span)
        buffer.append(littleEndian: UInt32(maximumLength))
        decoder.save(to: &buffer)
    }

    mutating func restore(from reader: inout SnapshotReader) throws(SnapshotError) {
        guard let state = HTTP2HalfState(rawValue: try reader.read(UInt8.self)) else {
            throw .invalid(offset: reader.offset)
        }
        self.state = state
        prefaceCount = Int(try reader.read(UInt8.self))
        expectsSettings = try reader.readBool()
        hasEnded = try reader.readBool()
        headerBits = UInt128(try reader.read(UInt64.self))
        headerBits |= UInt128(try reader.read(UInt64.self)) << 64
        headerCount = Int(try reader.read(UInt8.self))
        frame.length = Int(try reader.read(UInt32.self))
        frame.rawType = try reader.read(UInt8.self)
        frame.flags = try reader.read(UInt8.self)
        frame.stream = try reader.read(UInt32.self)
        frameStart = try StreamMoment(restoring: &reader)
        remaining = Int(try reader.read(UInt32.self))
        awaitsPadLength = try reader.readBool()
        padding = Int(try reader.read(UInt8.self))
        isDamaged = try reader.readBool()
        try reader.readBytes(into: &kept)
        try restorePieces(from: &reader)
        block.stream = try reader.read(UInt32.self)
        block.promised = try reader.read(UInt32.self)
        block.endsStream = try reader.readBool()
        block.isDamaged = try reader.readBool()
        block.start = try StreamMoment(restoring: &reader)
        try reader.readBytes(into: &blockBytes)
        maximumLength = Int(try reader.read(UInt32.self))
        decoder = try HPACKDecoder(restoring: &reader)
        guard isConsistent else { throw .invalid(offset: reader.offset) }
    }

    private mutating func restorePieces(from reader: inout SnapshotReader) throws(SnapshotError) {
        let count = try reader.readCount(minimumBytesEach: 37)
        pieces.removeAll()
        for index in 0..<count {
            let start = Int(try reader.read(UInt32.self))
            let isInOrder = index == 0 ? start == 0 : start >= pieces[index - 1].start
            guard isInOrder, start <= kept.count else { throw .invalid(offset: reader.offset) }
            pieces.append(HTTP2Piece(start: start, moment: try StreamMoment(restoring: &reader)))
        }
    }

    /// Whether the numbers fit together, so that no later step can trap on them.
    private var isConsistent: Bool {
        let isInside = state == .payload
        return prefaceCount <= HTTP2Connection.preface.bytes.count
            && headerCount < HTTP2FrameHeader.byteCount && (state == .header || headerCount == 0)
            && frame.length < 1 << 24 && remaining <= frame.length
            && (!isInside || remaining > 0) && frame.stream < 1 << 31
            && maximumLength < 1 << 24
            && (state == .searching ? !pieces.isEmpty || kept.count == 0 : pieces.isEmpty)
            && (state == .payload || state == .searching || kept.isEmpty)
    }
}

extension StreamMoment {
    /// Writes the moment.
    public func save(to buffer: inout ByteBuffer) {
        buffer.append(littleEndian: offset)
        buffer.append(littleEndian: timestamp.nanoseconds)
        buffer.append(snapshot: acknowledged != nil)
        buffer.append(littleEndian: acknowledged ?? 0)
        buffer.append(littleEndian: segment)
    }

    /// Reads a moment back.
    ///
    /// - Throws: `SnapshotError` when the bytes end too early.
    public init(restoring reader: inout SnapshotReader) throws(SnapshotError) {
        self.init()
        offset = try reader.read(UInt64.self)
        timestamp = Timestamp(nanoseconds: try reader.read(Int64.self))
        let isKnown = try reader.readBool()
        let acknowledged = try reader.read(UInt64.self)
        if isKnown { self.acknowledged = acknowledged }
        segment = try reader.read(UInt64.self)
    }
}
