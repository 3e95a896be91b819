import Bytes
import Testing

@testable import HTTP

/// Collects messages as text.
private struct MessageLog: WebSocketEventSink {
    var lines: [String] = []

    mutating func webSocketMessage(_ message: WebSocketMessage, bytes: Span<UInt8>) {
        var line = "\(message.opcode) \(message.wireByteCount) '"
        line += bytes.count < 80 ? String(decoding: bytes) : "\(bytes.count) bytes"
        line += "'"
        if message.isCompressed { line += " compressed" }
        if message.isCut { line += " cut" }
        if message.missingByteCount > 0 { line += " missing \(message.missingByteCount)" }
        if message.isEndedEarly { line += " endedEarly" }
        lines.append(line + " @\(message.start.offset)-\(message.endOffset)")
    }
}

@Suite struct WebSocketParserTests {
    /// A frame; masked when there is a mask.
    private func frame(
        _ opcode: UInt8, _ payload: [UInt8], final: Bool = true, compressed: Bool = false,
        mask: [UInt8]? = nil, wide: Bool = false
    ) -> [UInt8] {
        var out: [UInt8] = [opcode | (final ? 0x80 : 0) | (compressed ? 0x40 : 0)]
        let flag: UInt8 = mask == nil ? 0 : 0x80
        if wide {
            out.append(127 | flag)
            for shift in stride(from: 56, through: 0, by: -8) {
                out.append(UInt8(UInt64(payload.count) >> UInt64(shift) & 255))
            }
        } else if payload.count > 125 {
            out += [126 | flag, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        } else {
            out.append(UInt8(payload.count) | flag)
        }
        guard let mask else { return out + payload }
        return out + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
    }

    private func text(_ text: String) -> [UInt8] { Array(text.utf8) }

    private func conversation() -> [UInt8] {
        let mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
        return frame(1, text("Hello"), mask: mask)
            + frame(1, text("Hel"), final: false) + frame(9, text("ping")) + frame(0, text("lo"))
            + frame(2, [UInt8](repeating: 0x61, count: 300), compressed: true, mask: [1, 0, 0, 2])
            + frame(1, []) + frame(2, text("wide"), mask: mask, wide: true)
            + frame(1, text("a"), final: false, mask: mask)
            + frame(0, text("bcdefghijklmnop"), final: false, mask: [9, 8, 7, 6]) + frame(0, [])
            + frame(11, text("?")) + frame(8, [3, 232])
    }

    private let expected = [
        "text 5 'Hello'", "ping 4 'ping'", "text 5 'Hello'", "binary 300 '300 bytes' compressed",
        "text 0 ''", "binary 4 'wide'", "text 16 'abcdefghijklmnop'", "unknown 1 '?'",
        "close 2 '\u{3}\u{FFFD}'",
    ]

    private func play(_ bytes: [UInt8], pieces size: Int, snapshots: Bool = false) throws
        -> [String]
    {
        var parser = WebSocketParser()
        var counters = WebSocketCounters()
        var log = MessageLog()
        var start = 0
        while start < bytes.count {
            let count = min(size, bytes.count - start)
            let part = Array(bytes[start..<(start + count)])
            parser.receive(
                part.span, at: StreamMoment(offset: UInt64(start)), counters: &counters,
                events: &log)
            start += count
            guard snapshots else { continue }
            var snapshot = ByteBuffer()
            parser.save(to: &snapshot)
            var reader = SnapshotReader(snapshot.span)
            var restored = try WebSocketParser(restoring: &reader)
            var again = ByteBuffer()
            restored.save(to: &again)
            #expect(reader.isAtEnd == true)
            #expect(again.copyBytes() == snapshot.copyBytes())
            swap(&parser, &restored)
        }
        parser.end(counters: &counters, events: &log)
        #expect(counters.framingBytes + counters.payloadBytes == UInt64(bytes.count))
        #expect(counters.messagesCutShort == 0)
        return log.lines
    }

    @Test func `messages are joined and unmasked, control frames come between`() throws {
        let lines = try play(conversation(), pieces: .max)
        #expect(lines.map { String($0.prefix(while: { $0 != "@" }).dropLast()) } == expected)
        #expect(lines[0].hasSuffix("@0-11"))
        #expect(lines[2].hasSuffix("@11-26"))
    }

    @Test(arguments: 1...64)
    func `bytes may be cut anywhere, and a snapshot changes nothing`(size: Int) throws {
        let whole = try play(conversation(), pieces: .max)
        #expect(try play(conversation(), pieces: size) == whole)
        #expect(try play(conversation(), pieces: size, snapshots: true) == whole)
    }

    @Test(arguments: 0..<8, [1, 7, 8, 9, 31])
    func `the mask is turned to its place in the payload`(place: Int, length: Int) {
        let mask: [UInt8] = [0x11, 0x22, 0x33, 0x44]
        let bytes = (0..<length).map { UInt8($0) }
        var out = ByteBuffer()
        out.append(bytes.span, unmaskedBy: 0x1122_3344, from: UInt64(place))
        #expect(out.copyBytes() == bytes.enumerated().map { $1 ^ mask[($0 + place) % 4] })
    }

    @Test func `a gap in a payload costs its bytes, one over a header the direction`() {
        var parser = WebSocketParser()
        var counters = WebSocketCounters()
        var log = MessageLog()
        let first = frame(1, text("0123456789"), mask: [1, 2, 3, 4])
        parser.receive(
            first.span.slice(0, 9), at: StreamMoment(), counters: &counters, events: &log)
        parser.gap(4, at: StreamMoment(offset: 9), counters: &counters, events: &log)
        parser.receive(
            first.span.from(13), at: StreamMoment(offset: 13), counters: &counters, events: &log)
        let second = frame(1, text("abc"), final: false)
        parser.receive(
            second.span, at: StreamMoment(offset: 16), counters: &counters, events: &log)
        parser.gap(1, at: StreamMoment(offset: 21), counters: &counters, events: &log)
        parser.receive(
            second.span, at: StreamMoment(offset: 22), counters: &counters, events: &log)
        #expect(
            log.lines == ["text 10 '012789' missing 4 @0-16", "text 3 'abc' endedEarly @16-21"])
        #expect(parser.isLost == true)
        #expect(counters.skippedBytes == 5)
        #expect(counters.payloadGapBytes == 4)
        #expect(counters.framingGapBytes == 1)
    }

