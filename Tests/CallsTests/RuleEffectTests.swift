import Calls
import Rules
import Testing

@Suite struct RuleEffectTests {
    func records(_ text: String) throws -> TestRun {
        var talk = TestConversation()
        talk.client(
            "POST /a?token=secret HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n\u{7F}\u{7F}")
        talk.server(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Sum: secret\r\n\r\n"
        )
        talk.close()
        return try run(talk.segments, rules: RuleSet(text))
    }

    @Test func `a call that a rule stops is dropped and counted`() throws {
        let run = try records("/response_code/ stop_if /200/")
        #expect(run.records.isEmpty)
        #expect(run.counters["calls_dropped_by_rule"] == 1)
    }

    @Test(arguments: [
        "/request_url/ remove", "/request_url/ replace /a/, /b/", "/request_param:token/ remove",
        "/request_param:token/ replace /secret/, /x/",
    ])
    func `the target goes with the URL and the parameters`(_ text: String) throws {
        let record = try #require(records(text).records.first)
        #expect(record["call:target"] == nil)
        #expect(record.pairs.allSatisfy { !$0.value.contains("token=secret") })
    }

    @Test(arguments: [
        "/response_header:x-sum/ remove", "/response_header:.*/ remove_if_found /secret/",
        "/response_header:x-sum/ replace /secret/, /y/",
    ])
    func `a trailer goes with the rule of its header`(_ text: String) throws {
        let record = try #require(records(text).records.first)
        #expect(record["response_trailer:x-sum"] == nil)
        #expect(record["response_body"] == "x")
    }

    @Test func `rules that meet nothing leave all`() throws {
        let record = try #require(records("/request_header:none/ remove").records.first)
        #expect(record["call:target"] == "/a?token=secret")
        #expect(record["response_trailer:x-sum"] == "secret")
    }

    @Test func `no rule reaches Earshot's own keys and the host`() throws {
        let record = try #require(records("/host|call:.*/ remove").records.first)
        #expect(record["host"] == "unknown")
        #expect(record["call:id"] != nil)
    }
}
