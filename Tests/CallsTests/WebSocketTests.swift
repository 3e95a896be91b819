import Calls
import Foundation
import Rules
import Testing

/// A frame as a client sends it, masked, or a server, plain.
func frame(
    _ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true, isMasked: Bool = false,
    isCompressed: Bool = false
) -> [UInt8] {
    var bytes: [UInt8] = [opcode | (isFinal ? 0x80 : 0) | (isCompressed ? 0x40 : 0)]
    let maskBit: UInt8 = isMasked ? 0x80 : 0
    if payload.count < 126 {
        bytes.append(UInt8(payload.count) | maskBit)
    } else {
        bytes.append(126 | maskBit)
        bytes.add(UInt16(payload.count))
    }
    guard isMasked else { return bytes + payload }
    let mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
    return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
}

func frame(_ text: String, isMasked: Bool = false) -> [UInt8] {
    frame(1, Array(text.utf8), isMasked: isMasked)
}

@Suite struct WebSocketTests {
    func upgraded(extensions: String = "") -> TestConversation {
        var talk = TestConversation()
        talk.client(
            "GET /chat?room=1 HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Key: x\r\nCookie: a=b\r\n\r\n")
        let extra = extensions.isEmpty ? "" : "Sec-WebSocket-Extensions: \(extensions)\r\n"
        talk.server(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\(extra)\r\n"
        )
        return talk
    }

