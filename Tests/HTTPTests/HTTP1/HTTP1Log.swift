// Runs one direction through the parser and writes down what came out.

import Bytes
import HTTP

/// A parser with its messages, and the log of its events.
struct HTTP1Log: ~Copyable {
    var stream = HTTP1Stream()
    var messages = Slab<Message>()
    var counters = HTTP1Counters()
    var limits = HTTP1Limits()
    /// What each response in turn answers.
    var requestKinds: [RequestKind] = []
    var offset: UInt64 = 0
    var lines: [String] = []

    mutating func feed(_ bytes: Span<UInt8>) {
        var consumed = 0
        let moment = StreamMoment(offset: offset)
        while true {
            let event = stream.next(
                bytes, consumed: &consumed, at: moment, messages: &messages, limits: limits,
                counters: &counters)
            if !take(event) { break }
        }
        offset += UInt64(bytes.count)
    }

    mutating func gap(_ count: UInt64) {
        let event = stream.gap(
            count, at: StreamMoment(offset: offset), messages: &messages, limits: limits,
            counters: &counters)
        offset += count
        settle(event)
    }

    mutating func end(isOrderly: Bool = true) {
        let event = stream.end(
            isOrderly: isOrderly, messages: &messages, limits: limits, counters: &counters)
        settle(event)
    }

    mutating func settle(_ event: HTTP1Event) {
        if take(event) {
            let nothing: [UInt8] = []
            feed(nothing.span)
        }
    }

    mutating func take(_ event: HTTP1Event) -> Bool {
        switch event {
        case .needMore: return false
        case .notHTTP:
            lines.append("not HTTP")
            stream.search()
            return true
        case .head(let handle):
            logHead(handle)
            let framing: BodyFraming
            if messages[handle].status == 0 {
                framing = BodyFraming.ofRequest(&messages[handle], counters: &counters)
            } else {
                let kind = requestKinds.isEmpty ? RequestKind.ordinary : requestKinds.removeFirst()
                framing = BodyFraming.ofResponse(
                    &messages[handle], to: kind, counters: &counters)
            }
            stream.begin(framing, messages: &messages)
            return true
        case .finished(let handle):
            logEnd(handle)
            messages.release(handle)
            return true
        }
    }

    func text(_ handle: Int32, _ range: TextRange) -> String {
        String(decoding: messages[handle].span(range))
    }

    mutating func logHead(_ handle: Int32) {
        let start = messages[handle].startOffset
        if messages[handle].status == 0 {
            let method = text(handle, messages[handle].method)
            lines.append("@\(start) \(method) \(text(handle, messages[handle].target))")
        } else {
            lines.append("@\(start) \(messages[handle].status)")
        }
        for field in messages[handle].fields {
            lines.append("  \(text(handle, field.name)): \(text(handle, field.value))")
        }
    }

    mutating func logEnd(_ handle: Int32) {
        let body = String(decoding: messages[handle].body.span)
        var line = "end \(messages[handle].bodyByteCount) [\(body)]"
        if messages[handle].marks.contains(.complete) { line += " complete" }
        if messages[handle].marks.contains(.endedEarly) { line += " early" }
        if messages[handle].marks.contains(.malformed) { line += " malformed" }
        if messages[handle].marks.contains(.ambiguousLength) { line += " ambiguous" }
        if messages[handle].marks.contains(.headIncomplete) { line += " head-incomplete" }
        for gap in messages[handle].gaps { line += " gap \(gap.offset)+\(gap.count)" }
        lines.append(line)
        for field in messages[handle].trailers {
            lines.append("  trailer \(text(handle, field.name)): \(text(handle, field.value))")
        }
    }
}

/// The log of a stream delivered in the given pieces.
func log(
    _ pieces: [[UInt8]], answers: [RequestKind] = [], ends: Bool = true
) -> [String] {
    var log = HTTP1Log()
    log.requestKinds = answers
    for piece in pieces { log.feed(piece.span) }
    if ends { log.end() }
    return log.lines
}

/// The log of a stream delivered at once.
func log(_ text: String, answers: [RequestKind] = []) -> [String] {
    log([Array(text.utf8)], answers: answers)
}
