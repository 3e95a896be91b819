// A connection in a snapshot: both halves, then the open streams in the order of their numbers.
//
// Messages are named by their handles: whoever owns the slab saves the messages, and may hand other
// handles in afterwards (`renameMessages`). Derived numbers are not written but found again.

public import Bytes

extension HTTP2Connection {
    /// Writes the connection; between calls only.
    public func save(to buffer: inout ByteBuffer) {
        buffer.append(snapshot: hasPushes)
        halves[0].save(to: &buffer)
        halves[1].save(to: &buffer)
        lateStreams.save(to: &buffer)
        buffer.append(littleEndian: UInt32(streams.count))
        for id in streams.sortedIDs() {
            guard let slot = streams.slot(of: id) else { continue }
            streams[slot].save(to: &buffer)
        }
    }

    /// Reads a connection back.
    ///
    /// - Parameter messages: Holds the messages under the handles they were saved with; a handle
    ///   that it does not hold is an error.
    /// - Throws: `SnapshotError` when the bytes are no connection's.
    public init(
        restoring reader: inout SnapshotReader, messages: borrowing Slab<Message>,
        limits: HTTP2Limits = HTTP2Limits()
    ) throws(SnapshotError) {
        self.init(limits: limits)
        hasPushes = try reader.readBool()
        try halves[0].restore(from: &reader)
        try halves[1].restore(from: &reader)
        lateStreams = try HTTP2LateStreams(restoring: &reader)
        let count = try reader.readCount(minimumBytesEach: 57)
        for _ in 0..<count {
            let stream = try HTTP2Stream(restoring: &reader)
            guard streams.slot(of: stream.id) == nil else {
                throw .invalid(offset: reader.offset)
            }
            for side in 0...1 where stream[side].message >= 0 {
                let handle = stream[side].message
                guard Int(handle) < messages.highWater else {
                    throw .invalid(offset: reader.offset)
                }
                messageByteCount += messages[handle].text.count + messages[handle].body.count
            }
            _ = streams.insert(stream)
        }
    }

    /// Gives every message of an open stream another handle: streams in the order of their numbers,
    /// requests before responses.
    ///
    /// The messages themselves must be the same: only where they live changes.
    public mutating func renameMessages(_ newHandle: (_ handle: Int32) -> Int32) {
        for id in streams.sortedIDs() {
            guard let slot = streams.slot(of: id) else { continue }
            for side in 0...1 where streams[slot][side].message >= 0 {
                streams[slot][side].message = newHandle(streams[slot][side].message)
            }
        }
    }

    /// Calls `body` with the handle of every message of an open stream, in the order of
    /// `renameMessages`.
    public func forEachMessage(_ body: (_ handle: Int32) -> Void) {
        for id in streams.sortedIDs() {
            guard let slot = streams.slot(of: id) else { continue }
            for side in 0...1 where streams[slot][side].message >= 0 {
                body(streams[slot][side].message)
            }
        }
    }
}

extension HTTP2Stream {
    func save(to buffer: inout ByteBuffer) {
        buffer.append(littleEndian: id)
        buffer.append(snapshot: isHead)
        buffer.append(snapshot: isTunnel)
        buffer.append(snapshot: isPushed)
        request.save(to: &buffer)
        response.save(to: &buffer)
    }

    init(restoring reader: inout SnapshotReader) throws(SnapshotError) {
        self.init(id: try reader.read(UInt32.self))
        guard id < 1 << 31 else { throw .invalid(offset: reader.offset) }
        isHead = try reader.readBool()
        isTunnel = try reader.readBool()
        isPushed = try reader.readBool()
        request = try HTTP2StreamSide(restoring: &reader)
        response = try HTTP2StreamSide(restoring: &reader)
    }
}

extension HTTP2StreamSide {
    func save(to buffer: inout ByteBuffer) {
        buffer.append(littleEndian: message)
        buffer.append(littleEndian: contentLength)
        buffer.append(snapshot: hasEnded)
        buffer.append(littleEndian: lossCount)
        buffer.append(littleEndian: lossOffset)
    }

    init(restoring reader: inout SnapshotReader) throws(SnapshotError) {
        message = try reader.read(Int32.self)
        contentLength = try reader.read(Int64.self)
        hasEnded = try reader.readBool()
        lossCount = try reader.read(UInt32.self)
        lossOffset = try reader.read(UInt64.self)
        guard message >= -1, contentLength >= -1 else { throw .invalid(offset: reader.offset) }
    }
}
