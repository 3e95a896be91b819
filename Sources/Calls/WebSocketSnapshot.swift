// A WebSocket conversation in a snapshot.

import Bytes
import Compression
import HTTP

extension WebSocketConversation {
    func save(to buffer: inout ByteBuffer) {
        buffer.append(littleEndian: request)
        buffer.append(littleEndian: response)
        buffer.append(littleEndian: pieceCount)
        parsers[0].save(to: &buffer)
        parsers[1].save(to: &buffer)
        piece.save(to: &buffer)
    }

    /// Reads a conversation back in place of this one, whose limits are set.
    mutating func restore(
        from reader: inout SnapshotReader, messagesBelow limit: Int
    ) throws(SnapshotError) {
        request = try reader.read(Int32.self)
        response = try reader.read(Int32.self)
        guard min(request, response) >= 0, max(request, response) < limit, request != response
        else { throw .invalid(offset: reader.offset) }
        pieceCount = try reader.read(UInt32.self)
        for side in 0..<2 {
            let limits = parsers[side].limits
            parsers[side] = try WebSocketParser(restoring: &reader, limits: limits)
        }
        try piece.restore(from: &reader)
    }
}

extension WebSocketPiece {
    func save(to buffer: inout ByteBuffer) {
        buffer.append(snapshot: deflate != nil)
        let deflate = deflate ?? PerMessageDeflate()
        buffer.append(snapshot: deflate.hasServerNoContextTakeover)
        buffer.append(snapshot: deflate.hasClientNoContextTakeover)
        buffer.append(UInt8(deflate.serverMaxWindowBits))
        buffer.append(UInt8(deflate.clientMaxWindowBits))
        for side in 0..<2 {
            buffer.append(snapshotBytes: texts[side].span)
            tallies[side].save(to: &buffer)
            buffer.append(littleEndian: UInt32(gaps[side].count))
            for gap in gaps[side] {
                buffer.append(littleEndian: gap.offset)
                buffer.append(littleEndian: gap.count)
            }
            buffer.append(littleEndian: underWay[side])
            buffer.append(snapshot: isContextLost[side])
            buffer.append(snapshot: inflaters[side] != nil)
            inflaters[side]?.save(to: &buffer)
        }
    }

    mutating func restore(from reader: inout SnapshotReader) throws(SnapshotError) {
        let isDeflating = try reader.readBool()
        var deflate = PerMessageDeflate()
        deflate.hasServerNoContextTakeover = try reader.readBool()
        deflate.hasClientNoContextTakeover = try reader.readBool()
        deflate.serverMaxWindowBits = Int(try reader.read(UInt8.self))
        deflate.clientMaxWindowBits = Int(try reader.read(UInt8.self))
        self.deflate = isDeflating ? deflate : nil
        for side in 0..<2 {
            try reader.readBytes(into: &texts[side])
            tallies[side] = try WebSocketTally(restoring: &reader)
            gaps[side] = []
            for _ in 0..<(try reader.readCount(minimumBytesEach: 16)) {
                let offset = try reader.read(UInt64.self)
                gaps[side].append(
                    BodyGap(offset: offset, count: try reader.read(UInt64.self)))
            }
            underWay[side] = try reader.read(UInt64.self)
            isContextLost[side] = try reader.readBool()
            guard try reader.readBool() else { continue }
            let bits = side == 0 ? deflate.clientMaxWindowBits : deflate.serverMaxWindowBits
            inflaters[side] = try RawInflater(restoring: &reader, windowBits: bits)
        }
    }
}

extension WebSocketTally {
    func save(to buffer: inout ByteBuffer) {
        buffer.append(littleEndian: UInt32(messageCount))
        buffer.append(littleEndian: payloadByteCount)
        start.save(to: &buffer)
        buffer.append(littleEndian: endOffset)
        buffer.append(littleEndian: endTime.nanoseconds)
        buffer.append(snapshot: isCut)
        buffer.append(snapshot: isPartial)
    }

    init(restoring reader: inout SnapshotReader) throws(SnapshotError) {
        self.init()
        messageCount = Int(try reader.read(UInt32.self))
        payloadByteCount = try reader.read(UInt64.self)
        start = try StreamMoment(restoring: &reader)
        endOffset = try reader.read(UInt64.self)
        endTime = Timestamp(nanoseconds: try reader.read(Int64.self))
        isCut = try reader.readBool()
        isPartial = try reader.readBool()
    }
}