    func messages(_ text: String?) throws -> [[String: String]] {
        let data = Data(try #require(text).utf8)
        return try #require(try JSONSerialization.jsonObject(with: data) as? [[String: String]])
    }

    func shown(_ text: String?) throws -> [String] {
        try messages(text).map { message in
            let content = message["text"] ?? message["base64"].map { "base64 \($0)" } ?? ""
            let code = message["code"].map { " \($0)" } ?? ""
            return "\(message["type"] ?? "?")\(code) \(content)"
        }
    }

    @Test func `a conversation is one record with the messages of both ends`() throws {
        var talk = upgraded()
        talk.client(frame("hello \"there\"", isMasked: true))
        talk.server(frame("hi"))
        talk.client(
            frame(1, Array("frag".utf8), isFinal: false, isMasked: true)
                + frame(9, Array("p".utf8), isMasked: true)
                + frame(0, Array("ment".utf8), isMasked: true))
        talk.server(frame(10, Array("p".utf8)) + frame(2, [0, 1, 0xFF]))
        talk.client(frame(8, [0x03, 0xE8] + Array("bye".utf8), isMasked: true))
        talk.server(frame(8, [0x03, 0xE8]))
        talk.close()
        let run = try run(talk.segments)
        #expect(run.records.count == 2)
        #expect(run.lines.first == "GET /chat?room=1 101 full")
        let record = try #require(run.records.last)
        #expect(record.line == "GET /chat?room=1 101 full")
        #expect(record["call:protocol"] == "websocket")
        #expect(record["call:piece"] == nil)
        #expect(record["call:id"] != run.records.first?["call:id"])
        #expect(record["request_header:cookie"] == "a=b")
        #expect(
            try shown(record["request_body"]) == [
                "text hello \"there\"", "ping p", "text fragment", "close 1000 bye",
            ])
        #expect(
            try shown(record["response_body"]) == [
                "text hi", "pong p", "binary base64 AAH/", "close 1000 ",
            ])
        #expect(record["call:request_body_bytes"] == "\(13 + 8 + 1 + 5)")
        #expect(record["call:response_body_bytes"] == "\(2 + 1 + 3 + 2)")
        let first = try messages(record["request_body"]).first
        #expect(first?["time"] == record["call:request_start"])
    }

    @Test func `any segmentation gives the same records`() throws {
        var talk = upgraded()
        for index in 0..<20 {
            talk.client(frame("message \(index)", isMasked: true))
            talk.server(frame(String(repeating: "r", count: 200 + index)))
        }
        talk.close()
        let whole = try run(talk.segments).records
        #expect(whole.count == 2)
        for size in [1, 2, 7, 100] {
            #expect(try run(split(talk.segments, into: size)).records == whole)
        }
    }

    @Test func `compressed messages are inflated, with context takeover`() throws {
        var talk = upgraded(extensions: "permessage-deflate")
        // RFC 7692 §7.2.3.1 and §7.2.3.2: "Hello" twice.
        talk.server(frame(1, [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], isCompressed: true))
        talk.server(frame(1, [0xF2, 0x00, 0x11, 0x00, 0x00], isCompressed: true))
        talk.close()
        let record = try #require(run(talk.segments).records.last)
        #expect(try shown(record["response_body"]) == ["text Hello", "text Hello"])
        #expect(record["call:response_body_bytes"] == "12")
        #expect(record["request_body"] == nil)
    }

    @Test func `behind a lost compressed message the rest is kept as it was`() throws {
        var talk = upgraded(extensions: "permessage-deflate")
        talk.server(frame(1, [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], isCompressed: true))
        let lost = talk.segments.count
        talk.server(Array(frame(1, [0xF2, 0x00, 0x11, 0x00, 0x00], isCompressed: true)))
        talk.server(frame(1, [0xF2, 0x00, 0x11, 0x00, 0x00], isCompressed: true))
        talk.close()
        // Only payload is lost: the frame's header is in a segment of its own.
        var segments = split(talk.segments, into: 2).filter {
            !($0.sequence == talk.segments[lost].sequence &+ 2 && !$0.isFromClient)
        }
        segments.sort { $0.time < $1.time }
        let record = try #require(run(segments).records.last)
        let messages = try messages(record["response_body"])
        #expect(messages.count == 3)
        #expect(messages.first?["text"] == "Hello")
        #expect(messages.dropFirst().allSatisfy { $0["compressed"] == "true" })
        #expect(messages[1]["missing"] == "2")
        #expect(record["call:response_gaps"] == "7+2")
        #expect(record["call:completeness"] == "partial")
    }

    @Test func `a gap over a frame header is said and ends that direction`() throws {
        var talk = upgraded()
        talk.server(frame("one"))
        let lost = talk.segments.count
        talk.server(frame("two"))
        talk.server(frame("three"))
        talk.client(frame("still here", isMasked: true))
        talk.close()
        var segments = talk.segments
        segments.remove(at: lost)
        let record = try #require(run(segments).records.last)
        #expect(try shown(record["response_body"]) == ["text one"])
        #expect(try shown(record["request_body"]) == ["text still here"])
        #expect(record["call:response_gaps"] == "3+12")
        #expect(record["call:completeness"] == "partial")
    }

    @Test func `a long conversation is written in pieces`() throws {
        var talk = upgraded()
        for index in 0..<25 { talk.client(frame("m\(index)", isMasked: true)) }
        talk.wait(seconds: 61)
        talk.client(frame("late", isMasked: true))
        talk.close()
        var options = EngineOptions()
        options.calls.webSocketMessagesPerPiece = 10
        let run = try run(talk.segments, TestEncoding(), options)
        let pieces = Array(run.records.dropFirst())
        #expect(pieces.map { $0["call:piece"] } == ["1", "2", "3", "4"])
        #expect(try pieces.map { try messages($0["request_body"]).count } == [10, 10, 5, 1])
        #expect(Set(pieces.map { $0["call:id"] }).count == 4)
        #expect(try shown(pieces.last?["request_body"]) == ["text late"])
    }

    @Test func `a long conversation with losses is told in bounded pieces`() throws {
        var talk = upgraded()
        for index in 0..<3000 {
            talk.server(frame("server \(index) " + String(repeating: "s", count: 80)))
            talk.client(frame("client \(index)", isMasked: true))
            talk.wait(seconds: 1)
        }
        talk.close()
        // Inside messages of the server: lengths skip over what is missing.
        var kept: [TestSegment] = []
        var lost = 0
        for segment in talk.segments {
            guard !segment.isFromClient, segment.payload.count > 80, segment.sequence % 5 == 0
            else {
                kept.append(segment)
                continue
            }
            lost += 1
            var first = segment
            first.payload = Array(segment.payload[..<20])
            var last = segment
            last.payload = Array(segment.payload[40...])
            last.sequence &+= 40
            kept += [first, last]
        }
        #expect(lost > 300)
        let run = try run(kept)
        #expect(run.records.count > 40)
        #expect(run.mostHeld < 256 << 10)
        let texts = try run.records.flatMap { try messages($0["response_body"] ?? "[]") }
        #expect(texts.count == 3000)
        #expect(texts.count { ($0["text"] ?? "").hasPrefix("server ") } >= 3000 - lost)
        let said = try run.records.flatMap { try messages($0["request_body"] ?? "[]") }
        #expect(said.compactMap { $0["text"] } == (0..<3000).map { "client \($0)" })
    }

    @Test func `a message over the limit is cut and memory stays bounded`() throws {
        var talk = upgraded()
        for _ in 0..<40 { talk.server(frame(1, Array(repeating: 0x61, count: 60_000))) }
        talk.close()
        var options = EngineOptions()
        options.calls.bodyLimitBytes = 20_000
        let run = try run(talk.segments, TestEncoding(), options)
        #expect(run.records.count == 41)
        #expect(run.records.last?["call:truncated"] == "response_body")
        #expect(try messages(run.records.last?["response_body"]).first?["truncated"] == "true")
        #expect(run.mostHeld < 100_000)
    }

    @Test func `rules reach into the messages`() throws {
        var talk = upgraded()
        talk.client(frame("card 1234567890", isMasked: true))
        talk.close()
        let rules = try RuleSet("/request_body/ replace /[0-9]{9,}/, /xyxy/")
        let record = try #require(run(talk.segments, rules: rules).records.last)
        #expect(try shown(record["request_body"]) == ["text card xyxy"])
        let dropping = try RuleSet("/request_body/ remove")
        let bare = try #require(run(talk.segments, rules: dropping).records.last)
        #expect(bare["request_body"] == nil)
    }
}