    @Test func `messages are cut at the limit and counted on`() {
        var limits = WebSocketLimits()
        limits.messageBytes = 10
        var parser = WebSocketParser(limits: limits)
        var counters = WebSocketCounters()
        var log = MessageLog()
        let bytes =
            frame(2, [UInt8](repeating: 0x62, count: 8), final: false)
            + frame(0, [UInt8](repeating: 0x63, count: 300))
            + frame(10, [UInt8](repeating: 0x64, count: 200))
        parser.receive(bytes.span, at: StreamMoment(), counters: &counters, events: &log)
        #expect(log.lines[0].hasPrefix("binary 308 'bbbbbbbbcc' cut"))
        #expect(log.lines[1].hasPrefix("pong 200 '125 bytes' cut"))
        #expect(counters.cutBytes == 298 + 75)
        #expect(parser.heldByteCount == 0)
    }

    @Test func `random bytes never trap and are counted once`() {
        var random = SeededGenerator(seed: 6455)
        for _ in 0..<500 {
            var limits = WebSocketLimits()
            limits.messageBytes = 1000
            var parser = WebSocketParser(limits: limits)
            var counters = WebSocketCounters()
            var log = MessageLog()
            var total: UInt64 = 0
            for round in 0..<20 {
                let bytes = (0..<Int.random(in: 1..<200, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
                parser.receive(
                    bytes.span, at: StreamMoment(offset: total), counters: &counters, events: &log)
                total += UInt64(bytes.count)
                if round % 6 == 5 {
                    parser.gap(
                        UInt64.random(in: 1...(.max >> 1), using: &random),
                        at: StreamMoment(offset: total), counters: &counters, events: &log)
                }
            }
            parser.end(counters: &counters, events: &log)
            #expect(counters.framingBytes + counters.payloadBytes + counters.skippedBytes == total)
            #expect(parser.heldByteCount <= 1000)
        }
    }

    @Test(arguments: [
        ("permessage-deflate", true, 15, 15, false, false),
        (
            "permessage-deflate; client_max_window_bits=10; server_no_context_takeover", true, 15,
            10, true, false
        ),
        (
            "foo, Permessage-Deflate ;client_no_context_takeover;server_max_window_bits=\"9\" , x",
            true, 9, 15, false, true
        ),
        (
            "permessage-deflate; server_max_window_bits=99; client_max_window_bits", true, 15, 15,
            false, false
        ),
        ("x-webkit-deflate-frame", false, 0, 0, false, false), ("", false, 0, 0, false, false),
        (";;,,=", false, 0, 0, false, false),
    ])
    func `extensions are read as RFC 7692 writes them`(
        field: String, isDeflate: Bool, server: Int, client: Int, serverReset: Bool,
        clientReset: Bool
    ) {
        let bytes = text(field)
        let agreed = PerMessageDeflate(bytes.span)
        #expect((agreed != nil) == isDeflate)
        guard let agreed else { return }
        #expect(agreed.serverMaxWindowBits == server)
        #expect(agreed.clientMaxWindowBits == client)
        #expect(agreed.hasServerNoContextTakeover == serverReset)
        #expect(agreed.hasClientNoContextTakeover == clientReset)
    }
}
