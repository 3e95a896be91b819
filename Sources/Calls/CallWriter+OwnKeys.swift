// Times, and Earshot's own keys: what was seen, where, and what is missing. design:
// RECORD_FORMAT.md.

import Bytes
import HTTP
import Records
import Rules
import Wire

extension CallWriter {
    mutating func appendTime(_ name: StaticString, _ time: Timestamp) {
        pairs.append(name, decimal: UInt64(max(time.nanoseconds, 0)))
    }

    // now: the response's first packet; interval: from the request's first packet to it, 1 at
    // least.
    mutating func appendTimes(_ facts: CallFacts, _ messages: borrowing Slab<Message>) {
        let from = facts.response >= 0 ? facts.response : facts.request
        let now = messages[from].startTime
        pairs.append("now", decimal: UInt64(max(now.milliseconds, 0)))
        guard facts.request >= 0, facts.response >= 0 else { return }
        let waited = now.nanoseconds(since: messages[facts.request].startTime) / 1_000_000
        pairs.append("interval", decimal: UInt64(max(waited, 1)))
    }

    func identify(_ facts: CallFacts, _ messages: borrowing Slab<Message>) -> CallID {
        let first = facts.request >= 0 ? facts.request : facts.response
        return CallID(
            client: facts.client, server: facts.server, firstPacket: facts.firstPacket,
            isRequest: facts.request >= 0, stream: facts.stream,
            place: messages[first].startOffset ^ facts.nameSuffix)
    }

    // What carries content is left out when a rule removed or changed what it belongs with.
    mutating func appendOwnKeys(
        _ id: CallID, _ facts: CallFacts, _ messages: borrowing Slab<Message>,
        _ request: BodyOutcome,
        _ response: BodyOutcome, _ counters: inout CallCounters
    ) {
        appendIdentity(id, facts, messages)
        appendTimesAndSizes(facts, messages)
        appendGaps("call:request_gaps", facts.request, messages)
        appendGaps("call:response_gaps", facts.response, messages)
        if request.isBase64, !evaluator.effects.requestBodyTouched {
            pairs.append("call:request_body_encoding", literal: "base64")
        }
        if response.isBase64, !evaluator.effects.responseBodyTouched {
            pairs.append("call:response_body_encoding", literal: "base64")
        }
        if request.isCut || response.isCut {
            scratch.removeAll()
            if request.isCut { scratch.append("request_body") }
            if request.isCut, response.isCut { scratch.append(0x2C) }
            if response.isCut { scratch.append("response_body") }
            pairs.append("call:truncated", copying: scratch)
        }
        if facts.piece > 0 {
            counters.pieces &+= 1
            pairs.append("call:piece", decimal: UInt64(facts.piece))
        }
        appendTrailers(
            "request_trailer:", as: "request_header:", facts.request, .requestText, messages)
        appendTrailers(
            "response_trailer:", as: "response_header:", facts.response, .responseText, messages)
    }

    mutating func appendIdentity(
        _ id: CallID, _ facts: CallFacts, _ messages: borrowing Slab<Message>
    ) {
        let first = facts.request >= 0 ? facts.request : facts.response
        scratch.removeAll()
        id.append(to: &scratch)
        pairs.append("call:id", copying: scratch)
        if facts.request >= 0, !isHeadless(facts, messages),
            mayShowTarget(messages[facts.request].target)
        {
            let key = pairs.key("call:target")
            pairs.append(key: key, repairing: text(.requestText, messages[facts.request].target))
        }
        pairs.append("call:completeness", literal: completeness(facts, messages))
        pairs.append(
            "call:protocol",
            literal: facts.isConversation ? "websocket" : protocolName(version(facts, messages)))
        appendEndpoint("call:client", facts.client)
        appendEndpoint("call:server", facts.server)
        if let vni = facts.encapsulation.vni { pairs.append("call:vni", decimal: UInt64(vni)) }
        if let other = facts.otherEncapsulation?.vni {
            pairs.append("call:other_vni", decimal: UInt64(other))
        }
        if let lane = options.lane {
            pairs.append("call:lane", decimal: UInt64(lane))
            pairs.append("call:segment", decimal: messages[first].startSegment)
        }
    }

    mutating func appendEndpoint(_ name: StaticString, _ endpoint: Endpoint) {
        let key = pairs.key(name)
        let start = pairs.arena.count
        endpoint.append(to: &pairs.arena)
        pairs.append(key: key, value: pairs.kept(since: start))
    }

