// Responses that do not end: event streams and the like are written in pieces, so that what came is
// reported while it still matters, and memory stays bounded.

import Bytes
import HTTP

extension CallAssembler {
    /// Writes what a long-open response has brought so far, if it is time to.
    ///
    /// - Parameters:
    ///   - message: The response whose body is being read.
    ///   - moment: Of the bytes that come next.
    mutating func cutIfLong(
        _ message: Int32, _ handle: Int32, adding byteCount: Int, at moment: StreamMoment
    ) {
        guard messages[message].status >= 200, messages[message].bodyByteCount > 0 else { return }
        let open = moment.timestamp.nanoseconds(since: messages[message].startTime)
        let isFull =
            messages[message].body.count + byteCount > limits.bodyBytes
            && messages[message].firstValue("content-encoding") == nil
        guard isFull || open >= options.pieceNanoseconds else { return }
        if open < options.openResponseNanoseconds, !isEventStream(message) { return }
        guard
            let index = connections[handle].exchanges.firstIndex(where: { $0.response == message })
        else { return }
        writePart(handle, index, moment)
    }

    /// The same for the streams of an HTTP/2 connection.
    mutating func cutLongStreams(_ handle: Int32, _ moment: StreamMoment) {
        let slot = connections[handle].extra
        for open in http2[slot].takeOpenExchanges()
        where isLong(open.response, at: moment.timestamp) {
            var exchange = Exchange()
            exchange.request = open.request
            exchange.response = open.response
            var facts = facts(exchange, handle, stream: open.stream)
            facts.goOn(pieces: open.pieceCount, said: open.saidByteCount)
            writer.write(facts, messages: &messages, to: &output, counters: &counters)
            let before = http2[slot].heldByteCount
            http2[slot].endPiece(
                open.stream, isKept: messages[open.response].firstValue("content-encoding") != nil,
                saidByteCount: writer.decodedResponseByteCount, at: moment.timestamp,
                messages: &messages)
            heldByteCount += http2[slot].heldByteCount - before
        }
    }

    // A body that will not fit is written before the rest comes, if it is one without an end.
    func isLong(_ message: Int32, at time: Timestamp) -> Bool {
        let open = time.nanoseconds(since: messages[message].startTime)
        if open >= options.openResponseNanoseconds { return true }
        guard isEventStream(message) else { return false }
        let isFilling =
            messages[message].body.count > limits.bodyBytes / 2
            && messages[message].firstValue("content-encoding") == nil
        return open >= options.pieceNanoseconds || isFilling
    }

    // WHATWG HTML §9.2; the others are what servers push frames and lines with.
    func isEventStream(_ message: Int32) -> Bool {
        guard let value = messages[message].firstValue("content-type") else { return false }
        let type = messages[message].span(value)
        return type.startsIgnoringCase("text/event-stream")
            || type.startsIgnoringCase("multipart/x-mixed-replace")
            || type.startsIgnoringCase("application/x-ndjson")
            || type.startsIgnoringCase("application/stream+json")
            || type.startsIgnoringCase("application/grpc")
    }

    mutating func writePart(_ handle: Int32, _ index: Int, _ moment: StreamMoment) {
        var exchange = connections[handle].exchanges[index]
        let message = exchange.response
        var facts = facts(exchange, handle, stream: 0)
        facts.goOn(exchange)
        writer.write(facts, messages: &messages, to: &output, counters: &counters)
        exchange.pieceCount += 1
        if messages[message].firstValue("content-encoding") == nil {
            heldByteCount -= messages[message].body.count
            messages[message].body.removeAll()
            messages[message].marks.subtract([.bodyCut, .bodyClosed])
        } else {
            // A later part cannot be decoded without what was before it.
            exchange.saidByteCount = writer.decodedResponseByteCount
        }
        connections[handle].exchanges[index] = exchange
        messages[message].bodyByteCount = 0
        messages[message].gaps.removeAll(keepingCapacity: true)
        messages[message].startTime = moment.timestamp
    }
}

extension Span where Element == UInt8 {
    /// Whether the bytes begin with `text`, lower-case ASCII, but for case.
    func startsIgnoringCase(_ text: StaticString) -> Bool {
        count >= text.utf8CodeUnitCount && slice(0, text.utf8CodeUnitCount).equalsIgnoringCase(text)
    }
}
