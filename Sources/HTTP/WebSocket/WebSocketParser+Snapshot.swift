// A WebSocket direction in a snapshot.

public import Bytes

extension WebSocketParser {
    /// Writes the parser.
    public func save(to buffer: inout ByteBuffer) {
        buffer.append(state.rawValue)
        buffer.append(UInt8(headerCount))
        for index in 0..<headerCount { buffer.append(header[index]) }
        let isBusy = state == .payload || headerCount > 0
        (isBusy ? frameStart : StreamMoment()).save(to: &buffer)
        let isInside = state == .payload
        buffer.append(snapshot: isInside && isFinal)
        buffer.append(snapshot: isInside && isControl)
        buffer.append(littleEndian: isInside ? remaining : 0)
        buffer.append(littleEndian: isInside ? mask : 0)
        buffer.append(littleEndian: isInside ? maskPlace : 0)
        buffer.append(snapshot: hasMessage)
        if hasMessage {
            message.save(to: &buffer)
            buffer.append(snapshotBytes: bytes.span)
        }
        if isInside, isControl {
            control.save(to: &buffer)
            buffer.append(snapshotBytes: controlBytes.span)
        }
    }

    /// Reads a parser back.
    ///
    /// - Throws: `SnapshotError` when the bytes are no parser's.
    public init(
        restoring reader: inout SnapshotReader, limits: WebSocketLimits = WebSocketLimits()
    ) throws(SnapshotError) {
        self.init(limits: limits)
        guard let state = State(rawValue: try reader.read(UInt8.self)) else {
            throw .invalid(offset: reader.offset)
        }
        self.state = state
        headerCount = Int(try reader.read(UInt8.self))
        guard headerCount < WebSocketParser.longestHeader else {
            throw .invalid(offset: reader.offset)
        }
        for index in 0..<headerCount { header[index] = try reader.read(UInt8.self) }
        frameStart = try StreamMoment(restoring: &reader)
        isFinal = try reader.readBool()
        isControl = try reader.readBool()
        remaining = try reader.read(UInt64.self)
        mask = try reader.read(UInt32.self)
        maskPlace = try reader.read(UInt64.self)
        hasMessage = try reader.readBool()
        if hasMessage {
            message = try WebSocketMessage(restoring: &reader)
            try reader.readBytes(into: &bytes)
        }
        if state == .payload, isControl {
            control = try WebSocketMessage(restoring: &reader)
            try reader.readBytes(into: &controlBytes)
        }
        let isInside = state == .payload
        let isHeaderUnfinished = headerCount < 2 || headerCount < headerLength
        guard isInside == (remaining > 0), isInside ? isControl || hasMessage : true,
            headerCount == 0 || (state == .header && isHeaderUnfinished)
        else { throw .invalid(offset: reader.offset) }
    }
}

extension WebSocketMessage {
    func save(to buffer: inout ByteBuffer) {
        buffer.append(opcode.rawValue)
        buffer.append(littleEndian: wireByteCount)
        buffer.append(littleEndian: missingByteCount)
        buffer.append(snapshot: isCompressed)
        buffer.append(snapshot: isCut)
        start.save(to: &buffer)
        buffer.append(littleEndian: endOffset)
        buffer.append(littleEndian: endTime.nanoseconds)
    }

    init(restoring reader: inout SnapshotReader) throws(SnapshotError) {
        guard let opcode = WebSocketOpcode(rawValue: try reader.read(UInt8.self)) else {
            throw .invalid(offset: reader.offset)
        }
        let wireByteCount = try reader.read(UInt64.self)
        let missingByteCount = try reader.read(UInt64.self)
        let isCompressed = try reader.readBool()
        let isCut = try reader.readBool()
        self.init(
            opcode: opcode, isCompressed: isCompressed, start: try StreamMoment(restoring: &reader))
        self.wireByteCount = wireByteCount
        self.missingByteCount = missingByteCount
        self.isCut = isCut
        endOffset = try reader.read(UInt64.self)
        endTime = Timestamp(nanoseconds: try reader.read(Int64.self))
    }
}
