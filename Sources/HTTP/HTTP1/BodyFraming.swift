// Where does the body end? RFC 9112 §6.3, with what is ambiguous marked and counted.

import Bytes

/// How a message's body is delimited.
public enum BodyFraming: Equatable, Sendable, BitwiseCopyable {
    /// There is none.
    case none
    /// So many bytes follow.
    case length(UInt64)
    /// Chunked transfer coding; `otherwise` when the first chunk line turns out to be none: so many
    /// bytes, or up to the end when nil.
    case chunked(otherwise: UInt64?)
    /// Everything up to the end of the stream.
    case untilClose
}

/// What the request says of the body of its response.
public enum RequestKind: UInt8, Sendable, BitwiseCopyable {
    /// Any ordinary method, or unknown.
    case ordinary
    /// HEAD: the response has no body whatever its fields say.
    case head
    /// CONNECT: after a 2xx response the connection is a tunnel.
    case connect
}

extension BodyFraming {
    /// Decides for a request.
    public static func ofRequest(
        _ message: inout Message, counters: inout HTTP1Counters
    ) -> BodyFraming {
        let lengths = Lengths(of: message)
        note(lengths, in: &message, counters: &counters)
        // A request whose last coding is not chunked has no reliable end (§6.3 rule 4); observed
        // senders mean no body.
        if lengths.isChunked { return .chunked(otherwise: lengths.contentLength ?? 0) }
        if let count = lengths.contentLength, count > 0 { return .length(count) }
        return .none
    }

    /// Decides for a response to a request of kind `request`.
    public static func ofResponse(
        _ message: inout Message, to request: RequestKind, counters: inout HTTP1Counters
    ) -> BodyFraming {
        let lengths = Lengths(of: message)
        note(lengths, in: &message, counters: &counters)
        if request == .head || message.status < 200 { return .none }
        if message.status == 204 || message.status == 304 { return .none }
        if request == .connect, message.status < 300 { return .none }
        if lengths.isChunked { return .chunked(otherwise: lengths.contentLength) }
        if lengths.hasTransferEncoding { return .untilClose }
        if let count = lengths.contentLength { return count > 0 ? .length(count) : .none }
        return .untilClose
    }

    static func note(_ lengths: Lengths, in message: inout Message, counters: inout HTTP1Counters) {
        guard lengths.isAmbiguous else { return }
        message.marks.insert(.ambiguousLength)
        counters.lengthsAmbiguous &+= 1
    }

    // What the fields say of the length.
    struct Lengths {
        var contentLength: UInt64?
        var hasTransferEncoding = false
        var isChunked = false
        var isAmbiguous = false

        init(of message: borrowing Message) {
            var hasBadLength = false
            for field in message.fields {
                // Two lengths of names tell nearly all other fields apart.
                if field.name.count == 14,
                    message.span(field.name).equalsIgnoringCase("content-length")
                {
                    let value = Lengths.number(message.span(field.value))
                    if value == nil { hasBadLength = true }
                    if let old = contentLength, let value, old != value { isAmbiguous = true }
                    // The first of several wins: what peers that accept them do most.
                    if contentLength == nil { contentLength = value }
                } else if field.name.count == 17,
                    message.span(field.name).equalsIgnoringCase("transfer-encoding")
                {
                    hasTransferEncoding = true
                    // Chunked should be the last coding; where it is not, it still is what was
                    // sent.
                    if Lengths.hasChunked(message.span(field.value)) { isChunked = true }
                }
            }
            if hasBadLength { isAmbiguous = true }
            // Both: Transfer-Encoding overrides (§6.3 rule 3).
            if hasTransferEncoding, contentLength != nil { isAmbiguous = true }
        }

        // Digits; a list of equal numbers counts as one (RFC 9110 §8.6).
        static func number(_ text: Span<UInt8>) -> UInt64? {
            var first: UInt64?
            var offset = 0
            while true {
                while offset < text.count, HeadParser.isBlank(text[offset]) { offset += 1 }
                guard offset < text.count, text[offset].isASCIIDigit else { return nil }
                var value: UInt64 = 0
                while offset < text.count, text[offset].isASCIIDigit {
                    guard value < (1 << 59) else { return nil }
                    value = value * 10 + UInt64(text[offset] &- 0x30)
                    offset += 1
                }
                while offset < text.count, HeadParser.isBlank(text[offset]) { offset += 1 }
                if let first, first != value { return nil }
                first = value
                if offset == text.count { return first }
                guard text[offset] == 0x2C else { return nil }
                offset += 1
            }
        }

        // Whether a list of codings names chunked; parameters are ignored.
        static func hasChunked(_ text: Span<UInt8>) -> Bool {
            var offset = 0
            while offset < text.count {
                while offset < text.count, !StartLine.isTokenByte(text[offset]) { offset += 1 }
                let start = offset
                while offset < text.count, StartLine.isTokenByte(text[offset]) { offset += 1 }
                if text.slice(start, offset - start).equalsIgnoringCase("chunked") { return true }
                while offset < text.count, text[offset] != 0x2C { offset += 1 }
            }
            return false
        }
    }
}
