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

    // The same while the stream is lost, where a line of a body may look like a start line.
    func evidence(_ bytes: Span<UInt8>, isBehindHole: Bool) -> StartLine.Verdict {
        StartLine.confirm(verdict(bytes), in: bytes, isAnyMethod: !isBehindHole)
    }

    // What is pending, as strictly as where it was found demands.
    func pendingVerdict(from start: Int) -> StartLine.Verdict {
        let bytes = pending.span(from: start, count: pending.count - start)
        guard isGuess else { return verdict(bytes) }
        return evidence(bytes, isBehindHole: isBehindHole && start == 0)
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
            let isLost = state == .searching
            switch isLost ? evidence(rest, isBehindHole: isBehindHole) : verdict(rest) {
            case .line(let line):
                noteLock(&counters)
                isBehindHole = false
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
                guard !isLost || rest.count <= HTTP1Stream.longestTentativeLine else {
                    return skipLine(bytes, &consumed, &counters)
                }
                keepHead(rest, here)
                isGuess = isLost
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
        isBehindHole = false
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
        _ bytes: Span<UInt8>, _ consumed: inout Int, _ moment: StreamMoment,
        _ messages: inout Slab<Message>, _ limits: HTTP1Limits, _ counters: inout HTTP1Counters
    ) -> HTTP1Event? {
        let old = pending.count
        var border = moment
        border.offset &+= UInt64(consumed)
        pending.append(bytes.from(consumed))
        let appended = bytes.count - consumed
        consumed = bytes.count
        return examineHead(
            appended, packetBorder: old, border, &consumed, &messages, limits, &counters)
    }

    // `appended` bytes at the end of what is pending have just come: what of them lies behind the
    // head is handed back.
    mutating func examineHead(
        _ appended: Int, packetBorder: Int, _ border: StreamMoment, _ consumed: inout Int,
        _ messages: inout Slab<Message>, _ limits: HTTP1Limits, _ counters: inout HTTP1Counters
    ) -> HTTP1Event? {
        if isGuess || !isLocked, preferLaterStart(packetBorder, border, &counters) {
            return examineHead(
                min(appended, pending.count), packetBorder: pending.count, border, &consumed,
                &messages, limits, &counters)
        }
        switch pendingVerdict(from: 0) {
        case .needMore:
            let isOver =
                isGuess ? pending.count > HTTP1Stream.longestTentativeLine : overLimit(limits)
            return isOver ? giveUpHead(&counters) : .needMore
        case .neither:
            return retryHead(
                appended, packetBorder: packetBorder, border, &consumed, &messages, limits,
                &counters)
        case .line(let line):
            // Which of two beginnings it is, the next bytes tell.
            if laterStart > 0, !line.isCommon(in: pending.span), !overLimit(limits) {
                return .needMore
            }
            noteLock(&counters)
            isGuess = false
            laterStart = 0
            isBehindHole = false
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

    // A guess, or the first line of a connection that may have been picked up inside a body, may
    // have begun before the head. Where a packet begins that is a start line by itself, it is that,
    // unless the longer line is beyond doubt.
    mutating func preferLaterStart(
        _ packetBorder: Int, _ border: StreamMoment, _ counters: inout HTTP1Counters
    ) -> Bool {
        if laterStart > 0, laterVerdict(laterStart) == .neither { laterStart = 0 }
        if laterStart == 0, packetBorder > 0, packetBorder < pending.count,
            StartLine.mayBeCommon(pending.span.from(packetBorder)),
            laterVerdict(packetBorder) != .neither
        {
            laterStart = packetBorder
            laterMoment = border
        }
        guard laterStart > 0, case .line(let line) = laterVerdict(laterStart),
            line.isCommon(in: pending.span.from(laterStart))
        else { return false }
        if case .line(let line) = pendingVerdict(from: 0), line.isCommon(in: pending.span) {
            return false
        }
        counters.skippedBytes &+= UInt64(laterStart)
        startMoment = laterMoment
        pending.removeFirst(laterStart)
        laterStart = 0
        isBehindHole = false
        scanned = 0
        return true
    }

    func laterVerdict(_ start: Int) -> StartLine.Verdict {
        evidence(
            pending.span(from: start, count: pending.count - start), isBehindHole: false)
    }

    // What looked like a beginning was none: perhaps a later line in it is, or the latest packet.
    mutating func retryHead(
        _ appended: Int, packetBorder: Int, _ border: StreamMoment, _ consumed: inout Int,
        _ messages: inout Slab<Message>, _ limits: HTTP1Limits, _ counters: inout HTTP1Counters
    ) -> HTTP1Event? {
        var start = pending.count
        isGuess = true
        if isPlausible(from: packetBorder) { start = packetBorder }
        if laterStart > 0, isPlausible(from: laterStart) { start = min(start, laterStart) }
        var candidate = 0
        while let lineFeed = Scan.firstIndex(of: 0x0A, in: pending.span, from: candidate) {
            candidate = lineFeed + 1
            guard candidate < start else { break }
            if isPlausible(from: candidate) { start = candidate }
        }
        guard start > 0, start < pending.count else { return giveUpHead(&counters) }
        counters.skippedBytes &+= UInt64(start)
        if start >= packetBorder {
            startMoment = border
            startMoment.offset &+= UInt64(start - packetBorder)
        } else if laterStart > 0, start >= laterStart {
            startMoment = laterMoment
            startMoment.offset &+= UInt64(start - laterStart)
        } else {
            startMoment.offset &+= UInt64(start)
        }
        pending.removeFirst(start)
        laterStart = 0
        isBehindHole = false
        scanned = 0
        return examineHead(
            min(appended, pending.count), packetBorder: pending.count, border, &consumed, &messages,
            limits, &counters)
    }

    func isPlausible(from start: Int) -> Bool {
        start < pending.count && pendingVerdict(from: start) != .neither
    }

    mutating func giveUpHead(_ counters: inout HTTP1Counters) -> HTTP1Event? {
        counters.skippedBytes &+= UInt64(pending.count)
        pending.removeAll()
        isGuess = false
        laterStart = 0
        isBehindHole = false
        scanned = 0
        state = .searching
        return .needMore
    }

    // A hole, an end or a limit inside a head: what is known of it is given out, framing unknown.
    mutating func cutHead(
        _ messages: inout Slab<Message>, _ limits: HTTP1Limits, _ counters: inout HTTP1Counters
    ) -> HTTP1Event {
        guard case .line(let line) = pendingVerdict(from: 0) else {
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
        laterStart = 0
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
        isGuess = false
        laterStart = 0
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
