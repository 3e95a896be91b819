// What HTTP/2 tests have in common: writers of frames, scripts, and a log of exchanges.

import Bytes

@testable import HTTP

/// What happens on a wire.
enum Step {
    case client([UInt8])
    case server([UInt8])
    case clientGap(Int)
    case serverGap(Int)
    case clientEnd
    case serverEnd
    case close
}

/// Writes one side's frames.
struct FrameWriter {
    var encoder = HPACKEncoder()

    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    static func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8])
        -> [UInt8]
    {
        let length = payload.count
        let head: [UInt8] = [
            UInt8(length >> 16), UInt8(length >> 8 & 255), UInt8(length & 255), type, flags,
        ]
        return head + word(stream) + payload
    }

    static func word(_ value: UInt32) -> [UInt8] {
        [UInt8(value >> 24), UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
    }

    static func settings(_ values: [(UInt16, UInt32)] = []) -> [UInt8] {
        frame(4, 0, 0, values.flatMap { [UInt8($0.0 >> 8), UInt8($0.0 & 255)] + word($0.1) })
    }

    static let settingsAcknowledged = frame(4, 1, 0, [])

    static func data(_ stream: UInt32, _ text: String, end: Bool = false, padding: Int? = nil)
        -> [UInt8]
    {
        var payload = Array(text.utf8)
        if let padding {
            payload = [UInt8(padding)] + payload + [UInt8](repeating: 0, count: padding)
        }
        return frame(0, (end ? 1 : 0) | (padding != nil ? 8 : 0), stream, payload)
    }

    static func reset(_ stream: UInt32, _ code: UInt32 = 8) -> [UInt8] {
        frame(3, 0, stream, word(code))
    }

    static func goAway(_ last: UInt32) -> [UInt8] { frame(7, 0, 0, word(last) + word(0)) }

    static func windowUpdate(_ stream: UInt32) -> [UInt8] { frame(8, 0, stream, word(65_535)) }

    static let ping = frame(6, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8])

    /// A HEADERS frame; with `parts` above 1 the block goes on in CONTINUATION frames.
    mutating func headers(
        _ stream: UInt32, _ fields: [(String, String)], end: Bool = false, parts: Int = 1,
        padding: Int? = nil, priority: Bool = false, promised: UInt32? = nil
    ) -> [UInt8] {
        let block = encoder.encode(fields)
        let size = max((block.count + parts - 1) / parts, 1)
        let pieces = stride(from: 0, to: max(block.count, 1), by: size).map {
            Array(block[$0..<min($0 + size, block.count)])
        }
        var payload: [UInt8] = padding.map { [UInt8($0)] } ?? []
        if priority { payload += FrameWriter.word(0) + [15] }
        if let promised { payload += FrameWriter.word(promised) }
        payload += pieces[0] + [UInt8](repeating: 0, count: padding ?? 0)
        var flags: UInt8 = end ? 1 : 0
        if pieces.count == 1 { flags |= 4 }
        if padding != nil { flags |= 8 }
        if priority { flags |= 0x20 }
        var out = FrameWriter.frame(promised == nil ? 1 : 5, flags, stream, payload)
        for index in pieces.indices.dropFirst() {
            let isLast = index == pieces.count - 1
            out += FrameWriter.frame(9, isLast ? 4 : 0, stream, pieces[index])
        }
        return out
    }

    mutating func request(
        _ stream: UInt32, _ path: String, method: String = "GET", extra: [(String, String)] = [],
        end: Bool = true
    ) -> [UInt8] {
        headers(
            stream,
            [
                (":method", method), (":scheme", "http"), (":authority", "a.example"),
                (":path", path),
            ]
                + extra,
            end: end)
    }

    mutating func response(
        _ stream: UInt32, _ status: Int = 200, extra: [(String, String)] = [], end: Bool = false
    ) -> [UInt8] {
        headers(stream, [(":status", "\(status)")] + extra, end: end)
    }
}

/// Collects exchanges as text and releases their messages.
struct ExchangeLog: HTTP2EventSink {
    var lines: [String] = []
    var exchanges: [HTTP2Exchange] = []

    mutating func exchangeFinished(_ exchange: HTTP2Exchange, messages: inout Slab<Message>) {
        var line = "\(exchange.stream) \(exchange.ending)"
        if exchange.errorCode != 0 { line += " code \(exchange.errorCode)" }
        if exchange.isPushed { line += " pushed" }
        if exchange.isTunnel { line += " tunnel" }
        for handle in [exchange.request, exchange.response] {
            guard handle >= 0 else {
                line += " | -"
                continue
            }
            line += " | " + ExchangeLog.describe(messages[handle])
            messages.release(handle)
        }
        lines.append(line)
        exchanges.append(exchange)
    }

