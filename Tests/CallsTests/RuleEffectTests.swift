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

    func record(_ target: String, _ rules: String, trailer: [UInt8] = []) throws -> TestRecord {
        var talk = TestConversation()
        talk.client("GET \(target) HTTP/1.1\r\nHost: me:pass@h\r\n\r\n")
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Odd: "
        talk.server(Array(head.utf8) + trailer + Array("\r\n\r\n".utf8))
        talk.close()
        return try #require(try run(talk.segments, rules: RuleSet(rules)).records.first)
    }

    @Test func `user-info is not in the URL, and in the target only without changing rules`() throws
    {
        let target = "http://user:pass@a.example/x?y=1"
        #expect(try record(target, "include debug")["request_url"] == "http://a.example/x")
        #expect(try record("/x", "include debug")["request_url"] == "http://h/x")
        #expect(try record(target, "include debug")["call:target"] == target)
        #expect(try record(target, "/request_body/ remove")["call:target"] == nil)
    }

    @Test(arguments: ["/a?secret", "/a?n=1&secret=", "/a?=secret", "/a?%zz=secret", "/a?s%65cret"])
    func `what no parameter shows is not shown by the target either`(_ target: String) throws {
        #expect(try record(target, "include debug")["call:target"] == target)
        #expect(try record(target, "/request_param:.*/ remove")["call:target"] == nil)
        #expect(try record("/a?open", "/request_param:secret/ remove")["call:target"] == "/a?open")
    }

    @Test func `a trailer that is no UTF-8 is judged repaired`() throws {
        let bytes: [UInt8] = [0xFF, 0xC3, 0x61]
        let kept = try record("/", "/response_header:x-odd/ remove_if_found /b/", trailer: bytes)
        #expect(kept["response_trailer:x-odd"] == "\u{FFFD}\u{FFFD}a")
        let gone = try record("/", "/response_header:x-odd/ remove_if_found /.a/", trailer: bytes)
        #expect(gone["response_trailer:x-odd"] == nil)
    }

    @Test func `what rules do to pairs is counted`() throws {
        let counters = try records("/request_body/ remove\n/response_body/ replace /x/, /y/")
            .counters
        #expect(counters["pairs_removed"] == 1)
        #expect(counters["pairs_replaced"] == 1)
    }
}
