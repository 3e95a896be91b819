// A call as an entry of an HTTP archive. HAR 1.2 (W3C Web Performance Group, Historical Draft).
//
// Sizes of heads are not kept, so they are -1, as the format asks for what is unknown. Fields of
// our own begin with an underscore, as it asks too.

import Bytes
import Records

/// Writes calls as HAR entries.
enum ArchiveFormat {
    static func append(_ call: borrowing CallFields, to output: inout ByteBuffer) {
        let times = ArchiveTimes(call)
        output.append("{\"startedDateTime\":\"")
        output.append(utf8: CivilTime(nanoseconds: times.start).text)
        output.append("\",\"time\":")
        output.append(utf8: ArchiveTimes.milliseconds(times.total))
        output.append(",\"request\":")
        appendRequest(call, to: &output)
        output.append(",\"response\":")
        appendResponse(call, to: &output)
        output.append(",\"cache\":{},\"timings\":{\"send\":")
        output.append(utf8: ArchiveTimes.milliseconds(times.send))
        output.append(",\"wait\":")
        output.append(utf8: ArchiveTimes.milliseconds(times.wait))
        output.append(",\"receive\":")
        output.append(utf8: ArchiveTimes.milliseconds(times.receive))
        output.append("}")
        if let server = call.text("call:server") {
            appendMember(",\"serverIPAddress\":", address(of: server), to: &output)
        }
        if let client = call.text("call:client") {
            appendMember(",\"connection\":", client, to: &output)
        }
        appendMember(",\"_id\":", call.text("call:id") ?? "", to: &output)
        appendMember(",\"_completeness\":", call.text("call:completeness") ?? "", to: &output)
        output.append("}")
    }

    private static func appendRequest(_ call: borrowing CallFields, to output: inout ByteBuffer) {
        appendMember("{\"method\":", call.text("request_method") ?? "", to: &output)
        appendMember(",\"url\":", url(call), to: &output)
        appendMember(",\"httpVersion\":", call.text("call:protocol") ?? "", to: &output)
        output.append(",\"cookies\":[],\"headers\":")
        appendPairs(call, "request_header:", to: &output)
        output.append(",\"queryString\":")
        appendPairs(call, "request_param:", to: &output)
        if let body = call.index(of: "request_body") {
            let kind = call.header("request_header:", "content-type") ?? ""
            appendMember(",\"postData\":{\"mimeType\":", kind, to: &output)
            output.append(",\"params\":[],\"text\":")
            ObjectFormat.appendString(call.value(body), to: &output)
            output.append("}")
        }
        appendSize(call.number("call:request_body_bytes"), to: &output)
        output.append("}")
    }

    private static func appendResponse(_ call: borrowing CallFields, to output: inout ByteBuffer) {
        output.append("{\"status\":")
        output.append(utf8: String(call.number("response_code") ?? 0))
        output.append(",\"statusText\":\"\"")
        appendMember(",\"httpVersion\":", call.text("call:protocol") ?? "", to: &output)
        output.append(",\"cookies\":[],\"headers\":")
        appendPairs(call, "response_header:", to: &output)
        let body = call.index(of: "response_body")
        output.append(",\"content\":{\"size\":")
        output.append(utf8: String(body.map { call.value($0).count } ?? 0))
        let kind = call.header("response_header:", "content-type") ?? ""
        appendMember(",\"mimeType\":", kind, to: &output)
        if let body {
            output.append(",\"text\":")
            ObjectFormat.appendString(call.value(body), to: &output)
        }
        if let encoding = call.text("call:response_body_encoding") {
            appendMember(",\"encoding\":", encoding, to: &output)
        }
        output.append("}")
        let location = call.header("response_header:", "location") ?? ""
        appendMember(",\"redirectURL\":", location, to: &output)
        appendSize(call.number("call:response_body_bytes"), to: &output)
        output.append("}")
    }

    private static func appendSize(_ bodyBytes: Int64?, to output: inout ByteBuffer) {
        output.append(",\"headersSize\":-1,\"bodySize\":")
        output.append(utf8: String(bodyBytes ?? -1))
    }

    private static func appendMember(
        _ name: StaticString, _ value: String, to output: inout ByteBuffer
    ) {
        output.append(name)
        let bytes = Array(value.utf8)
        ObjectFormat.appendString(bytes.span, to: &output)
    }

    private static func appendPairs(
        _ call: borrowing CallFields, _ prefix: StaticString, to output: inout ByteBuffer
    ) {
        output.append("[")
        var isFirst = true
        for index in call.list.pairs.indices {
            let key = call.list.span(call.list.pairs[index].key)
            guard key.starts(with: prefix) else { continue }
            output.append(isFirst ? "{\"name\":" : ",{\"name\":" as StaticString)
            isFirst = false
            ObjectFormat.appendString(key.from(prefix.utf8CodeUnitCount), to: &output)
            output.append(",\"value\":")
            ObjectFormat.appendString(call.value(index), to: &output)
            output.append("}")
        }
        output.append("]")
    }

    // The URL with its query as on the wire, as the format asks; without it when a rule took it.
    private static func url(_ call: borrowing CallFields) -> String {
        let url = call.text("request_url") ?? ""
        guard let target = call.text("call:target"), let mark = target.firstIndex(of: "?"),
            !url.contains("?")
        else { return url }
        return url + target[mark...]
    }

    private static func address(of endpoint: String) -> String {
        guard let colon = endpoint.lastIndex(of: ":") else { return endpoint }
        return String(endpoint[..<colon].filter { $0 != "[" && $0 != "]" })
    }
}
