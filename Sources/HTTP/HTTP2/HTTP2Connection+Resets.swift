// RST_STREAM, and the response that crossed it. RFC 9113 §5.4.2, §6.4.
//
// Who resets a stream may still get what the other end had sent before. A call reset before any of
// its response is kept a moment, so that a response under way is told with its request.

import Bytes

extension HTTP2Connection {
    /// Ends a stream by RST_STREAM, at once unless its response may be under way.
    mutating func reset(
        _ id: UInt32, errorCode: UInt32, _ side: Int, _ moment: StreamMoment,
        _ messages: inout Slab<Message>, _ counters: inout HTTP2Counters
    ) {
        guard let slot = streams.slot(of: id) else { return }
        let stream = streams[slot]
        if stream.resetTime == nil { counters.streamsReset &+= 1 }
        let waits =
            side == HTTP2Side.client && stream.resetTime == nil && !stream.isPushed
            && !stream.isTunnel && stream.request.message >= 0 && stream.response.message < 0
        guard waits else {
            finish(id, .reset, errorCode, &messages, &counters)
            return
        }
        if !stream.request.hasEnded {
            messages[stream.request.message].marks.insert(.endedEarly)
            streams[slot].request.hasEnded = true
        }
        streams[slot].resetTime = moment.timestamp
        streams[slot].resetCode = errorCode
        resetStreams.append(id)
        if resetStreams.count > limits.resetStreams {
            finish(resetStreams[0], .reset, errorCode, &messages, &counters)
        }
    }

    /// Ends the streams that have waited long enough.
    mutating func expireResets(
        at time: Timestamp, _ messages: inout Slab<Message>, _ counters: inout HTTP2Counters
    ) {
        while let id = resetStreams.first, let slot = streams.slot(of: id),
            let reset = streams[slot].resetTime,
            time.nanoseconds(since: reset) > limits.resetNanoseconds
        {
            finish(id, .reset, streams[slot].resetCode, &messages, &counters)
        }
    }
}
