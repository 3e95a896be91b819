// An HTTP/1 direction in a snapshot.

public import Bytes

extension HTTP1Stream {
    /// Writes the parser; between calls only.
    public func save(to buffer: inout ByteBuffer) {
        buffer.append(state.rawValue)
        buffer.append(role.rawValue)
        buffer.append(littleEndian: message)
        buffer.append(snapshot: isLocked)
        buffer.append(littleEndian: remaining)
        buffer.append(snapshotBytes: pending.span)
        buffer.append(littleEndian: UInt32(scanned))
        startMoment.save(to: &buffer)
        buffer.append(snapshot: headIsCut)
        buffer.append(stateAfterFinish.rawValue)
        buffer.append(snapshot: fallback != nil)
        buffer.append(littleEndian: fallback ?? 0)
        buffer.append(snapshot: isFirstChunk)
        buffer.append(snapshot: isGuess)
        buffer.append(littleEndian: UInt32(laterStart))
        laterMoment.save(to: &buffer)
        buffer.append(snapshot: isBehindHole)
    }

    /// Reads a parser back in place of this one.
    ///
    /// - Throws: `SnapshotError` when the bytes are no parser's; this one is of no use then.
    public mutating func restore(from reader: inout SnapshotReader) throws(SnapshotError) {
        guard let state = State(rawValue: try reader.read(UInt8.self)),
            let role = HTTP1Role(rawValue: try reader.read(UInt8.self))
        else { throw .invalid(offset: reader.offset) }
        self.state = state
        self.role = role
        message = try reader.read(Int32.self)
        isLocked = try reader.readBool()
        remaining = try reader.read(UInt64.self)
        try reader.readBytes(into: &pending)
        scanned = Int(try reader.read(UInt32.self))
        startMoment = try StreamMoment(restoring: &reader)
        headIsCut = try reader.readBool()
        guard let next = State(rawValue: try reader.read(UInt8.self)) else {
            throw .invalid(offset: reader.offset)
        }
        stateAfterFinish = next
        let hasFallback = try reader.readBool()
        let value = try reader.read(UInt64.self)
        fallback = hasFallback ? value : nil
        isFirstChunk = try reader.readBool()
        isGuess = try reader.readBool()
        laterStart = Int(try reader.read(UInt32.self))
        laterMoment = try StreamMoment(restoring: &reader)
        isBehindHole = try reader.readBool()
        guard scanned <= pending.count, laterStart <= pending.count,
            isInsideMessage == hasMessageState, message >= -1
        else {
            throw .invalid(offset: reader.offset)
        }
    }

    // Whether the state is one that has a message, or the beginning of its head.
    private var hasMessageState: Bool {
        switch state {
        case .start, .searching, .ignoring: false
        case .head, .decided, .body, .chunkLine, .chunkData, .chunkDataEnd, .chunkSearch, .trailers,
            .untilClose, .finishing:
            true
        }
    }
}
