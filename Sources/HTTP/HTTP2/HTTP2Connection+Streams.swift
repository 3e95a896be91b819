// Streams: bodies, and the ways an exchange ends. RFC 9113 §5.1, §6.1, §6.4, §6.8.

import Bytes

extension HTTP2Connection {
    /// Takes DATA bytes, the pad length and the padding among them.
    mutating func takeData(
        _ chunk: Span<UInt8>, _ end: StreamMoment, _ side: Int,
        _ messages: inout Slab<Message>, _ counters: inout HTTP2Counters
    ) {
        var start = 0
        if halves[side].awaitsPadLength {
            halves[side].awaitsPadLength = false
            halves[side].padding = min(Int(chunk[0]), halves[side].remaining - 1)
            start = 1
        }
        let bodyLeft = max(halves[side].remaining - start - halves[side].padding, 0)
        let count = min(chunk.count - start, bodyLeft)
        counters.framingBytes &+= UInt64(chunk.count - count)
        guard count > 0 else { return }
        guard let slot = streams.slot(of: halves[side].frame.stream) else {
            counters.orphanBytes &+= UInt64(count)
            return
        }
        guard !streams[slot][side].hasEnded else {
            counters.orphanBytes &+= UInt64(count)
            return
        }
        if streams[slot][side].message < 0 {
            // A response whose head a gap took: its body is worth keeping.
            streams[slot][side].message = takeHeadless(side, &messages)
        }
        let handle = streams[slot][side].message
        let before = messages[handle].body.count
        messages[handle].appendBody(chunk.slice(start, count), limit: limits.bodyBytes)
        let kept = messages[handle].body.count - before
        messageByteCount += kept
        counters.bodyBytes &+= UInt64(count)
        counters.bodyCutBytes &+= UInt64(count - kept)
        messages[handle].endOffset = end.offset
        messages[handle].noteTime(end.timestamp)
        let open = end.timestamp.nanoseconds(since: messages[handle].startTime)
        if side == HTTP2Side.server, open >= HTTP2Connection.pieceGrain {
            noteOpen(halves[side].frame.stream)
        }
    }

    /// Makes a message for DATA whose head was never seen.
    private func takeHeadless(_ side: Int, _ messages: inout Slab<Message>) -> Int32 {
        let claim = messages.claim { Message() }
        if claim.isReused { messages[claim.handle].reset() }
        let start = halves[side].frameStart
        messages[claim.handle].version = .http2
        messages[claim.handle].marks.insert(.headIncomplete)
        messages[claim.handle].startOffset = start.offset
        messages[claim.handle].startTime = start.timestamp
        messages[claim.handle].acknowledged = start.acknowledged
        messages[claim.handle].startSegment = start.segment
        return claim.handle
    }

    /// Ends one message of a stream as its framing says.
    mutating func endMessage(
        _ id: UInt32, _ end: StreamMoment, _ side: Int,
        _ messages: inout Slab<Message>, _ counters: inout HTTP2Counters
    ) {
        guard let slot = streams.slot(of: id), !streams[slot][side].hasEnded else { return }
        streams[slot][side].hasEnded = true
        let state = streams[slot][side]
        if state.message >= 0 {
            messages[state.message].endOffset = end.offset
            messages[state.message].noteTime(end.timestamp)
            judge(state, &messages, &counters)
        }
        let stream = streams[slot]
        // What a gap took of the request will not come any more once the response is over.
        if stream.response.hasEnded, stream.request.hasEnded || stream.request.lossCount > 0 {
            finish(id, .finished, 0, &messages, &counters)
        }
    }

    /// Marks a message that has ended: whole, of another length than declared, or cut by a gap.
    private func judge(
        _ state: HTTP2StreamSide, _ messages: inout Slab<Message>, _ counters: inout HTTP2Counters
    ) {
        let expected = UInt64(max(state.contentLength, 0))
        let got = messages[state.message].bodyByteCount
        let isMatch = state.contentLength < 0 || expected == got
        if state.lossCount == 0 || (state.contentLength >= 0 && isMatch) {
            messages[state.message].marks.insert(.complete)
            if !isMatch {
                messages[state.message].marks.insert(.ambiguousLength)
                counters.lengthMismatches &+= 1
            }
        } else if state.lossCount == 1, state.contentLength >= 0, expected > got {
            // One gap took what content-length says is missing, at a place that is known.
            messages[state.message].insertBodyGap(expected - got, at: state.lossOffset)
            messages[state.message].marks.insert(.complete)
        } else {
            messages[state.message].marks.insert(.endedEarly)
        }
    }

    /// Ends the streams that GOAWAY says were not processed: those the other side opened, above
    /// `last`.
    mutating func refuse(
        beyond last: UInt32, _ side: Int, _ messages: inout Slab<Message>,
        _ counters: inout HTTP2Counters
    ) {
        let openers: UInt32 = side == HTTP2Side.server ? 1 : 0
        for id in streams.sortedIDs() where id > last && id & 1 == openers {
            counters.streamsRefused &+= 1
            finish(id, .refused, 0, &messages, &counters)
        }
    }

    /// Gives up the oldest streams, an eighth of them, when there is no room for another.
    mutating func makeRoom(_ messages: inout Slab<Message>, _ counters: inout HTTP2Counters) {
        guard streams.count >= max(limits.openStreams, 1) else { return }
        for id in streams.sortedIDs().prefix(streams.count / 8 + 1) {
            counters.streamsEvicted &+= 1
            finish(id, .evicted, 0, &messages, &counters)
        }
    }

    /// Closes a stream and lines its exchange up to be given out.
    mutating func finish(
        _ id: UInt32, _ ending: HTTP2Ending, _ errorCode: UInt32,
        _ messages: inout Slab<Message>, _ counters: inout HTTP2Counters
    ) {
        guard let slot = streams.slot(of: id) else { return }
        let stream = streams.remove(at: slot)
        let isReset = stream.resetTime != nil
        if isReset { resetStreams.removeAll { $0 == id } }
        if !stream.response.hasEnded { lateStreams.insert(id) }
        release(stream.request, &messages)
        release(stream.response, &messages)
        guard stream.request.message >= 0 || stream.response.message >= 0 else { return }
        finished.append(
            HTTP2Exchange(
                stream: id, request: stream.request.message, response: stream.response.message,
                ending: isReset ? .reset : ending,
                errorCode: isReset ? stream.resetCode : errorCode, isPushed: stream.isPushed,
                isTunnel: stream.isTunnel, pieceCount: stream.pieceCount,
                saidByteCount: stream.saidByteCount))
    }

    private mutating func release(_ side: HTTP2StreamSide, _ messages: inout Slab<Message>) {
        guard side.message >= 0 else { return }
        if !side.hasEnded { messages[side.message].marks.insert(.endedEarly) }
        messageByteCount -= messages[side.message].text.count + messages[side.message].body.count
    }
}

extension Message {
    /// Notes `count` missing body bytes at a place inside the body seen so far.
    mutating func insertBodyGap(_ count: UInt64, at offset: UInt64) {
        var place = gaps.count
        while place > 0, gaps[place - 1].offset >= offset { place -= 1 }
        for index in place..<gaps.count { gaps[index].offset &+= count }
        gaps.insert(BodyGap(offset: offset, count: count), at: place)
        bodyByteCount &+= count
    }
}
