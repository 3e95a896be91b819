// A connection in a snapshot: both halves, then the open streams in the order of their numbers,
// each with its messages. Handles are not written: a restored message gets whatever slot is free.

public import Bytes

extension HTTP2Connection {
    /// Writes the connection and the messages of its open streams; between calls only.
    public func save(to buffer: inout ByteBuffer, messages: borrowing Slab<Message>) {
        buffer.append(snapshot: hasPushes)
        halves[0].save(to: &buffer)
        halves[1].save(to: &buffer)
        lateStreams.save(to: &buffer)
        buffer.append(littleEndian: UInt32(resetStreams.count))
        for id in resetStreams { buffer.append(littleEndian: id) }
        buffer.append(littleEndian: UInt32(streams.count))
        for id in streams.sortedIDs() {
            guard let slot = streams.slot(of: id) else { continue }
            streams[slot].save(to: &buffer)
            for side in 0...1 where streams[slot][side].message >= 0 {
                messages[streams[slot][side].message].save(to: &buffer)
            }
        }
    }

    /// Reads a connection back, claiming slots for its messages.
    ///
    /// - Throws: `SnapshotError` when the bytes are no connection's; claimed slots are released.
    public init(
        restoring reader: inout SnapshotReader, messages: inout Slab<Message>,
        limits: HTTP2Limits = HTTP2Limits()
    ) throws(SnapshotError) {
        self.init(limits: limits)
        do throws(SnapshotError) {
            try restore(from: &reader, messages: &messages)
        } catch {
            for slot in 0..<streams.count {
                for side in 0...1 where streams[slot][side].message >= 0 {
                    messages.release(streams[slot][side].message)
                }
            }
            throw error
        }
    }

    private mutating func restore(
        from reader: inout SnapshotReader, messages: inout Slab<Message>
    ) throws(SnapshotError) {
        hasPushes = try reader.readBool()
        try halves[0].restore(from: &reader)
        try halves[1].restore(from: &reader)
        lateStreams = try HTTP2LateStreams(restoring: &reader)
        for _ in 0..<(try reader.readCount(minimumBytesEach: 4)) {
            resetStreams.append(try reader.read(UInt32.self))
        }
        let count = try reader.readCount(minimumBytesEach: HTTP2Stream.snapshotByteCount)
        for _ in 0..<count {
            var stream = try HTTP2Stream(restoring: &reader)
            guard streams.slot(of: stream.id) == nil else {
                throw .invalid(offset: reader.offset)
            }
            let hasMessages = [stream.request.message >= 0, stream.response.message >= 0]
            stream.request.message = -1
            stream.response.message = -1
            let slot = streams.insert(stream)
            for side in 0...1 where hasMessages[side] {
                let claim = messages.claim { Message() }
                if claim.isReused { messages[claim.handle].reset() }
                streams[slot][side].message = claim.handle
                try messages[claim.handle].restore(from: &reader)
                messageByteCount += messages[claim.handle].text.count
                messageByteCount += messages[claim.handle].body.count
            }
        }
        for id in resetStreams {
            guard let slot = streams.slot(of: id), streams[slot].resetTime != nil else {
                throw .invalid(offset: reader.offset)
            }
        }
    }
}

extension HTTP2Stream {
    /// What a stream takes in a snapshot, its messages not counted.
    static let snapshotByteCount = 76

    func save(to buffer: inout ByteBuffer) {
        buffer.append(littleEndian: id)
        buffer.append(snapshot: isHead)
        buffer.append(snapshot: isTunnel)
        buffer.append(snapshot: isPushed)
        buffer.append(snapshot: resetTime != nil)
        buffer.append(littleEndian: resetTime?.nanoseconds ?? 0)
        buffer.append(littleEndian: resetCode)
        buffer.append(littleEndian: pieceCount)
        buffer.append(littleEndian: Int64(saidByteCount))
        request.save(to: &buffer)
        response.save(to: &buffer)
    }

    init(restoring reader: inout SnapshotReader) throws(SnapshotError) {
        self.init(id: try reader.read(UInt32.self))
        guard id < 1 << 31 else { throw .invalid(offset: reader.offset) }
        isHead = try reader.readBool()
        isTunnel = try reader.readBool()
        isPushed = try reader.readBool()
        let isReset = try reader.readBool()
        let time = Timestamp(nanoseconds: try reader.read(Int64.self))
        if isReset { resetTime = time }
        resetCode = try reader.read(UInt32.self)
        pieceCount = try reader.read(UInt32.self)
        saidByteCount = Int(try reader.read(Int64.self))
        guard saidByteCount >= 0 else { throw .invalid(offset: reader.offset) }
        request = try HTTP2StreamSide(restoring: &reader)
        response = try HTTP2StreamSide(restoring: &reader)
    }
}

extension HTTP2StreamSide {
    func save(to buffer: inout ByteBuffer) {
        buffer.append(snapshot: message >= 0)
        buffer.append(littleEndian: contentLength)
        buffer.append(snapshot: hasEnded)
        buffer.append(littleEndian: lossCount)
        buffer.append(littleEndian: lossOffset)
    }

    /// Reads a side back; `message` is 0 when there is one, for the caller to replace.
    init(restoring reader: inout SnapshotReader) throws(SnapshotError) {
        message = try reader.readBool() ? 0 : -1
        contentLength = try reader.read(Int64.self)
        hasEnded = try reader.readBool()
        lossCount = try reader.read(UInt32.self)
        lossOffset = try reader.read(UInt64.self)
        guard contentLength >= -1 else { throw .invalid(offset: reader.offset) }
    }
}
