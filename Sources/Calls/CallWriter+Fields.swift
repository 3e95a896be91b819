// Start lines, fields and parameters as pairs.

import Bytes
import HTTP
import Records
import Rules
import Wire

extension CallWriter {
    func text(_ storage: PairStorage, _ range: TextRange) -> PairText {
        PairText(storage, Int(range.offset), Int(range.count))
    }

    mutating func appendStartPairs(
        _ facts: CallFacts, _ messages: borrowing Slab<Message>, hasRequestHead: Bool
    ) {
        if hasRequestHead {
            let method = text(.requestText, messages[facts.request].method)
            let methodKey = pairs.key("request_method")
            pairs.append(key: methodKey, repairing: method)
            let urlKey = pairs.key("request_url")
            appendURL(facts, messages)
            let url = pairs.keepRepaired(scratch, from: 0, count: scratch.count)
            pairs.append(key: urlKey, value: url)
        }
        if facts.response >= 0 {
            pairs.append("response_code", decimal: UInt64(messages[facts.response].status))
        }
    }

    // http:// + authority + path, without the query; percent-escapes stay as they were. Into
    // scratch.
    mutating func appendURL(_ facts: CallFacts, _ messages: borrowing Slab<Message>) {
        let target = text(.requestText, messages[facts.request].target)
        let parts = TargetParts(pairs.span(target))
        scratch.removeAll()
        if !parts.hasScheme {
            scratch.append("http://")
            let method = text(.requestText, messages[facts.request].method)
            if !pairs.equals(method, "CONNECT") { appendAuthority(facts, messages) }
        }
        if options.compatibility == .networkSniffer {
            appendPathAsSniffer(target, parts)
            return
        }
        appendWithoutUserInfo(target, parts, to: parts.pathEnd)
    }

    // User-info is no part of the URL that loggers see, and a secret: RFC 9110 §4.2.4. The sniffer
    // kept it; so does its mode as long as no rule changes calls.
    var keepsUserInfo: Bool {
        options.compatibility == .networkSniffer && evaluator.rules.isPassThrough
    }

    // A target up to `end`, `user:password@` left out.
    mutating func appendWithoutUserInfo(_ target: PairText, _ parts: TargetParts, to end: Int) {
        let head = PairText(.requestText, target.offset, parts.userInfo.lowerBound)
        pairs.copy(head, into: &scratch)
        let rest = parts.userInfo.upperBound
        pairs.copy(
            PairText(.requestText, target.offset + rest, max(end - rest, 0)), into: &scratch)
    }

    // Host, or what takes its place: RFC 9112 §3.3.
    mutating func appendAuthority(_ facts: CallFacts, _ messages: borrowing Slab<Message>) {
        let authority = text(.requestText, messages[facts.request].authority)
        if authority.count > 0 {
            appendHost(authority)
            return
        }
        let fields = messages[facts.request].fields
        for field in fields where pairs.equalsIgnoringCase(text(.requestText, field.name), "host") {
            appendHost(text(.requestText, field.value))
            return
        }
        if options.compatibility == .earshot { facts.server.append(to: &scratch) }
    }

    // An authority, as a rule without user-info.
    mutating func appendHost(_ authority: PairText) {
        var host = authority
        if !keepsUserInfo {
            let count = TargetParts.userInfoCount(pairs.span(authority))
            host = PairText(authority.storage, authority.offset + count, authority.count - count)
        }
        pairs.copy(host, into: &scratch)
    }

    mutating func appendField(_ prefix: StaticString, _ field: Field, _ storage: PairStorage) {
        guard field.value.count > 0 else { return }
        let key = pairs.key(prefix, lowercasing: text(storage, field.name))
        pairs.append(key: key, repairing: text(storage, field.value))
    }

    mutating func appendRequestFields(_ facts: CallFacts, _ messages: borrowing Slab<Message>) {
        let fields = messages[facts.request].fields
        let isSniffer = options.compatibility == .networkSniffer
        let isChunked = messages[facts.request].marks.contains(.chunked)
        // The header set to the client's address may be this very one.
        var hasForwardedFor = realAddressHeader.span.equals("x-forwarded-for")
        for field in fields {
            if isSniffer,
                isLeftOutBySniffer(field, .requestText, isRequest: true, isChunked: isChunked)
            {
                continue
            }
            let name = text(.requestText, field.name)
            if isRealAddress(name) { continue }
            appendField("request_header:", field, .requestText)
            if name.count == 15, pairs.equalsIgnoringCase(name, "x-forwarded-for") {
                hasForwardedFor = true
            }
        }
        if isSniffer { appendPragma(fields, .requestText, "request_header:cache-control") }
        if options.addsForwardedFor, !isSniffer, !hasForwardedFor {
            let key = pairs.key("request_header:x-forwarded-for")
            appendClientAddress(key, facts)
        }
        if !realAddressHeader.isEmpty {
            let start = pairs.arena.count
            pairs.arena.append("request_header:" as StaticString)
            CallWriter.append(realAddressHeader, to: &pairs.arena)
            appendClientAddress(pairs.kept(since: start), facts)
        }
        appendParameters(messages[facts.request].target)
    }

    // The header the operator wants set to the client's address takes the place of one that is
    // there.
    func isRealAddress(_ name: PairText) -> Bool {
        guard !realAddressHeader.isEmpty, name.count == realAddressHeader.count else {
            return false
        }
        let text = pairs.span(name)
        for index in 0..<name.count where text[index].asciiLowercased != realAddressHeader[index] {
            return false
        }
        return true
    }

    static func append(_ bytes: borrowing ByteBuffer, to buffer: inout ByteBuffer) {
        buffer.append(bytes.span)
    }

    mutating func appendClientAddress(_ key: PairText, _ facts: CallFacts) {
        let start = pairs.arena.count
        facts.client.address.append(to: &pairs.arena)
        pairs.append(key: key, value: pairs.kept(since: start))
    }

    mutating func appendResponseFields(_ facts: CallFacts, _ messages: borrowing Slab<Message>) {
        let fields = messages[facts.response].fields
        let isSniffer = options.compatibility == .networkSniffer
        let isChunked = messages[facts.response].marks.contains(.chunked)
        for field in fields {
            if isSniffer,
                isLeftOutBySniffer(field, .responseText, isRequest: false, isChunked: isChunked)
            {
                continue
            }
            appendField("response_header:", field, .responseText)
        }
        if isSniffer { appendPragma(fields, .responseText, "response_header:cache-control") }
    }
}
