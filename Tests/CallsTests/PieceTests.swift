import Calls
import Foundation
import Testing

@Suite struct PieceTests {
    func stream(_ type: String, seconds: Int64, events: Int, gzipHeader: Bool = false)
        -> TestConversation
    {
        var talk = TestConversation()
        talk.client("GET /events HTTP/1.1\r\nHost: h\r\n\r\n")
        talk.server(
            "HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\nTransfer-Encoding: chunked\r\n\r\n")
        for index in 0..<events {
            let event = "data: \(index)\n\n"
            talk.server("\(String(event.utf8.count, radix: 16))\r\n\(event)\r\n")
            talk.wait(seconds: seconds)
        }
        talk.server("0\r\n\r\n")
        talk.close()
        return talk
    }

    @Test func `an event stream is written in pieces that join to the whole`() throws {
        let run = try run(stream("text/event-stream", seconds: 10, events: 30).segments)
        #expect(run.records.count > 3)
        #expect(run.records.map { $0["call:piece"] } == (1...run.records.count).map { "\($0)" })
        #expect(run.records.allSatisfy { $0.line == "GET /events 200 partial" })
        #expect(Set(run.records.map { $0["call:id"] }).count == run.records.count)
        let whole = run.records.compactMap { $0["response_body"] }.joined()
        #expect(whole == (0..<30).map { "data: \($0)\n\n" }.joined())
        #expect(run.counters["calls_pieces"] == UInt64(run.records.count))
    }

    @Test func `an ordinary response may take its time`() throws {
        let run = try run(stream("application/json", seconds: 10, events: 30).segments)
        #expect(run.lines == ["GET /events 200 full"])
    }

    @Test func `any response without a length is written after a longer while`() throws {
        let run = try run(stream("application/json", seconds: 100, events: 14).segments)
        #expect(run.records.count == 3)
        #expect(run.records.compactMap { $0["response_body"] }.joined().hasSuffix("data: 13\n\n"))
    }

    @Test func `the first piece has the name the call would have had`() throws {
        let long = try run(stream("text/event-stream", seconds: 10, events: 30).segments)
        let short = try run(stream("text/event-stream", seconds: 1, events: 30).segments)
        #expect(short.lines == ["GET /events 200 full"])
        #expect(long.records.first?["call:id"] == short.records.first?["call:id"])
    }

