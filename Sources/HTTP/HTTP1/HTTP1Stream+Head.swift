// Start lines and heads: from the packet in place when they are whole, through `pending` when not.

import Bytes

extension HTTP1Stream {
    func verdict(_ bytes: Span<UInt8>) -> StartLine.Verdict {
        switch role {
        case .unknown: StartLine.read(bytes)
        case .client: StartLine.readRequest(bytes)
        case .server: StartLine.readStatus(bytes)
        }
    }

    // Between messages, or lost.
    mutating func readStart(
        _ bytes: Span<UInt8>, _ consumed: inout Int, _ moment: StreamMoment,
        _ messages: inout Slab<Message>, _ limits: HTTP1Limits, _ counters: inout HTTP1Counters
    ) -> HTTP1Event? {
        if state == .start {
            // Empty lines before a start line are ignored (RFC 9112 §2.2), blanks as well.
            while consumed < bytes.count, isSkippable(bytes[consumed]) {
                consumed += 1
                counters.framingBytes &+= 1
            }
        }
        while consumed < bytes.count {
            let rest = bytes.from(consumed)
            var here = moment
            here.offset &+= UInt64(consumed)
            switch verdict(rest) {
            case .line(let line):
                noteLock(&counters)
                guard let end = HeadParser.endOfHead(in: rest, from: line.byteCount - 1) else {
                    keepHead(rest, here)
                    consumed = bytes.count
                    return overLimit(limits) ? cutHead(&messages, limits, &counters) : .needMore
                }
                claim(here, &messages)
                HeadParser.parse(
                    rest.slice(0, end), line, into: &messages[message], limits: limits,
                    counters: &counters)
                consumed += end
                closeHead(at: moment, consumed: consumed, &messages)
                state = .decided
                return .head(message)
            case .needMore:
                guard state == .start || rest.count <= HTTP1Stream.longestTentativeLine else {
                    return skipLine(bytes, &consumed, &counters)
                }
                keepHead(rest, here)
                consumed = bytes.count
                return .needMore
            case .neither:
                if state == .start, !isLocked, role == .unknown { return .notHTTP }
                state = .searching
                if let event = skipLine(bytes, &consumed, &counters) { return event }
            }
        }
        return .needMore
    }

    func isSkippable(_ byte: UInt8) -> Bool {
        byte == 0x0D || byte == 0x0A || ((byte == 0x20 || byte == 0x09) && role != .unknown)
    }

    // Lost: the next candidate is behind the next line end, or at the next packet border.
    mutating func skipLine(
        _ bytes: Span<UInt8>, _ consumed: inout Int, _ counters: inout HTTP1Counters
    ) -> HTTP1Event? {
        let before = consumed
        if isLocked || role != .unknown,
            let lineFeed = Scan.firstIndex(of: 0x0A, in: bytes, from: consumed)
        {
            consumed = lineFeed + 1
        } else {
            consumed = bytes.count
        }
        counters.skippedBytes &+= UInt64(consumed - before)
        return consumed < bytes.count ? nil : .needMore
    }

    // A head that began in an earlier packet.
    mutating func readHead(
        _ bytes: Span<UInt8>, _ consumed: inout Int, _ messages: inout Slab<Message>,
        _ limits: HTTP1Limits, _ counters: inout HTTP1Counters
    ) -> HTTP1Event? {
        let old = pending.count
        pending.append(bytes.from(consumed))
        let appended = bytes.count - consumed
        consumed = bytes.count
        return examineHead(
            appended, packetBorder: old, &consumed, &messages, limits, &counters)
    }

    // `appended` bytes at the end of what is pending have just come: what of them lies behind the
    // head is handed back.
    mutating func examineHead(
        _ appended: Int, packetBorder: Int, _ consumed: inout Int, _ messages: inout Slab<Message>,
        _ limits: HTTP1Limits, _ counters: inout HTTP1Counters
    ) -> HTTP1Event? {
        switch verdict(pending.span) {
        case .needMore:
            return overLimit(limits) ? giveUpHead(&counters) : .needMore
        case .neither:
            return retryHead(
                appended, packetBorder: packetBorder, &consumed, &messages, limits, &counters)
        case .line(let line):
            noteLock(&counters)
            let from = max(scanned, line.byteCount - 1)
            guard let end = HeadParser.endOfHead(in: pending.span, from: from) else {
                scanned = max(pending.count - 3, 0)
                return overLimit(limits) ? cutHead(&messages, limits, &counters) : .needMore
            }
            consumed -= min(pending.count - end, appended)
            claim(startMoment, &messages)
            HeadParser.parse(
                pending.span(from: 0, count: end), line, into: &messages[message], limits: limits,
                counters: &counters)
            messages[message].endOffset = startMoment.offset &+ UInt64(end)
            pending.removeAll()
            scanned = 0
            state = .decided
            return .head(message)
        }
    }

