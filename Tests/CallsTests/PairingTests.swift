import Calls
import Testing

@Suite struct PairingTests {
    @Test func `pipelined requests are answered in their order`() throws {
        var talk = TestConversation()
        talk.client(
            (1...4).map { "GET /\($0) HTTP/1.1\r\nHost: h\r\n\r\n" }.joined())
        talk.server(
            (1...4).map { "HTTP/1.1 20\($0) OK\r\nContent-Length: 1\r\n\r\n\($0)" }.joined())
        talk.close()
        #expect(
            try run(talk.segments).lines == [
                "GET /1 201 full", "GET /2 202 full", "GET /3 203 full", "GET /4 204 full",
            ])
    }

    @Test func `responses without a body do not take the next one's`() throws {
        var talk = TestConversation()
        talk.client("HEAD /head HTTP/1.1\r\nHost: h\r\n\r\n")
        talk.server("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
        talk.client("GET /304 HTTP/1.1\r\nHost: h\r\n\r\n")
        talk.server("HTTP/1.1 304 Not Modified\r\nContent-Length: 900\r\n\r\n")
        talk.exchange("/after")
        talk.close()
        #expect(
            try run(talk.segments).lines == [
                "HEAD /head 200 full", "GET /304 304 full", "GET /after 200 full",
            ])
    }

    @Test func `interim responses are no calls`() throws {
        var talk = TestConversation()
        talk.client(
            "POST /1 HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        talk.server("HTTP/1.1 100 Continue\r\n\r\n")
        talk.client("ok")
        talk.server(
            "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        )
        talk.close()
        let run = try run(talk.segments)
        #expect(run.lines == ["POST /1 200 full"])
        #expect(run.records.first?["request_body"] == "ok")
        #expect(run.counters["calls_interim_responses"] == 2)
    }

    @Test func `a response may come before its request is over`() throws {
        var talk = TestConversation()
        talk.client("POST /big HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf-")
        talk.server("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
        talk.client("other")
        talk.exchange("/next")
        talk.close()
        let run = try run(talk.segments)
        #expect(run.lines == ["POST /big 413 full", "GET /next 200 full"])
        #expect(run.records.first?["request_body"] == "half-other")
    }

    @Test func `a request without a response is reported, and a response without a request`() throws
    {
        var talk = TestConversation()
        talk.client("GET /alone HTTP/1.1\r\nHost: h\r\n\r\n")
        talk.close()
        #expect(try run(talk.segments).lines == ["GET /alone - request_only"])
        var other = TestConversation()
        other.server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        other.close()
        #expect(try run(other.segments).lines == ["- - 200 response_only"])
    }

    @Test func `one direction alone is reported as far as it goes`() throws {
        var talk = TestConversation()
        for index in 1...5 { talk.exchange("/\(index)") }
        talk.close()
        let requests = try run(talk.segments.filter(\.isFromClient))
        #expect(requests.lines == (1...5).map { "GET /\($0) - request_only" })
        let responses = try run(talk.segments.filter { !$0.isFromClient })
        #expect(responses.lines == (1...5).map { _ in "- - 200 response_only" })
        #expect(responses.records.allSatisfy { $0["call:client"] == "10.0.0.1:40000" })
    }

    @Test func `a lost response does not shift those behind it`() throws {
        var talk = TestConversation()
        for index in 1...4 { talk.exchange("/\(index)", body: "\(index)") }
        talk.close()
        // Three of the handshake, then request and response in turn.
        var segments = talk.segments
        segments.remove(at: 6)
        let run = try run(segments)
        #expect(
            run.lines == [
                "GET /1 200 full", "GET /2 - request_only", "GET /3 200 full", "GET /4 200 full",
            ])
        #expect(run.records.map { $0["response_body"] } == ["1", nil, "3", "4"])
    }

    @Test func `without a SYN, too, a lost first response costs its own call only`() throws {
        var talk = TestConversation(opens: false)
        for index in 1...3 { talk.exchange("/\(index)", body: "body \(index)") }
        let first = try #require(talk.segments.firstIndex { !$0.isFromClient })
        talk.segments.remove(at: first)
        let run = try run(talk.segments)
        #expect(
            run.lines.sorted() == ["GET /1 - request_only", "GET /2 200 full", "GET /3 200 full"])
        #expect(run.records.compactMap { $0["response_body"] }.sorted() == ["body 2", "body 3"])
    }

    @Test func `a lost request leaves its response alone`() throws {
        var talk = TestConversation()
        for index in 1...4 { talk.exchange("/\(index)", body: "\(index)") }
        talk.close()
        var segments = talk.segments
        segments.remove(at: 5)
        let run = try run(segments)
        #expect(run.records.map { $0["response_body"] } == ["1", "2", "3", "4"])
        #expect(
            run.lines == [
                "GET /1 200 full", "- - 200 response_only", "GET /3 200 full", "GET /4 200 full",
            ])
    }

    @Test func `a connection picked up in the middle is reported from there`() throws {
        var talk = TestConversation()
        for index in 1...3 { talk.exchange("/\(index)") }
        let run = try run(Array(talk.segments.dropFirst(5)))
        #expect(run.lines == ["GET /2 200 full", "GET /3 200 full"])
    }

    @Test func `a lost last chunk does not cost the next call`() throws {
        var talk = TestConversation()
        for index in 1...3 {
            talk.client("GET /\(index) HTTP/1.1\r\nHost: h\r\n\r\n")
            talk.server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n\(index)\r\n")
            talk.server("0\r\n\r\n")
        }
        talk.close()
        var segments = talk.segments
        segments.remove(at: 5)
        let run = try run(segments)
        #expect(run.lines == ["GET /1 200 partial", "GET /2 200 full", "GET /3 200 full"])
        #expect(run.records.map { $0["response_body"] } == ["1", "2", "3"])
        #expect(run.records.first?["call:response_gaps"] == "1+5")
    }

    @Test func `behind a lost request in a pipeline nothing is paired by guess`() throws {
        var talk = TestConversation()
        for index in 1...4 { talk.client("GET /\(index) HTTP/1.1\r\nHost: h\r\n\r\n") }
        for index in 1...4 { talk.server("HTTP/1.1 20\(index) OK\r\nContent-Length: 0\r\n\r\n") }
        talk.exchange("/5")
        talk.close()
        var segments = talk.segments
        segments.remove(at: 4)
        for line in try run(segments).lines {
            #expect(
                ["GET /1 201 full", "GET /5 200 full"].contains(line) || line.hasSuffix("_only"),
                "\(line)")
        }
    }
}