    // Frames by hand: static table entries, and a literal content-type (RFC 7541 §6.1, §6.2.2).
    private func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt8, _ payload: [UInt8])
        -> [UInt8]
    {
        [0, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF), type, flags, 0, 0, 0, stream]
            + payload
    }

    private func endless(
        _ type: String, seconds: Int64, events: Int, preface: Bool = true
    ) -> TestConversation {
        var talk = TestConversation()
        if preface {
            talk.client(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(4, 0, 0, []))
            talk.server(frame(4, 0, 0, []))
        }
        let authority = Array("h".utf8)
        talk.client(frame(1, 5, 1, [0x82, 0x84, 0x86, 0x01, UInt8(authority.count)] + authority))
        talk.server(
            frame(1, 4, 1, [0x88, 0x0F, 0x10, UInt8(type.utf8.count)] + Array(type.utf8)))
        for index in 0..<events {
            talk.server(frame(0, 0, 1, Array("data: \(index)\n\n".utf8)))
            talk.wait(seconds: seconds)
        }
        talk.server(frame(1, 5, 1, [0x0F, 0x00, 1, 0x30]))
        talk.close()
        return talk
    }

    @Test(arguments: ["text/event-stream", "application/grpc+proto"])
    func `an endless HTTP/2 stream is written in pieces that join to the whole`(
        _ type: String
    ) throws {
        let run = try run(endless(type, seconds: 10, events: 30).segments)
        #expect(run.records.count > 3)
        #expect(run.records.map { $0["call:piece"] } == (1...run.records.count).map { "\($0)" })
        #expect(run.records.allSatisfy { $0.line == "GET / 200 partial" })
        #expect(Set(run.records.map { $0["call:id"] }).count == run.records.count)
        let whole = run.records.compactMap { $0["response_body"] }.joined()
        #expect(whole == (0..<30).map { "data: \($0)\n\n" }.joined())
        #expect(run.counters["calls_pieces"] == UInt64(run.records.count))
        #expect(run.records.last?["response_trailer:accept-charset"] == "0")
    }

    @Test func `a stream that ends in time is one call, and names the first piece`() throws {
        let short = try run(endless("text/event-stream", seconds: 1, events: 30).segments)
        let long = try run(endless("text/event-stream", seconds: 10, events: 30).segments)
        #expect(short.lines == ["GET / 200 full"])
        #expect(long.records.first?["call:id"] == short.records.first?["call:id"])
        let plain = try run(endless("text/html", seconds: 10, events: 30).segments)
        #expect(plain.lines == ["GET / 200 full"])
    }

    // Without some of the server's segments that carry events.
    private func lossy(_ talk: TestConversation) -> (kept: [TestSegment], lost: Set<Int>) {
        var kept: [TestSegment] = []
        var lost: Set<Int> = []
        for segment in talk.segments {
            let text = String(decoding: segment.payload, as: UTF8.self)
            let number = text.components(separatedBy: "data: ").last.flatMap {
                Int($0.prefix { $0.isNumber })
            }
            if let number, text.contains("data: "), number % 7 == 3 {
                lost.insert(number)
            } else {
                kept.append(segment)
            }
        }
        return (kept, lost)
    }

    @Test(arguments: [false, true])
    func `a long event stream with losses is told in bounded pieces, event for event`(
        isHTTP2: Bool
    ) throws {
        let count = 4000
        let talk =
            isHTTP2
            ? endless("text/event-stream", seconds: 1, events: count)
            : stream("text/event-stream", seconds: 1, events: count)
        let (kept, lost) = lossy(talk)
        #expect(lost.count > count / 8)
        let run = try run(kept)
        #expect(run.records.count > count / 70)
        #expect(run.mostHeld < 64 << 10)
        #expect(Set(run.records.map { $0["call:id"] }).count == run.records.count)
        let whole = run.records.compactMap { $0["response_body"] }.joined()
        let found = whole.components(separatedBy: "data: ").dropFirst().compactMap {
            Int($0.prefix { $0.isNumber })
        }
        #expect(found == (0..<count).filter { !lost.contains($0) })
        #expect(run.records.allSatisfy { $0["call:completeness"] == "partial" })
    }

    @Test(arguments: ["application/grpc", "text/html"])
    func `a fast HTTP/2 body over the limit is one call, cut at the limit`(_ type: String) throws {
        var talk = TestConversation()
        talk.client(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(4, 0, 0, []))
        talk.server(frame(4, 0, 0, []))
        for stream: UInt8 in [1, 3] {
            talk.client(frame(1, 5, stream, [0x82, 0x84, 0x86, 0x01, 1, 0x68]))
            talk.server(
                frame(1, 4, stream, [0x88, 0x0F, 0x10, UInt8(type.utf8.count)] + Array(type.utf8)))
        }
        talk.step = 1000
        for index: UInt8 in 0..<40 {
            for stream: UInt8 in [1, 3] {
                let text = [UInt8](repeating: 0x41 + index % 26, count: 10_000)
                talk.server(frame(0, index == 39 ? 1 : 0, stream, text))
            }
        }
        talk.close()
        var options = EngineOptions()
        options.calls.bodyLimitBytes = 100_000
        let run = try run(talk.segments, TestEncoding(), options)
        #expect(run.lines == ["GET / 200 full", "GET / 200 full"])
        for record in run.records {
            let body = try #require(record["response_body"])
            #expect(body.utf8.count == 100_000)
            #expect(body.hasSuffix(String(repeating: "J", count: 10_000)))
            #expect(record["call:response_body_bytes"] == "400000")
            #expect(record["call:truncated"]?.contains("response_body") == true)
            #expect(record["call:piece"] == nil)
        }
        #expect(run.mostHeld < 300_000)
    }
}