    // What looked like a beginning was none: perhaps a later line in it is, or the latest packet.
    mutating func retryHead(
        _ appended: Int, packetBorder: Int, _ consumed: inout Int, _ messages: inout Slab<Message>,
        _ limits: HTTP1Limits, _ counters: inout HTTP1Counters
    ) -> HTTP1Event? {
        var start = pending.count
        if isPlausible(from: packetBorder) { start = packetBorder }
        var candidate = 0
        while let lineFeed = Scan.firstIndex(of: 0x0A, in: pending.span, from: candidate) {
            candidate = lineFeed + 1
            guard candidate < start else { break }
            if isPlausible(from: candidate) { start = candidate }
        }
        guard start > 0, start < pending.count else { return giveUpHead(&counters) }
        counters.skippedBytes &+= UInt64(start)
        startMoment.offset &+= UInt64(start)
        pending.removeFirst(start)
        scanned = 0
        return examineHead(
            min(appended, pending.count), packetBorder: pending.count, &consumed, &messages, limits,
            &counters)
    }

    func isPlausible(from start: Int) -> Bool {
        start < pending.count
            && verdict(pending.span(from: start, count: pending.count - start)) != .neither
    }

    mutating func giveUpHead(_ counters: inout HTTP1Counters) -> HTTP1Event? {
        counters.skippedBytes &+= UInt64(pending.count)
        pending.removeAll()
        scanned = 0
        state = .searching
        return .needMore
    }

    // A hole, an end or a limit inside a head: what is known of it is given out, framing unknown.
    mutating func cutHead(
        _ messages: inout Slab<Message>, _ limits: HTTP1Limits, _ counters: inout HTTP1Counters
    ) -> HTTP1Event {
        guard case .line(let line) = verdict(pending.span) else {
            _ = giveUpHead(&counters)
            return .needMore
        }
        counters.headsLost &+= 1
        claim(startMoment, &messages)
        let wasOverLimit = pending.count > limits.headBytes
        HeadParser.parse(
            pending.span, line, into: &messages[message], limits: limits, counters: &counters)
        messages[message].endOffset = startMoment.offset &+ UInt64(pending.count)
        messages[message].marks.insert(.headIncomplete)
        if wasOverLimit {
            counters.headsCut &+= 1
            messages[message].marks.insert(.headCut)
        }
        pending.removeAll()
        scanned = 0
        headIsCut = true
        state = .decided
        return .head(message)
    }

    func overLimit(_ limits: HTTP1Limits) -> Bool { pending.count > limits.headBytes }

    mutating func keepHead(_ bytes: Span<UInt8>, _ moment: StreamMoment) {
        pending.removeAll()
        pending.append(bytes)
        startMoment = moment
        scanned = max(bytes.count - 3, 0)
        state = .head
    }

    mutating func noteLock(_ counters: inout HTTP1Counters) {
        if state == .searching, isLocked { counters.relocks &+= 1 }
        isLocked = true
    }

    mutating func claim(_ moment: StreamMoment, _ messages: inout Slab<Message>) {
        let (handle, isReused) = messages.claim { Message() }
        if isReused { messages[handle].reset() }
        message = handle
        messages[handle].startOffset = moment.offset
        messages[handle].startTime = moment.timestamp
        messages[handle].endTime = moment.timestamp
        messages[handle].acknowledged = moment.acknowledged
        messages[handle].startSegment = moment.segment
    }

    func closeHead(at moment: StreamMoment, consumed: Int, _ messages: inout Slab<Message>) {
        messages[message].endOffset = moment.offset &+ UInt64(consumed)
        messages[message].endTime = moment.timestamp
    }
}
