import Calls
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
}
