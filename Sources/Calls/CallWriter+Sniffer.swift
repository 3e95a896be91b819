// What the GoReplay-based sniffer leaves out or adds: Go's net/http semantics, for
// `--compatibility network-sniffer` only.

import Bytes
import HTTP
import Records

extension CallWriter {
    func isLeftOutBySniffer(
        _ field: Field, _ storage: PairStorage, isRequest: Bool, isChunked: Bool
    ) -> Bool {
        let name = text(storage, field.name)
        if isChunked, pairs.equalsIgnoringCase(name, "content-length") { return true }
        if pairs.equalsIgnoringCase(name, "transfer-encoding")
            || pairs.equalsIgnoringCase(name, "trailer")
        {
            return true
        }
        if isRequest { return pairs.equalsIgnoringCase(name, "host") }
        return pairs.equalsIgnoringCase(name, "connection")
            && pairs.equalsIgnoringCase(text(storage, field.value), "close")
    }

    // Origin form: the path with its escapes off. Absolute form: all of it, query included.
    mutating func appendPathAsSniffer(_ target: PairText, _ parts: TargetParts) {
        if parts.hasScheme, keepsUserInfo {
            pairs.copy(target, into: &scratch)
            return
        }
        if parts.hasScheme {
            appendWithoutUserInfo(target, parts, to: target.count)
            return
        }
        let path = PairText(.requestText, target.offset, parts.pathEnd)
        if !CallWriter.decodePath(pairs, path, into: &scratch) { pairs.copy(path, into: &scratch) }
    }

    static func decodePath(
        _ pairs: borrowing PairList, _ path: PairText, into buffer: inout ByteBuffer
    ) -> Bool {
        buffer.append(percentDecoding: pairs.span(path))
    }

    // Names are case-sensitive, one coding only, raw deflate unknown; what fails has no body.
    mutating func decodeAsSniffer(
        _ coding: PairText, isRequest: Bool, _ outcome: inout BodyOutcome,
        _ counters: inout CallCounters
    ) -> Bool {
        let name: StaticString
        if pairs.equals(coding, "gzip") || pairs.equals(coding, "x-gzip") {
            name = "gzip"
        } else if pairs.equals(coding, "br") {
            name = "br"
        } else if pairs.equals(coding, "deflate") || pairs.equals(coding, "zlib")
            || pairs.equals(coding, "deflated")
        {
            guard isZlib(isRequest ? .requestBody : .responseBody) else { return false }
            name = "deflate"
        } else {
            return pairs.equals(coding, "identity")
        }
        let key = pairs.key(name)
        return decode(key, isRequest: isRequest, &outcome, &counters)
    }

    // RFC 1950 §2.2.
    func isZlib(_ storage: PairStorage) -> Bool {
        let count = storage == .requestBody ? pairs.requestBody.count : pairs.responseBody.count
        guard count >= 2 else { return false }
        let header = pairs.span(PairText(storage, 0, 2))
        return header[0] & 0x0F == 8 && header.bigEndian(UInt16.self, at: 0) % 31 == 0
    }

    // `Pragma: no-cache` without Cache-Control adds one.
    mutating func appendPragma(_ fields: [Field], _ storage: PairStorage, _ key: StaticString) {
        var hasPragma = false
        for field in fields {
            let name = text(storage, field.name)
            if pairs.equalsIgnoringCase(name, "cache-control") { return }
            if pairs.equalsIgnoringCase(name, "pragma"),
                pairs.equals(text(storage, field.value), "no-cache")
            {
                hasPragma = true
            }
        }
        if hasPragma { pairs.append(key, literal: "no-cache") }
    }
}
