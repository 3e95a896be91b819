// One direction of a WebSocket connection: frames in, messages out. RFC 6455 §5; RFC 7692 §6.
//
// A hole inside a payload costs its bytes. A hole over a frame header loses the direction for good:
// nothing in a WebSocket stream tells where a frame begins.

import Bytes

/// The parser of one direction.
public struct WebSocketParser: ~Copyable {
    enum State: UInt8 {
        case header, payload, lost
    }

    /// The longest frame header: two bytes, a 64-bit length, a mask.
    static let longestHeader = 14
    /// The most bytes of a control frame (§5.5).
    static let longestControlPayload = 125
    /// The most memory kept between messages, in bytes.
    static let keptCapacity = 16 * 1024

    /// The limits it keeps.
    public var limits: WebSocketLimits
    var state = State.header
    var header: InlineArray<14, UInt8> = .init(repeating: 0)
    var headerCount = 0
    var frameStart = StreamMoment()
    var isFinal = false
    var isControl = false
    var remaining: UInt64 = 0
    /// The mask, its bytes in wire order from the most significant; 0 for unmasked frames.
    var mask: UInt32 = 0
    var maskPlace: UInt64 = 0
    /// The message under way, if `hasMessage`; control frames may come between its fragments.
    var message: WebSocketMessage
    var hasMessage = false
    var bytes = ByteBuffer()
    var control: WebSocketMessage
    var controlBytes = ByteBuffer()

    /// Creates a parser at the first byte behind the upgrade.
    public init(limits: WebSocketLimits = WebSocketLimits()) {
        self.limits = limits
        message = WebSocketMessage(opcode: .unknown, isCompressed: false, start: StreamMoment())
        control = message
    }

    /// Bytes held.
    public var heldByteCount: Int { bytes.count + controlBytes.count }

    /// Whether a hole over a frame header has ended all reading.
    public var isLost: Bool { state == .lost }

    /// Takes the next bytes of the direction.
    public mutating func receive<Events: WebSocketEventSink & ~Copyable>(
        _ input: Span<UInt8>, at moment: StreamMoment, counters: inout WebSocketCounters,
        events: inout Events
    ) {
        var offset = 0
        while offset < input.count {
            switch state {
            case .header:
                offset += readHeader(
                    input.from(offset), moment.advanced(by: offset), &counters, &events)
            case .payload:
                let count = Int(min(UInt64(input.count - offset), remaining))
                take(input.slice(offset, count), &counters)
                offset += count
                remaining -= UInt64(count)
                if remaining == 0 { endFrame(moment.advanced(by: offset), &counters, &events) }
            case .lost:
                counters.skippedBytes &+= UInt64(input.count - offset)
                return
            }
        }
        if hasMessage, offset > 0 { noteEnd(moment.advanced(by: offset)) }
    }

    /// Takes note that `count` bytes were never seen, and will not be.
    public mutating func gap<Events: WebSocketEventSink & ~Copyable>(
        _ count: UInt64, at moment: StreamMoment, counters: inout WebSocketCounters,
        events: inout Events
    ) {
        guard count > 0 else { return }
        if state == .payload, count <= remaining {
            counters.payloadGapBytes &+= count
            skip(count)
            if remaining == 0 {
                var end = moment
                end.offset &+= count
                endFrame(end, &counters, &events)
            }
            return
        }
        counters.framingGapBytes &+= count
        if state == .lost { return }
        counters.directionsLost &+= 1
        cutShort(&counters, &events)
        state = .lost
    }

    /// Takes note that the direction is over.
    public mutating func end<Events: WebSocketEventSink & ~Copyable>(
        counters: inout WebSocketCounters, events: inout Events
    ) {
        cutShort(&counters, &events)
        state = .lost
    }

    /// Gives out what is under way as ended early.
    private mutating func cutShort<Events: WebSocketEventSink & ~Copyable>(
        _ counters: inout WebSocketCounters, _ events: inout Events
    ) {
        if state == .payload, isControl {
            counters.messagesCutShort &+= 1
            control.isEndedEarly = true
            WebSocketParser.give(control, &controlBytes, &events)
        }
        if hasMessage {
            counters.messagesCutShort &+= 1
            message.isEndedEarly = true
            hasMessage = false
            WebSocketParser.give(message, &bytes, &events)
        }
    }

    private static func give<Events: WebSocketEventSink & ~Copyable>(
        _ message: WebSocketMessage, _ bytes: inout ByteBuffer, _ events: inout Events
    ) {
        events.webSocketMessage(message, bytes: bytes.span)
        bytes.removeAll()
        bytes.trim(toCapacity: WebSocketParser.keptCapacity)
    }
}

