// Missing bytes, and the end of a direction or of the connection.

public import Bytes

extension HTTP2Connection {
    /// Takes note that `count` bytes of a direction were never seen, and will not be.
    ///
    /// - Parameter moment: Where the first of them would have stood.
    public mutating func gap<Events: HTTP2EventSink & ~Copyable>(
        _ count: UInt64, at moment: StreamMoment, fromClient: Bool,
        messages: inout Slab<Message>, counters: inout HTTP2Counters, events: inout Events
    ) {
        let side = fromClient ? HTTP2Side.client : HTTP2Side.server
        guard count > 0 else { return }
        switch halves[side].state {
        case .payload where count <= UInt64(halves[side].remaining):
            gapInPayload(Int(count), moment, side, &messages, &counters)
        case .preface
        where count <= UInt64(HTTP2Connection.preface.bytes.count - halves[side].prefaceCount):
            halves[side].prefaceCount += Int(count)
            counters.framingGapBytes &+= count
            if halves[side].prefaceCount == HTTP2Connection.preface.bytes.count {
                halves[side].state = .header
            }
        case .searching:
            counters.framingGapBytes &+= count
            counters.skippedBytes &+= UInt64(halves[side].kept.count)
            halves[side].loseSync()
            noteLoss(side, messages)
        case .payload:
            let rest = halves[side].remaining
            if rest > 0 { gapInPayload(rest, moment, side, &messages, &counters) }
            counters.framingGapBytes &+= count - UInt64(rest)
            loseSync(side, messages, &counters)
        case .preface, .header:
            counters.framingGapBytes &+= count
            loseSync(side, messages, &counters)
        }
        giveOut(&messages, &counters, &events)
    }

    /// Takes note that a direction is over: FIN or RST.
    ///
    /// Without the server's side no response can come, so that all exchanges end.
    public mutating func end<Events: HTTP2EventSink & ~Copyable>(
        fromClient: Bool, messages: inout Slab<Message>, counters: inout HTTP2Counters,
        events: inout Events
    ) {
        let side = fromClient ? HTTP2Side.client : HTTP2Side.server
        halves[side].hasEnded = true
        dropPartial(side, &counters)
        if !fromClient || halves[HTTP2Side.server].hasEnded {
            finishAll(&messages, &counters)
        } else {
            for id in streams.sortedIDs() {
                guard let slot = streams.slot(of: id), !streams[slot].request.hasEnded else {
                    continue
                }
                let request = streams[slot].request.message
                if request >= 0 { messages[request].marks.insert(.endedEarly) }
                streams[slot].request.hasEnded = true
                if streams[slot].response.hasEnded {
                    finish(id, .connectionEnded, 0, &messages, &counters)
                }
            }
        }
        giveOut(&messages, &counters, &events)
    }

    /// Ends all exchanges: the connection is over, or given up.
    public mutating func close<Events: HTTP2EventSink & ~Copyable>(
        messages: inout Slab<Message>, counters: inout HTTP2Counters, events: inout Events
    ) {
        dropPartial(HTTP2Side.client, &counters)
        dropPartial(HTTP2Side.server, &counters)
        finishAll(&messages, &counters)
        giveOut(&messages, &counters, &events)
    }

    /// Loses the place in a direction: bytes are missing, or make no sense.
    mutating func loseSync(
        _ side: Int, _ messages: borrowing Slab<Message>, _ counters: inout HTTP2Counters
    ) {
        counters.syncsLost &+= 1
        counters.skippedBytes &+= UInt64(halves[side].headerCount)
        halves[side].loseSync()
        noteLoss(side, messages)
    }

    /// Passes over missing bytes inside the frame being read.
    private mutating func gapInPayload(
        _ count: Int, _ moment: StreamMoment, _ side: Int,
        _ messages: inout Slab<Message>, _ counters: inout HTTP2Counters
    ) {
        let end = moment.advanced(by: count)
        if halves[side].frame.type == .data {
            gapInData(count, side, &messages, &counters)
        } else {
            counters.framingGapBytes &+= UInt64(count)
            halves[side].isDamaged = true
        }
        halves[side].remaining -= count
        if halves[side].remaining == 0 { endKeptFrame(end, side, &messages, &counters) }
    }

    private mutating func gapInData(
        _ count: Int, _ side: Int, _ messages: inout Slab<Message>, _ counters: inout HTTP2Counters
    ) {
        var missing = count
        if halves[side].awaitsPadLength {
            // How much is padding is lost with it: all is taken for body.
            halves[side].awaitsPadLength = false
            missing -= 1
            counters.framingGapBytes &+= 1
        }
        let inBody = min(missing, max(halves[side].remaining - halves[side].padding, 0))
        counters.framingGapBytes &+= UInt64(missing - inBody)
        counters.bodyGapBytes &+= UInt64(inBody)
        guard let slot = streams.slot(of: halves[side].frame.stream) else { return }
        let state = streams[slot][side]
        guard state.message >= 0, !state.hasEnded else { return }
        messages[state.message].appendBodyGap(UInt64(inBody))
    }

    /// Notes for every message under way that DATA of it may be missing.
    private mutating func noteLoss(_ side: Int, _ messages: borrowing Slab<Message>) {
        for slot in 0..<streams.count {
            let state = streams[slot][side]
            guard state.message >= 0, !state.hasEnded else { continue }
            let place = messages[state.message].bodyByteCount
            // Gaps with no body byte between them are one.
            if state.lossCount > 0, state.lossOffset == place { continue }
            if state.lossCount == 0 { streams[slot][side].lossOffset = place }
            streams[slot][side].lossCount &+= 1
        }
    }

    /// Counts what was held of an unfinished frame or of a search.
    private mutating func dropPartial(_ side: Int, _ counters: inout HTTP2Counters) {
        counters.skippedBytes &+= UInt64(halves[side].headerCount)
        halves[side].headerCount = 0
        halves[side].headerBits = 0
        if halves[side].state == .searching {
            counters.skippedBytes &+= UInt64(halves[side].kept.count)
        }
        halves[side].kept.removeAll()
        halves[side].pieces.removeAll()
    }

    private mutating func finishAll(
        _ messages: inout Slab<Message>, _ counters: inout HTTP2Counters
    ) {
        for id in streams.sortedIDs() {
            counters.streamsCutShort &+= 1
            finish(id, .connectionEnded, 0, &messages, &counters)
        }
    }
}
