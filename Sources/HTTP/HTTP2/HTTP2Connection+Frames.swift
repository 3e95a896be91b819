// Frames: headers read, payloads streamed or kept, and what each type means. RFC 9113 §6.

import Bytes

extension HTTP2Connection {
    mutating func readPreface(
        _ bytes: Span<UInt8>, _ side: Int, _ messages: borrowing Slab<Message>,
        _ counters: inout HTTP2Counters
    ) -> Int {
        let preface = HTTP2Connection.preface.bytes
        var count = 0
        while count < bytes.count, halves[side].prefaceCount < preface.count {
            guard bytes[count] == preface[halves[side].prefaceCount] else {
                loseSync(side, messages, &counters)
                return count
            }
            halves[side].prefaceCount += 1
            count += 1
        }
        if halves[side].prefaceCount == preface.count { halves[side].state = .header }
        counters.framingBytes &+= UInt64(count)
        return count
    }

    mutating func readHeader(
        _ bytes: Span<UInt8>, _ moment: StreamMoment, _ side: Int,
        _ messages: inout Slab<Message>, _ counters: inout HTTP2Counters
    ) -> Int {
        var count = HTTP2FrameHeader.byteCount
        let header: HTTP2FrameHeader
        if halves[side].headerCount == 0 { halves[side].frameStart = moment }
        if halves[side].headerCount == 0, bytes.count >= HTTP2FrameHeader.byteCount {
            header = HTTP2FrameHeader(bytes, at: 0)
        } else {
            count = min(HTTP2FrameHeader.byteCount - halves[side].headerCount, bytes.count)
            for index in 0..<count {
                halves[side].headerBits = halves[side].headerBits << 8 | UInt128(bytes[index])
            }
            halves[side].headerCount += count
            guard halves[side].headerCount == HTTP2FrameHeader.byteCount else { return count }
            header = HTTP2FrameHeader(bits: halves[side].headerBits)
            halves[side].headerCount = 0
            halves[side].headerBits = 0
        }
        guard header.isSound, !halves[side].expectsSettings || header.type == .settings else {
            counters.malformedFrames &+= 1
            counters.skippedBytes &+= UInt64(HTTP2FrameHeader.byteCount)
            loseSync(side, messages, &counters)
            return count
        }
        counters.frames &+= 1
        counters.framingBytes &+= UInt64(HTTP2FrameHeader.byteCount)
        beginFrame(header, side, &counters)
        if header.length == 0 {
            endFrame(Span(), moment.advanced(by: count), side, &messages, &counters)
        }
        return count
    }

    private mutating func beginFrame(
        _ header: HTTP2FrameHeader, _ side: Int, _ counters: inout HTTP2Counters
    ) {
        halves[side].state = .payload
        halves[side].expectsSettings = false
        halves[side].frame = header
        halves[side].remaining = header.length
        halves[side].isDamaged = false
        halves[side].padding = 0
        halves[side].awaitsPadLength = header.type == .data && header.has(HTTP2FrameHeader.padded)
        if header.type == nil { counters.unknownFrames &+= 1 }
        let isContinuation = header.type == .continuation
        if halves[side].block.stream != 0,
            !isContinuation || header.stream != halves[side].block.stream
        {
            // Only CONTINUATION may follow (§6.10): the block will never be whole.
            counters.malformedFrames &+= 1
            counters.blocksDamaged &+= 1
            halves[side].block = HTTP2Block()
            halves[side].blockBytes.removeAll()
            halves[side].decoder.forget()
        }
    }

    mutating func readPayload(
        _ bytes: Span<UInt8>, _ moment: StreamMoment, _ side: Int,
        _ messages: inout Slab<Message>, _ counters: inout HTTP2Counters
    ) -> Int {
        let count = min(bytes.count, halves[side].remaining)
        let chunk = bytes.slice(0, count)
        let end = moment.advanced(by: count)
        if halves[side].frame.type == .data {
            takeData(chunk, end, side, &messages, &counters)
            halves[side].remaining -= count
            if halves[side].remaining == 0 { endFrame(Span(), end, side, &messages, &counters) }
            return count
        }
        counters.framingBytes &+= UInt64(count)
        halves[side].remaining -= count
        let limit = halves[side].frame.keptByteCount(blockLimit: limits.blockBytes)
        if count == halves[side].frame.length {
            // The whole payload is here: no copy.
            halves[side].isDamaged = count > limit
            endFrame(chunk.slice(0, min(count, limit)), end, side, &messages, &counters)
            return count
        }
        if limit > 0 { halves[side].keep(chunk, limit: limit) }
        if halves[side].remaining == 0 { endKeptFrame(end, side, &messages, &counters) }
        return count
    }

    /// Ends a frame whose payload was kept piece by piece.
    mutating func endKeptFrame(
        _ end: StreamMoment, _ side: Int, _ messages: inout Slab<Message>,
        _ counters: inout HTTP2Counters
    ) {
        var payload = ByteBuffer()
        swap(&payload, &halves[side].kept)
        endFrame(payload.span, end, side, &messages, &counters)
        payload.removeAll()
        payload.trim(toCapacity: HTTP2Half.keptCapacity)
        swap(&payload, &halves[side].kept)
    }

    /// Acts on a frame that is over.
    ///
    /// - Parameters:
    ///   - payload: The payload, or its beginning when the direction's `isDamaged` is set.
    ///   - end: The moment behind its last byte.
    private mutating func endFrame(
        _ payload: Span<UInt8>, _ end: StreamMoment, _ side: Int,
        _ messages: inout Slab<Message>, _ counters: inout HTTP2Counters
    ) {
        let frame = halves[side].frame
        halves[side].state = .header
        guard let type = frame.type else { return }
        switch type {
        case .data:
            if frame.has(HTTP2FrameHeader.endStream) {
                endMessage(frame.stream, end, side, &messages, &counters)
            }
        case .headers, .pushPromise: beginBlock(payload, end, side, &messages, &counters)
        case .continuation: continueBlock(payload, end, side, &messages, &counters)
        case .resetStream:
            let code = payload.count >= 4 ? payload.bigEndian(UInt32.self, at: 0) : 0
            reset(frame.stream, errorCode: code, side, end, &messages, &counters)
        case .settings:
            if !frame.has(HTTP2FrameHeader.acknowledgement) { apply(settings: payload, from: side) }
        case .goAway:
            guard payload.count >= 4 else { return }
            let last = payload.bigEndian(UInt32.self, at: 0) & 0x7FFF_FFFF
            refuse(beyond: last, side, &messages, &counters)
        case .priority, .ping, .windowUpdate: break
        }
    }

    /// Applies SETTINGS to the direction that must obey them, the opposite one (§6.5.2).
    mutating func apply(settings payload: Span<UInt8>, from side: Int) {
        var offset = 0
        while payload.count - offset >= 6 {
            let value = Int(payload.bigEndian(UInt32.self, at: offset + 2))
            switch payload.bigEndian(UInt16.self, at: offset) {
            case 1: halves[1 - side].decoder.announce(tableByteCount: value)
            case 5 where value >= HTTP2FrameHeader.defaultMaximumLength && value < 1 << 24:
                halves[1 - side].maximumLength = max(halves[1 - side].maximumLength, value)
            default: break
            }
            offset += 6
        }
    }
}