extension WebSocketParser {
    private mutating func readHeader<Events: WebSocketEventSink & ~Copyable>(
        _ input: Span<UInt8>, _ moment: StreamMoment, _ counters: inout WebSocketCounters,
        _ events: inout Events
    ) -> Int {
        if headerCount == 0 { frameStart = moment }
        var count = 0
        while count < input.count {
            header[headerCount] = input[count]
            headerCount += 1
            count += 1
            guard headerCount >= 2, headerCount == headerLength else { continue }
            headerCount = 0
            counters.framingBytes &+= UInt64(count)
            beginFrame(&counters)
            if remaining == 0 { endFrame(moment.advanced(by: count), &counters, &events) }
            return count
        }
        counters.framingBytes &+= UInt64(count)
        return count
    }

    /// The header's length as its second byte says.
    var headerLength: Int {
        let short = header[1] & 0x7F
        return 2 + (short == 126 ? 2 : short == 127 ? 8 : 0) + (header[1] & 0x80 != 0 ? 4 : 0)
    }

    private mutating func beginFrame(_ counters: inout WebSocketCounters) {
        counters.frames &+= 1
        let short = header[1] & 0x7F
        var place = 2
        remaining = UInt64(short)
        if short >= 126 {
            remaining = 0
            let width = short == 126 ? 2 : 8
            for _ in 0..<width {
                remaining = remaining << 8 | UInt64(header[place])
                place += 1
            }
        }
        if remaining >> 63 != 0 { counters.malformedFrames &+= 1 }
        mask = 0
        maskPlace = 0
        if header[1] & 0x80 != 0 {
            for _ in 0..<4 {
                mask = mask << 8 | UInt32(header[place])
                place += 1
            }
        }
        state = .payload
        isFinal = header[0] & 0x80 != 0
        let raw = header[0] & 0x0F
        let isCompressed = header[0] & 0x40 != 0
        if header[0] & 0x30 != 0 { counters.malformedFrames &+= 1 }
        let opcode = WebSocketOpcode(rawValue: raw) ?? .unknown
        isControl = raw >= 8
        if isControl {
            if !isFinal || remaining > UInt64(WebSocketParser.longestControlPayload) {
                counters.malformedFrames &+= 1
            }
            control = WebSocketMessage(
                opcode: opcode, isCompressed: isCompressed, start: frameStart)
            return
        }
        // A continuation goes on with the message; a new message before the old one's end replaces
        // nothing: both are joined, as no receiver could tell them apart any more.
        if raw == 0 ? !hasMessage : hasMessage { counters.malformedFrames &+= 1 }
        if !hasMessage {
            message = WebSocketMessage(
                opcode: opcode, isCompressed: isCompressed, start: frameStart)
            hasMessage = true
        }
    }

    /// Unmasks and keeps payload bytes.
    private mutating func take(_ chunk: Span<UInt8>, _ counters: inout WebSocketCounters) {
        counters.payloadBytes &+= UInt64(chunk.count)
        let place = maskPlace
        maskPlace &+= UInt64(chunk.count)
        if isControl {
            control.wireByteCount &+= UInt64(chunk.count)
            let room = max(WebSocketParser.longestControlPayload - controlBytes.count, 0)
            if chunk.count > room {
                control.isCut = true
                counters.cutBytes &+= UInt64(chunk.count - room)
            }
            controlBytes.append(
                chunk.slice(0, min(room, chunk.count)), unmaskedBy: mask, from: place)
            return
        }
        message.wireByteCount &+= UInt64(chunk.count)
        let room = max(limits.messageBytes - bytes.count, 0)
        if chunk.count > room {
            message.isCut = true
            counters.cutBytes &+= UInt64(chunk.count - room)
        }
        bytes.append(chunk.slice(0, min(room, chunk.count)), unmaskedBy: mask, from: place)
    }

    /// Passes over missing payload bytes.
    private mutating func skip(_ count: UInt64) {
        remaining -= count
        maskPlace &+= count
        if isControl {
            control.missingByteCount &+= count
            control.wireByteCount &+= count
        } else {
            message.missingByteCount &+= count
            message.wireByteCount &+= count
        }
    }

    private mutating func noteEnd(_ end: StreamMoment) {
        message.endOffset = end.offset
        message.endTime = end.timestamp
    }

    private mutating func endFrame<Events: WebSocketEventSink & ~Copyable>(
        _ end: StreamMoment, _ counters: inout WebSocketCounters, _ events: inout Events
    ) {
        state = .header
        if isControl {
            isControl = false
            counters.controlFrames &+= 1
            control.endOffset = end.offset
            control.endTime = end.timestamp
            WebSocketParser.give(control, &controlBytes, &events)
            return
        }
        noteEnd(end)
        guard isFinal else { return }
        hasMessage = false
        counters.messages &+= 1
        WebSocketParser.give(message, &bytes, &events)
    }
}
