// Bodies: by length, chunked, until close. RFC 9112 §6 and §7.

import Bytes

extension HTTP1Stream {
    // Static, since the bytes may be this parser's own `pending`.
    static func keep(
        _ bytes: Span<UInt8>, in message: Int32, _ messages: inout Slab<Message>,
        _ limits: HTTP1Limits, _ counters: inout HTTP1Counters
    ) {
        let kept = messages[message].body.count
        messages[message].appendBody(bytes, limit: limits.bodyBytes)
        let cut = bytes.count - (messages[message].body.count - kept)
        counters.bodyBytes &+= UInt64(bytes.count)
        counters.bodyCutBytes &+= UInt64(cut)
    }

    mutating func readBody(
        _ bytes: Span<UInt8>, _ consumed: inout Int, _ messages: inout Slab<Message>,
        _ limits: HTTP1Limits, _ counters: inout HTTP1Counters
    ) {
        let available = bytes.count - consumed
        let count = remaining < UInt64(available) ? Int(remaining) : available
        HTTP1Stream.keep(
            bytes.slice(consumed, count), in: message, &messages, limits, &counters)
        consumed += count
        remaining -= UInt64(count)
        if remaining == 0 { finish(then: .start) }
    }

    // chunk-size [ chunk-ext ] CRLF
    mutating func readChunkLine(
        _ bytes: Span<UInt8>, _ consumed: inout Int, _ messages: inout Slab<Message>,
        _ limits: HTTP1Limits, _ counters: inout HTTP1Counters
    ) {
        guard let lineFeed = Scan.firstIndex(of: 0x0A, in: bytes, from: consumed) else {
            pending.append(bytes.from(consumed))
            consumed = bytes.count
            if isFirstChunk, !HTTP1Stream.mayBeChunkLine(pending.span) {
                leaveChunks(&messages, limits, &counters)
            } else if pending.count > limits.chunkLineBytes {
                breakChunks(&messages, &counters)
            }
            return
        }
        let piece = bytes.slice(consumed, lineFeed + 1 - consumed)
        if isFirstChunk, pending.isEmpty, HTTP1Stream.chunkSize(piece) == nil {
            leaveChunks(&messages, limits, &counters)
            return
        }
        consumed = lineFeed + 1
        counters.framingBytes &+= UInt64(piece.count)
        let size: UInt64?
        if pending.isEmpty {
            size = HTTP1Stream.chunkSize(piece)
        } else {
            counters.framingBytes &+= UInt64(pending.count)
            pending.append(piece)
            size = HTTP1Stream.chunkSize(pending.span)
            pending.removeAll()
        }
        guard let size else {
            breakChunks(&messages, &counters)
            return
        }
        isFirstChunk = false
        remaining = size
        scanned = 0
        state = size == 0 ? .trailers : .chunkData
    }

    // The fields said chunked, the body is not: what else the head says of the length counts.
    mutating func leaveChunks(
        _ messages: inout Slab<Message>, _ limits: HTTP1Limits, _ counters: inout HTTP1Counters
    ) {
        counters.chunksMalformed &+= 1
        messages[message].marks.remove(.chunked)
        messages[message].marks.insert(.ambiguousLength)
        isFirstChunk = false
        let kept = ByteBuffer(pending.span)
        pending.removeAll()
        if let fallback {
            remaining = fallback
            state = .body
            if remaining == 0 { finish(then: .searching) }
        } else {
            messages[message].marks.insert(.untilClose)
            state = .untilClose
        }
        var used = 0
        if state == .untilClose {
            HTTP1Stream.keep(kept.span, in: message, &messages, limits, &counters)
        } else if state == .body {
            readBody(kept.span, &used, &messages, limits, &counters)
        }
    }

    static func mayBeChunkLine(_ line: Span<UInt8>) -> Bool {
        var offset = 0
        while offset < line.count, isChunkBlank(line[offset]) { offset += 1 }
        guard offset < line.count else { return line.count < 64 }
        return line[offset].hexDigitValue != nil
    }

    static func isChunkBlank(_ byte: UInt8) -> Bool {
        HeadParser.isBlank(byte) || byte == 0x0B || byte == 0x0C
    }

    /// The number at the start of a chunk-size line, nil when there is none or it is absurd.
    static func chunkSize(_ line: Span<UInt8>) -> UInt64? {
        var offset = 0
        while offset < line.count, isChunkBlank(line[offset]) { offset += 1 }
        var size: UInt64 = 0
        var digits = 0
        while offset < line.count, let digit = line[offset].hexDigitValue {
            guard size < 1 << 56 else { return nil }
            size = size << 4 | UInt64(digit)
            digits += 1
            offset += 1
        }
        guard digits > 0, offset < line.count else { return nil }
        let next = line[offset]
        return next == 0x3B || next == 0x0A || isChunkBlank(next) ? size : nil
    }

    mutating func readChunkData(
        _ bytes: Span<UInt8>, _ consumed: inout Int, _ messages: inout Slab<Message>,
        _ limits: HTTP1Limits, _ counters: inout HTTP1Counters
    ) {
        let available = bytes.count - consumed
        let count = remaining < UInt64(available) ? Int(remaining) : available
        HTTP1Stream.keep(
            bytes.slice(consumed, count), in: message, &messages, limits, &counters)
        consumed += count
        remaining -= UInt64(count)
        if remaining == 0 { state = .chunkDataEnd }
    }

    mutating func readChunkDataEnd(
        _ bytes: Span<UInt8>, _ consumed: inout Int, _ messages: inout Slab<Message>,
        _ counters: inout HTTP1Counters
    ) {
        while consumed < bytes.count {
            switch bytes[consumed] {
            case 0x0D:
                consumed += 1
                counters.framingBytes &+= 1
            case 0x0A:
                consumed += 1
                counters.framingBytes &+= 1
                state = .chunkLine
                return
            default:
                breakChunks(&messages, &counters)
                return
            }
        }
    }

    // trailer-section CRLF, line by line: it is over at the first empty one.
    mutating func readTrailers(
        _ bytes: Span<UInt8>, _ consumed: inout Int, _ messages: inout Slab<Message>,
        _ limits: HTTP1Limits, _ counters: inout HTTP1Counters
    ) {
        while consumed < bytes.count {
            let lineFeed = Scan.firstIndex(of: 0x0A, in: bytes, from: consumed)
            let end = lineFeed.map { $0 + 1 } ?? bytes.count
            pending.append(bytes.slice(consumed, end - consumed))
            counters.framingBytes &+= UInt64(end - consumed)
            consumed = end
            guard pending.count <= limits.trailerBytes else {
                messages[message].marks.formUnion([.malformed, .endedEarly])
                finish(then: .searching)
                return
            }
            guard lineFeed != nil else { return }
            let length = pending.count - scanned
            let isEmpty = length == 1 || (length == 2 && pending[scanned] == 0x0D)
            scanned = pending.count
            if isEmpty {
                if pending.count > 2 {
                    HeadParser.parseTrailers(
                        pending.span, into: &messages[message], limits: limits,
                        counters: &counters)
                }
                finish(then: .start)
                return
            }
        }
    }

    // The framing is broken: the body ends here, and what follows is searched.
    mutating func breakChunks(
        _ messages: inout Slab<Message>, _ counters: inout HTTP1Counters
    ) {
        counters.chunksMalformed &+= 1
        counters.skippedBytes &+= UInt64(pending.count)
        messages[message].marks.formUnion([.malformed, .endedEarly])
        finish(then: .searching)
    }
}
