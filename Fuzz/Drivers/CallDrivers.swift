// Everything behind reassembly: HTTP/1, HTTP/2 with HPACK, WebSocket, pairing, records; and reading
// its snapshots back.

import Bytes
import Calls
import HTTP
import Reassembly
import Records
import Wire

/// What a connection begins with, so that mutations need not find it.
enum Opening {
    case http1, http2, webSocket

    var texts: [String] {
        switch self {
        case .http1: ["", ""]
        case .http2:
            ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0", "\0\0\0\u{4}\0\0\0\0\0"]
        case .webSocket:
            [
                "GET / HTTP/1.1\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
                "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
            ]
        }
    }
}

private let description = FlowDescription(
    originator: Endpoint(IPAddress(v4: 0x0A00_0001), 40_000),
    responder: Endpoint(IPAddress(v4: 0x0A00_0002), 80), encapsulation: Encapsulation(),
    firstPacket: Timestamp(nanoseconds: 1_700_000_000_000_000_000))

private func makeAssembler() -> CallAssembler {
    var options = CallOptions()
    options.bodyLimitBytes = 4096
    options.webSocketMessagesPerPiece = 10
    return CallAssembler(options, rules: nil)
}

/// A connection whose chunks go one way or the other, or are holes.
func fuzzConnection(_ input: Span<UInt8>, _ opening: Opening) {
    var calls = makeAssembler()
    calls.flowDescribed(0, description, isNew: true)
    var offsets: [UInt64] = [0, 0]
    var time = description.firstPacket
    for (side, text) in opening.texts.enumerated() where !text.isEmpty {
        let bytes = Array(text.utf8)
        calls.deliver(bytes.span, at: position(side, offsets, time))
        offsets[side] += UInt64(bytes.count)
    }
    var chunks = Chunks(input)
    while let chunk = chunks.next() {
        let side = Int(chunk.kind & 1)
        time = time.advanced(byNanoseconds: Int64(chunk.kind >> 4) * 1_000_000_000)
        if chunk.kind & 0x0E == 0x0E {
            let count = UInt64(chunk.count) + 1
            calls.gap(count, cause: .lost, at: position(side, offsets, time))
            offsets[side] += count
        } else if chunk.count > 0 {
            calls.deliver(
                input.slice(chunk.start, chunk.count), at: position(side, offsets, time))
            offsets[side] += UInt64(chunk.count)
        }
        precondition(calls.heldByteCount >= 0, "nobody holds less than nothing")
        precondition(calls.heldByteCount <= 64 << 20, "what is held has a limit")
    }
    calls.streamEnded(0, .fromOriginator, .finished, at: time)
    calls.flowClosed(0, .ended, at: time)
    precondition(calls.heldByteCount == 0, "nothing is held of what is over")
    check(calls.output.span)
}

private func position(_ side: Int, _ offsets: [UInt64], _ time: Timestamp) -> StreamPosition {
    StreamPosition(
        flow: 0, direction: side == 0 ? .fromOriginator : .fromResponder, offset: offsets[side],
        timestamp: time, acknowledged: offsets[1 - side], location: PacketLocation())
}

/// Every line written must be one that a reader takes.
private func check(_ lines: Span<UInt8>) {
    var list = PairList()
    var offset = 0
    while let end = Scan.firstIndex(of: 0x0A, in: lines, from: offset) {
        do throws(RecordError) {
            try RecordReader.read(lines.slice(offset, end - offset), into: &list)
        } catch {
            preconditionFailure("a line that cannot be read back: \(error)")
        }
        offset = end + 1
    }
    precondition(offset == lines.count, "the last line ends")
}

func fuzzSnapshot(_ input: Span<UInt8>) {
    guard input.count > 0 else { return }
    var reader = SnapshotReader(input.from(1))
    if input[0] & 1 == 0 {
        guard var table = try? FlowTable(ReassemblyOptions(), seed: 1, restoring: &reader) else {
            return
        }
        var silent = Silent()
        table.drain(into: &silent)
    } else {
        var messages = Slab<Message>()
        guard var connection = try? HTTP2Connection(restoring: &reader, messages: &messages)
        else { return }
        var counters = HTTP2Counters()
        var sink = Release()
        connection.close(messages: &messages, counters: &counters, events: &sink)
    }
}

private struct Silent: StreamConsumer {
    mutating func flowDescribed(_ flow: FlowID, _ description: FlowDescription, isNew: Bool) {}
    mutating func deliver(_ bytes: Span<UInt8>, at position: StreamPosition) {}
    mutating func gap(_ byteCount: UInt64, cause: GapCause, at position: StreamPosition) {}
    mutating func streamEnded(
        _ flow: FlowID, _ direction: Direction, _ end: StreamEnd, at time: Timestamp
    ) {}
    mutating func flowClosed(_ flow: FlowID, _ reason: CloseReason, at time: Timestamp) {}
}

private struct Release: HTTP2EventSink {
    mutating func exchangeFinished(_ exchange: HTTP2Exchange, messages: inout Slab<Message>) {
        if exchange.request >= 0 { messages.release(exchange.request) }
        if exchange.response >= 0 { messages.release(exchange.response) }
    }
}