    mutating func appendTimesAndSizes(_ facts: CallFacts, _ messages: borrowing Slab<Message>) {
        if facts.request >= 0 {
            appendTime("call:request_start", messages[facts.request].startTime)
            appendTime("call:request_end", messages[facts.request].endTime)
        }
        if facts.response >= 0 {
            appendTime("call:response_start", messages[facts.response].startTime)
            appendTime("call:response_end", messages[facts.response].endTime)
        }
        if facts.request >= 0 {
            pairs.append("call:request_body_bytes", decimal: messages[facts.request].bodyByteCount)
        }
        if facts.response >= 0 {
            pairs.append(
                "call:response_body_bytes", decimal: messages[facts.response].bodyByteCount)
        }
    }

    mutating func appendGaps(
        _ name: StaticString, _ message: Int32, _ messages: borrowing Slab<Message>
    ) {
        guard message >= 0, !messages[message].gaps.isEmpty else { return }
        scratch.removeAll()
        for gap in messages[message].gaps {
            if !scratch.isEmpty { scratch.append(0x2C) }
            scratch.append(decimal: gap.offset)
            scratch.append(0x2B)
            scratch.append(decimal: gap.count)
        }
        pairs.append(name, copying: scratch)
    }

    // A trailer is judged as a header of its name.
    mutating func appendTrailers(
        _ prefix: StaticString, as header: StaticString, _ message: Int32, _ storage: PairStorage,
        _ messages: borrowing Slab<Message>
    ) {
        guard message >= 0, !messages[message].trailers.isEmpty else { return }
        let trailers = messages[message].trailers
        for field in trailers {
            let key = pairs.key(header, lowercasing: text(storage, field.name))
            if leavesUntouched(key, text(storage, field.value)) {
                appendField(prefix, field, storage)
            }
        }
    }

    // Whether the rules would leave this pair alone, had it been one. Values come from the wire:
    // patterns take well-formed UTF-8 only.
    mutating func leavesUntouched(_ key: PairText, _ value: PairText) -> Bool {
        var judged = value
        if !pairs.isValidUTF8(value) {
            let start = pairs.arena.count
            pairs.copyRepaired(value)
            judged = pairs.kept(since: start)
        }
        return CallWriter.leavesUntouched(&evaluator, pairs, key, judged)
    }

    private static func leavesUntouched(
        _ evaluator: inout RuleEvaluator, _ pairs: borrowing PairList, _ key: PairText,
        _ value: PairText
    ) -> Bool {
        !evaluator.effects.touchedHeader(pairs.span(key), in: pairs)
            && evaluator.leavesUntouched(key: pairs.span(key), value: pairs.span(value))
    }

    func isWhole(_ message: Int32, _ messages: borrowing Slab<Message>) -> Bool {
        let marks = messages[message].marks
        return marks.contains(.complete) && !marks.contains(.endedEarly)
            && !marks.contains(.headIncomplete) && messages[message].gaps.isEmpty
    }

    func isFull(_ facts: CallFacts, _ messages: borrowing Slab<Message>) -> Bool {
        (facts.piece == 0 || facts.isConversation) && isWhole(facts.request, messages)
            && isWhole(facts.response, messages)
    }

    func completeness(_ facts: CallFacts, _ messages: borrowing Slab<Message>) -> StaticString {
        if facts.response < 0 { return "request_only" }
        if facts.request < 0 { return "response_only" }
        return isFull(facts, messages) ? "full" : "partial"
    }

    // A request that upgraded to HTTP/2 is answered there.
    func version(_ facts: CallFacts, _ messages: borrowing Slab<Message>) -> HTTPVersion {
        if facts.response >= 0, messages[facts.response].version == .http2 { return .http2 }
        return messages[facts.request >= 0 ? facts.request : facts.response].version
    }

    func protocolName(_ version: HTTPVersion) -> StaticString {
        switch version {
        case .http10: "HTTP/1.0"
        case .http11: "HTTP/1.1"
        case .http2: "HTTP/2"
        }
    }

    func count(
        _ facts: CallFacts, _ messages: borrowing Slab<Message>, _ counters: inout CallCounters
    ) {
        if facts.response < 0 {
            counters.requestOnly += 1
        } else if facts.request < 0 {
            counters.responseOnly += 1
        } else if isFull(facts, messages) {
            counters.full += 1
        } else {
            counters.partial += 1
        }
    }
}
