// A whole head into a Message: one pass over the lines, one copy of the bytes. RFC 9112 §2.2, §5.

import Bytes

/// Parses heads and trailer sections.
public enum HeadParser {
    /// The offset behind the empty line that ends a head, nil when it is not there yet.
    ///
    /// A bare LF ends a line as CRLF does (RFC 9112 §2.2).
    ///
    /// - Parameter start: Where to begin: 0, or what an earlier call may have seen less two.
    public static func endOfHead(in bytes: Span<UInt8>, from start: Int) -> Int? {
        var offset = start
        while let lineFeed = Scan.firstIndex(of: 0x0A, in: bytes, from: offset) {
            let next = lineFeed + 1
            guard next < bytes.count else { return nil }
            if bytes[next] == 0x0A { return next + 1 }
            if bytes[next] == 0x0D {
                guard next + 1 < bytes.count else { return nil }
                if bytes[next + 1] == 0x0A { return next + 2 }
            }
            offset = next
        }
        return nil
    }

    /// Fills an empty message from a head that begins with `line`.
    public static func parse(
        _ head: Span<UInt8>, _ line: StartLine, into message: inout Message,
        limits: HTTP1Limits, counters: inout HTTP1Counters
    ) {
        message.text.append(head)
        message.version = line.version <= 10 ? .http10 : .http11
        message.method = line.method
        message.target = line.target
        message.status = line.status
        switch line.kind {
        case .request: counters.requests &+= 1
        case .response: counters.responses &+= 1
        }
        counters.framingBytes &+= UInt64(head.count)
        // A CR alone inside a status line ends it for lenient clients: a field may follow.
        if line.kind == .response,
            let carriageReturn = Scan.firstIndex(of: 0x0D, in: head.slice(0, line.byteCount)),
            carriageReturn + 2 < line.byteCount
        {
            parseFields(
                from: carriageReturn + 1, of: line.byteCount, in: &message, isTrailer: false,
                limits: limits, counters: &counters)
        }
        parseFields(
            from: line.byteCount, of: head.count, in: &message, isTrailer: false, limits: limits,
            counters: &counters)
    }

    /// Fills a message's trailers from a trailer section, its empty line included.
    public static func parseTrailers(
        _ section: Span<UInt8>, into message: inout Message, limits: HTTP1Limits,
        counters: inout HTTP1Counters
    ) {
        let start = message.text.count
        message.text.append(section)
        parseFields(
            from: start, of: start + section.count, in: &message, isTrailer: true, limits: limits,
            counters: &counters)
    }

    static func parseFields(
        from start: Int, of end: Int, in message: inout Message, isTrailer: Bool,
        limits: HTTP1Limits, counters: inout HTTP1Counters
    ) {
        var offset = start
        var kept = 0
        while offset < end {
            let lineFeed = Scan.firstIndex(of: 0x0A, in: message.text.span, from: offset) ?? end
            let next = min(lineFeed + 1, end)
            var lineEnd = min(lineFeed, end)
            if lineEnd > offset, message.text[lineEnd - 1] == 0x0D { lineEnd -= 1 }
            defer { offset = next }
            guard lineEnd > offset else { continue }
            let first = message.text[offset]
            if first == 0x20 || first == 0x09 {
                fold(offset, lineEnd, into: &message, isTrailer: isTrailer)
                continue
            }
            guard let field = field(in: message.text.span, offset, lineEnd) else {
                counters.fieldsMalformed &+= 1
                continue
            }
            guard kept < limits.fieldCount else {
                counters.fieldsCut &+= 1
                message.marks.insert(.headCut)
                continue
            }
            kept += 1
            if isTrailer { message.trailers.append(field) } else { message.fields.append(field) }
        }
    }

    static func field(in text: Span<UInt8>, _ start: Int, _ end: Int) -> Field? {
        var colon = start
        while colon < end, text[colon] != 0x3A { colon += 1 }
        guard colon < end else { return nil }
        var nameEnd = colon
        while nameEnd > start, text[nameEnd - 1] <= 0x20 { nameEnd -= 1 }
        guard nameEnd > start else { return nil }
        var valueStart = colon + 1
        var valueEnd = end
        while valueStart < valueEnd, isBlank(text[valueStart]) { valueStart += 1 }
        while valueEnd > valueStart, isBlank(text[valueEnd - 1]) { valueEnd -= 1 }
        return Field(
            name: TextRange(start, nameEnd - start),
            value: TextRange(valueStart, valueEnd - valueStart))
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

    // obs-fold: the value goes on in the next line, joined by one blank (RFC 9112 §5.2). The joined
    // value is written at the end of the text, since it lies nowhere in one piece.
    static func fold(_ start: Int, _ end: Int, into message: inout Message, isTrailer: Bool) {
        guard let last = isTrailer ? message.trailers.last : message.fields.last else { return }
        var from = start
        var to = end
        while from < to, isBlank(message.text[from]) { from += 1 }
        while to > from, isBlank(message.text[to - 1]) { to -= 1 }
        guard to > from else { return }
        let joined = TextRange(message.text.count, Int(last.value.count) + 1 + to - from)
        message.text.reserve(Int(joined.count))
        for index in 0..<Int(last.value.count) {
            message.text.append(message.text[Int(last.value.offset) + index])
        }
        message.text.append(0x20)
        for index in from..<to { message.text.append(message.text[index]) }
        if isTrailer {
            message.trailers[message.trailers.count - 1].value = joined
        } else {
            message.fields[message.fields.count - 1].value = joined
        }
    }
}