    static func describe(_ message: borrowing Message) -> String {
        func text(_ range: TextRange) -> String { String(decoding: message.span(range)) }
        var parts: [String] = []
        if message.status > 0 {
            parts.append("\(message.status)")
        } else {
            parts.append(
                "\(text(message.method)) \(text(message.authority))\(text(message.target))")
        }
        for field in message.fields { parts.append("\(text(field.name))=\(text(field.value))") }
        if message.bodyByteCount > 0 {
            let body = message.body.count < 60 ? String(decoding: message.body.span) : "…"
            parts.append("body \(message.bodyByteCount) '\(body)'")
        }
        for gap in message.gaps { parts.append("gap \(gap.offset)+\(gap.count)") }
        for field in message.trailers { parts.append("~\(text(field.name))=\(text(field.value))") }
        let names: [(MessageMarks, String)] = [
            (.complete, "complete"), (.headIncomplete, "headIncomplete"), (.bodyCut, "bodyCut"),
            (.endedEarly, "endedEarly"), (.ambiguousLength, "ambiguousLength"),
            (.malformed, "malformed"), (.headCut, "headCut"),
        ]
        for (mark, name) in names where message.marks.contains(mark) { parts.append(name) }
        parts.append("@\(message.startOffset)-\(message.endOffset)")
        return parts.joined(separator: " ")
    }
}

/// A connection with all it needs.
struct HTTP2Rig: ~Copyable {
    var connection: HTTP2Connection
    var messages = Slab<Message>()
    var counters = HTTP2Counters()
    var log = ExchangeLog()
    private var clientOffset: UInt64 = 0
    private var serverOffset: UInt64 = 0
    var time: Int64 = 1000

    init(_ connection: consuming HTTP2Connection = HTTP2Connection()) {
        self.connection = connection
    }

    /// Plays one step, its bytes in pieces of `size`.
    mutating func play(
        _ step: Step, pieces size: Int = .max, each: (inout HTTP2Rig) -> Void = { _ in }
    ) {
        switch step {
        case .client(let bytes), .server(let bytes):
            var start = 0
            while start < bytes.count {
                let count = min(size, bytes.count - start)
                give(Array(bytes[start..<(start + count)]), step)
                each(&self)
                start += count
            }
        case .clientGap(let count): gap(count, fromClient: true)
        case .serverGap(let count): gap(count, fromClient: false)
        case .clientEnd:
            connection.end(fromClient: true, messages: &messages, counters: &counters, events: &log)
        case .serverEnd:
            connection.end(
                fromClient: false, messages: &messages, counters: &counters, events: &log)
        case .close: connection.close(messages: &messages, counters: &counters, events: &log)
        }
    }

    mutating func play(_ steps: [Step], pieces size: Int = .max) {
        for step in steps { play(step, pieces: size) }
    }

    mutating func give(_ bytes: [UInt8], _ step: Step) {
        var isClient = false
        if case .client = step { isClient = true }
        let moment = StreamMoment(
            offset: isClient ? clientOffset : serverOffset,
            timestamp: Timestamp(nanoseconds: time), acknowledged: 7, segment: 3)
        time += 1
        connection.receive(
            bytes.span, at: moment, fromClient: isClient, messages: &messages, counters: &counters,
            events: &log)
        if isClient {
            clientOffset += UInt64(bytes.count)
        } else {
            serverOffset += UInt64(bytes.count)
        }
    }

    private mutating func gap(_ count: Int, fromClient: Bool) {
        let moment = StreamMoment(
            offset: fromClient ? clientOffset : serverOffset,
            timestamp: Timestamp(nanoseconds: time))
        connection.gap(
            UInt64(count), at: moment, fromClient: fromClient, messages: &messages,
            counters: &counters, events: &log)
        if fromClient {
            clientOffset += UInt64(count)
        } else {
            serverOffset += UInt64(count)
        }
    }

    /// Replaces the connection by what its snapshot gives back.
    mutating func saveAndRestore() throws {
        var snapshot = ByteBuffer()
        connection.save(to: &snapshot, messages: messages)
        let held = connection.heldByteCount
        var reader = SnapshotReader(snapshot.span)
        var fresh = Slab<Message>()
        var restored = try HTTP2Connection(
            restoring: &reader, messages: &fresh, limits: connection.limits)
        var again = ByteBuffer()
        restored.save(to: &again, messages: fresh)
        guard reader.isAtEnd, again.copyBytes() == snapshot.copyBytes(),
            restored.heldByteCount == held, fresh.count == messages.count
        else { throw SnapshotError.invalid(offset: -1) }
        swap(&messages, &fresh)
        swap(&connection, &restored)
    }
}
