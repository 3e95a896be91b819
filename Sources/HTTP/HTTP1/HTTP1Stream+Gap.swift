// Holes. Inside a body a hole costs its bytes and nothing else: lengths skip over it. Over a head
// it costs that message, and the stream looks for the next start line.

public import Bytes

extension HTTP1Stream {
    /// The longest run looked through for a chunk-size line before it counts as body, in bytes.
    static let chunkSearchBytes = 64 * 1024

    /// `count` bytes are missing here.
    ///
    /// - Returns: An event as `next` gives; call `next` (with no bytes) until `.needMore` after it.
    public mutating func gap(
        _ count: UInt64, at moment: StreamMoment, messages: inout Slab<Message>,
        limits: HTTP1Limits, counters: inout HTTP1Counters
    ) -> HTTP1Event {
        guard count > 0 else { return .needMore }
        defer { isBehindHole = state == .searching || state == .decided }
        switch state {
        case .start, .searching, .ignoring:
            counters.framingGapBytes &+= count
            if state == .start { state = .searching }
            return .needMore
        case .head:
            counters.framingGapBytes &+= count
            return cutHead(&messages, limits, &counters)
        case .body:
            return gapInBody(count, moment, &messages, &counters)
        case .untilClose:
            noteGap(count, moment, &messages, &counters)
            return .needMore
        case .chunkData where count <= remaining:
            noteGap(count, moment, &messages, &counters)
            remaining -= count
            if remaining == 0 { state = .chunkDataEnd }
            return .needMore
        case .chunkData, .chunkLine, .chunkDataEnd, .chunkSearch:
            // Chunk framing is gone with the bytes: how much of the hole was body is unknown, so
            // all of it is declared as body.
            pending.removeAll()
            noteGap(count, moment, &messages, &counters)
            state = .chunkSearch
            return .needMore
        case .trailers:
            counters.framingGapBytes &+= count
            messages[message].marks.formUnion([.endedEarly])
            finish(then: .searching)
            return giveOut(messages: &messages, complete: false)
        case .decided, .finishing:
            // The caller drains events before it reports a hole.
            stateAfterFinish = .searching
            return giveOut(messages: &messages, complete: true)
        }
    }

    mutating func gapInBody(
        _ count: UInt64, _ moment: StreamMoment, _ messages: inout Slab<Message>,
        _ counters: inout HTTP1Counters
    ) -> HTTP1Event {
        let inside = min(count, remaining)
        noteGap(inside, moment, &messages, &counters)
        remaining -= inside
        if remaining > 0 { return .needMore }
        counters.framingGapBytes &+= count - inside
        finish(then: count > inside ? .searching : .start)
        return giveOut(messages: &messages, complete: true)
    }

    mutating func noteGap(
        _ count: UInt64, _ moment: StreamMoment, _ messages: inout Slab<Message>,
        _ counters: inout HTTP1Counters
    ) {
        messages[message].appendBodyGap(count)
        messages[message].endOffset = moment.offset &+ count
        counters.bodyGapBytes &+= count
    }

    // Behind a hole that swallowed chunk framing: the next `CRLF size CRLF` is taken for a chunk
    // line.
    mutating func searchChunk(
        _ bytes: Span<UInt8>, _ consumed: inout Int, _ messages: inout Slab<Message>,
        _ limits: HTTP1Limits, _ counters: inout HTTP1Counters
    ) {
        // The hole may have swallowed the end of the message as well.
        if mayEndInHole, role != .unknown,
            case .line = evidence(bytes.from(consumed), isBehindHole: false)
        {
            HTTP1Stream.keep(pending.span, in: message, &messages, limits, &counters)
            pending.removeAll()
            messages[message].marks.insert(.endedEarly)
            finish(then: .start)
            return
        }
        let old = pending.count
        let taken = min(bytes.count - consumed, HTTP1Stream.chunkSearchBytes)
        pending.append(bytes.slice(consumed, taken))
        guard let place = HTTP1Stream.findChunkLine(pending.span) else {
            consumed += taken
            if pending.count > HTTP1Stream.chunkSearchBytes {
                let given = pending.count - 16
                HTTP1Stream.keep(
                    pending.span(from: 0, count: given), in: message, &messages, limits, &counters)
                pending.removeFirst(given)
            }
            return
        }
        HTTP1Stream.keep(
            pending.span(from: 0, count: place), in: message, &messages, limits, &counters)
        // Go on behind the CRLF that ended the chunk before; it may lie in what was pending.
        let resume = place + 2 - old
        guard resume >= 0 else {
            consumed += taken
            pending.removeFirst(place + 2)
            let tail = ByteBuffer(pending.span)
            pending.removeAll()
            state = .chunkLine
            var used = 0
            while used < tail.count, state == .chunkLine {
                readChunkLine(tail.span, &used, &messages, limits, &counters)
            }
            // The size line was whole in what was searched; its data follows in the next bytes.
            consumed -= min(tail.count - used, taken)
            return
        }
        consumed += resume
        pending.removeAll()
        state = .chunkLine
    }

    static func findChunkLine(_ bytes: Span<UInt8>) -> Int? {
        var offset = 0
        while let carriageReturn = Scan.firstIndex(of: 0x0D, in: bytes, from: offset) {
            offset = carriageReturn + 1
            var place = carriageReturn + 2
            guard place < bytes.count else { return nil }
            guard bytes[carriageReturn + 1] == 0x0A else { continue }
            var digits = 0
            while place < bytes.count, bytes[place].hexDigitValue != nil, digits <= 8 {
                place += 1
                digits += 1
            }
            guard place + 1 < bytes.count else { return nil }
            if digits > 0, digits <= 8, bytes[place] == 0x0D, bytes[place + 1] == 0x0A {
                return carriageReturn
            }
        }
        return nil
    }
}
