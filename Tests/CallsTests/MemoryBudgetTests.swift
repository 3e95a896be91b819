import Calls
import Testing

@Suite struct MemoryBudgetTests {
    @Test func `over the budget long bodies lose their ends, and no call is lost`() throws {
        var segments: [TestSegment] = []
        for index in 0..<40 {
            var talk = TestConversation(
                port: UInt16(30_000 + index), at: TestConversation.start + Int64(index) * 1_000)
            talk.client("GET /\(index) HTTP/1.1\r\nHost: h\r\n\r\n")
            talk.server("HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n")
            talk.server(Array(repeating: 0x61, count: 60_000))
            talk.close()
            segments += talk.segments
        }
        segments.sort { $0.time < $1.time }
        var options = EngineOptions()
        options.memoryBudgetBytes = 1_000_000
        let run = try run(segments, TestEncoding(), options)
        #expect(run.mostHeld <= 1_000_000 + 1_500)
        #expect(run.records.count == 40)
        #expect(run.counters["bodies_cut_for_memory"] ?? 0 > 0)
        #expect(run.counters["calls_full"] == 40)
        for record in run.records {
            #expect(record["call:response_body_bytes"] == "60000")
            let length = record["response_body"]?.utf8.count ?? 0
            #expect(length == 60_000 || record["call:truncated"] == "response_body")
            #expect(length >= 16 << 10)
        }
    }

    @Test func `over the budget the connections silent longest are reported as they are`() throws {
        var segments: [TestSegment] = []
        for index in 0..<40 {
            var talk = TestConversation(
                port: UInt16(30_000 + index), at: TestConversation.start + Int64(index) * 1_000)
            talk.client("POST /\(index) HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n")
            talk.client(Array(repeating: 0x61, count: 50_000))
            segments += talk.segments
        }
        segments.sort { $0.time < $1.time }
        var options = EngineOptions()
        options.memoryBudgetBytes = 400_000
        let run = try run(segments, TestEncoding(), options)
        #expect(run.records.count >= 40)
        #expect(run.mostHeld <= 400_000 + 1_500)
        let unlimited = try CallsTests.run(segments)
        #expect(unlimited.records.count == 40)
    }

    @Test func `a head without an end is cut at its limit`() throws {
        var talk = TestConversation()
        talk.client("GET / HTTP/1.1\r\nX: ")
        for _ in 0..<30 { talk.client(Array(repeating: 0x61, count: 20_000)) }
        talk.close()
        let run = try run(talk.segments)
        #expect(run.records.count == 1)
        #expect(run.mostHeld < 600_000)
        #expect(run.counters["http1_heads_cut"] == 1)
    }

    @Test func `a body over the limit is counted, not kept`() throws {
        var talk = TestConversation()
        talk.client("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        talk.server("HTTP/1.1 200 OK\r\nContent-Length: 8000000\r\n\r\n")
        talk.segmentBytes = 40_000
        talk.server(Array(repeating: 0x61, count: 8_000_000))
        talk.close()
        let run = try run(talk.segments)
        let record = try #require(run.records.first)
        #expect(record["call:response_body_bytes"] == "8000000")
        #expect(record["call:truncated"] == "response_body")
        #expect(run.mostHeld < 1_200_000)
    }

    @Test func `requests nobody answers do not pile up`() throws {
        var talk = TestConversation()
        for index in 0..<1000 { talk.client("GET /\(index) HTTP/1.1\r\nHost: h\r\n\r\n") }
        talk.close()
        let run = try run(talk.segments)
        #expect(run.records.count == 1000)
        #expect(run.counters["requests_waiting_over_limit"] ?? 0 > 0)
        #expect(run.mostHeld < 20_000)
    }
}
