// A piece of a WebSocket conversation on its way to a record: the messages of both directions, each
// direction as the text of a JSON array. RFC 6455 §5, RFC 7692 §7.
//
// `[{"time":"<epoch ns>","type":"text","text":"…"},{"time":…,"type":"binary","base64":"…"}]`;
// beside them `code` of a close, `missing` bytes, `truncated` and `compressed` (could not be
// inflated) where they apply. docs/RECORD_FORMAT.md.

import Bytes
import Compression
import HTTP

/// Takes messages until it is full.
struct WebSocketPiece: ~Copyable {
    /// Whose messages come now: 0 the client's, 1 the server's.
    var side = 0
    /// The limit of a message's text and of a piece's payload, in bytes.
    var byteLimit = 1 << 20
    /// The limit of messages.
    var messageLimit = 1000
    /// What becomes of payloads that are no text.
    var binaryBodies = BinaryBodies.base64
    /// What was agreed on compression.
    var deflate: PerMessageDeflate?

    var texts: InlineArray<2, ByteBuffer> = InlineArray { _ in ByteBuffer() }
    var tallies: InlineArray<2, WebSocketTally> = InlineArray(repeating: WebSocketTally())
    /// Missing payload bytes, counted from the piece's beginning.
    var gaps: InlineArray<2, [BodyGap]> = InlineArray(repeating: [])
    /// Payload bytes of the message that is not whole yet.
    var underWay: InlineArray<2, UInt64> = InlineArray(repeating: 0)
    /// Where a direction's deflate context is kept; made with its first compressed message.
    var inflaters: InlineArray<2, RawInflater?> = InlineArray { _ in nil }
    /// Whether a direction's context is lost with a message that was not whole.
    var isContextLost: InlineArray<2, Bool> = InlineArray(repeating: false)
    var decoded = ByteBuffer()
    /// Messages that could not be inflated, for the counter.
    var undecodable: UInt64 = 0

    /// About what zlib keeps for a direction, in bytes.
    static let inflaterBytes = 48 << 10
    /// The most memory kept for texts between pieces, in bytes each.
    static let keptCapacity = 16 << 10

    /// Bytes held.
    var heldByteCount: Int {
        var count = texts[0].count + texts[1].count
        if inflaters[0] != nil { count += WebSocketPiece.inflaterBytes }
        if inflaters[1] != nil { count += WebSocketPiece.inflaterBytes }
        return count
    }

    /// Messages of both directions.
    var messageCount: Int { tallies[0].messageCount + tallies[1].messageCount }

    /// Whether there is nothing to say.
    var isEmpty: Bool { messageCount == 0 && gaps[0].isEmpty && gaps[1].isEmpty }

    /// Whether a limit is reached.
    var isFull: Bool {
        messageCount >= messageLimit
            || tallies[0].payloadByteCount &+ tallies[1].payloadByteCount >= UInt64(byteLimit)
            || texts[0].count + texts[1].count >= 2 * byteLimit
    }

    /// The moment of the earliest message.
    var start: StreamMoment {
        guard tallies[0].messageCount > 0 else { return tallies[1].start }
        guard tallies[1].messageCount > 0 else { return tallies[0].start }
        return tallies[1].start.timestamp < tallies[0].start.timestamp
            ? tallies[1].start : tallies[0].start
    }

    /// Whether the earliest message is older than `age` nanoseconds at `time`.
    func isOlder(than age: Int64, at time: Timestamp) -> Bool {
        messageCount > 0 && time.nanoseconds(since: start.timestamp) >= age
    }

    /// Notes missing payload bytes of the side at work.
    mutating func noteGap(_ count: UInt64, isInsideMessage: Bool) {
        guard count > 0 else { return }
        let offset = tallies[side].payloadByteCount &+ underWay[side]
        if let last = gaps[side].last, last.offset &+ last.count == offset {
            gaps[side][gaps[side].count - 1].count &+= count
        } else {
            gaps[side].append(BodyGap(offset: offset, count: count))
        }
        tallies[side].isPartial = true
        if isInsideMessage {
            underWay[side] &+= count
        } else {
            tallies[side].payloadByteCount &+= count
        }
    }

    /// Begins the next piece; what belongs to a message under way stays.
    mutating func clear() {
        for side in 0..<2 {
            let end = tallies[side].payloadByteCount
            texts[side].removeAll()
            texts[side].trim(toCapacity: WebSocketPiece.keptCapacity)
            tallies[side] = WebSocketTally()
            var later: [BodyGap] = []
            for gap in gaps[side] where gap.offset >= end {
                later.append(BodyGap(offset: gap.offset - end, count: gap.count))
            }
            gaps[side] = later
        }
    }
}

extension WebSocketPiece: WebSocketEventSink {
    mutating func webSocketMessage(_ message: WebSocketMessage, bytes: Span<UInt8>) {
        switch message.opcode {
        case .text, .binary, .unknown: underWay[side] = 0
        case .close, .ping, .pong: underWay[side] -= min(underWay[side], message.wireByteCount)
        }
        tallies[side].add(message)
        guard message.isCompressed else {
            WebSocketPiece.append(
                message, bytes, isReadable: true, isCut: message.isCut, binaryBodies,
                to: &texts[side])
            return
        }
        let outcome = inflate(message, bytes)
        if outcome == .damaged {
            undecodable &+= 1
            tallies[side].isPartial = true
            WebSocketPiece.append(
                message, bytes, isReadable: false, isCut: message.isCut, binaryBodies,
                to: &texts[side])
            return
        }
        if outcome == .cut { tallies[side].isCut = true }
        WebSocketPiece.append(
            message, decoded, isCut: outcome == .cut, binaryBodies, to: &texts[side])
        decoded.removeAll()
        decoded.trim(toCapacity: WebSocketPiece.keptCapacity)
    }

    // Into `decoded`. A message that is not whole takes the context with it, unless there is none.
    mutating func inflate(_ message: WebSocketMessage, _ bytes: Span<UInt8>) -> InflatedMessage {
        guard let deflate else { return .damaged }
        let isFresh =
            side == 0 ? deflate.hasClientNoContextTakeover : deflate.hasServerNoContextTakeover
        let isWhole = message.missingByteCount == 0 && !message.isCut && !message.isEndedEarly
        if !isWhole, !isFresh { isContextLost[side] = true }
        guard isWhole, !isContextLost[side] else { return .damaged }
        if inflaters[side] == nil {
            let bits = side == 0 ? deflate.clientMaxWindowBits : deflate.serverMaxWindowBits
            inflaters[side] = RawInflater(windowBits: bits)
        }
        if isFresh { inflaters[side]?.reset() }
        decoded.removeAll()
        return inflaters[side]?.inflateMessage(bytes, limit: byteLimit, into: &decoded) ?? .damaged
    }
}
