import Bytes
import Calls
import Foundation
import Testing

/// gzip of "The quick brown fox".
let foxGzip = [UInt8](
    Data(base64Encoded: "H4sIAAAAAAACAwvJSFUoLM1MzlZIKsovz1NIy68AAN50RbcTAAAA") ?? Data())

@Suite struct CallRecordTests {
    @Test func `a call has all its keys in the order of the design`() throws {
        var talk = TestConversation()
        talk.client(
            "POST /a%20b?Q=1&r=x+y HTTP/1.1\r\nHost: h.example\r\nX-Two: 1\r\nx-two: 2\r\n"
                + "Content-Length: 4\r\n\r\nbody")
        talk.server(
            "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\nTrailer: T\r\n\r\n"
                + "5\r\nhello\r\n0\r\nT: end\r\n\r\n")
        talk.close()
        var options = EngineOptions()
        options.calls.hostName = "probe"
        options.calls.lane = 3
        let run = try run(talk.segments, TestEncoding(wrapping: .vxlan(77)), options)
        let record = try #require(run.records.first)
        #expect(run.records.count == 1)
        #expect(
            record.keys
                == [
                    "request_method", "request_url", "response_code", "request_header:host",
                    "request_header:x-two", "request_header:x-two", "request_header:content-length",
                    "request_header:x-forwarded-for", "request_param:q", "request_param:r",
                    "response_header:transfer-encoding", "response_header:trailer", "request_body",
                    "response_body", "now", "interval", "host", "call:id", "call:target",
                    "call:completeness", "call:protocol", "call:client", "call:server", "call:vni",
                    "call:lane", "call:segment", "call:request_start", "call:request_end",
                    "call:response_start", "call:response_end", "call:request_body_bytes",
                    "call:response_body_bytes", "response_trailer:t",
                ].filter { $0 != "call:segment" || record["call:segment"] != nil })
        #expect(record["request_url"] == "http://h.example/a%20b")
        #expect(record["request_param:r"] == "x y")
        #expect(record["request_header:x-forwarded-for"] == "10.0.0.1")
        #expect(record["call:target"] == "/a%20b?Q=1&r=x+y")
        #expect(record["call:completeness"] == "full")
        #expect(record["call:protocol"] == "HTTP/1.1")
        #expect(record["call:client"] == "10.0.0.1:40000")
        #expect(record["call:server"] == "10.0.0.2:8080")
        #expect(record["call:vni"] == "77")
        #expect(record["request_body"] == "body")
        #expect(record["response_body"] == "hello")
        #expect(record["response_trailer:t"] == "end")
        #expect(record["host"] == "probe")
        let start = TestConversation.start + 3_000_000
        #expect(record["call:request_start"] == "\(start)")
        #expect(record["call:response_start"] == "\(start + 1_000_000)")
        #expect(record["now"] == "\((start + 1_000_000) / 1_000_000)")
        #expect(record["interval"] == "1")
        #expect(record["call:id"]?.count == 32)
        #expect(run.counters["calls_full"] == 1)
    }

    @Test func `a head in several packets begins with the first and ends with the last`() throws {
        var talk = TestConversation()
        let start = talk.now
        talk.client("GET / HTTP/1.1\r\n")
        talk.wait(seconds: 1)
        talk.client("\r\n")
        talk.server("HTTP/1.1 304 Same\r\n")
        talk.wait(seconds: 1)
        talk.server("\r\n")
        talk.close()
        let record = try #require(try run(talk.segments).records.first)
        let step = talk.step
        #expect(record["call:request_start"] == "\(start)")
        #expect(record["call:request_end"] == "\(start + step + 1_000_000_000)")
        #expect(record["call:response_start"] == "\(start + 2 * step + 1_000_000_000)")
        #expect(record["call:response_end"] == "\(start + 3 * step + 2_000_000_000)")
    }

    @Test func `bodies lose their content coding`() throws {
        var talk = TestConversation()
        talk.client("GET /gzip HTTP/1.1\r\nHost: h\r\n\r\n")
        talk.server(
            Array("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 39\r\n\r\n".utf8)
                + foxGzip)
        talk.client("GET /broken HTTP/1.1\r\nHost: h\r\n\r\n")
        talk.server(
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain")
        talk.close()
        let run = try run(talk.segments)
        #expect(run.records.map { $0["response_body"] } == ["The quick brown fox", "plain"])
        #expect(run.records.map { $0["call:response_body_bytes"] } == ["39", "5"])
        #expect(run.counters["bodies_undecodable"] == 1)
    }

    @Test func `a body over the limit is cut at a border of UTF-8 and says so`() throws {
        var talk = TestConversation()
        let body = String(repeating: "é", count: 40)
        talk.client("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 80\r\n\r\n\(body)")
        talk.server("HTTP/1.1 200 OK\r\nContent-Length: 80\r\n\r\n\(body)")
        talk.close()
        var options = EngineOptions()
        options.calls.bodyLimitBytes = 33
        let record = try #require(run(talk.segments, TestEncoding(), options).records.first)
        #expect(record["request_body"] == String(repeating: "é", count: 16))
        #expect(record["response_body"] == String(repeating: "é", count: 16))
        #expect(record["call:truncated"] == "request_body,response_body")
        #expect(record["call:response_body_bytes"] == "80")
    }

    @Test(arguments: BinaryBodies.allCases)
    func `a body that is no text is written as asked`(_ way: BinaryBodies) throws {
        var talk = TestConversation()
        talk.client("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        talk.server(
            Array("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n".utf8) + [0x41, 0xFF, 0xFE, 0x42])
        talk.close()
        var options = EngineOptions()
        options.calls.binaryBodies = way
        let record = try #require(run(talk.segments, TestEncoding(), options).records.first)
        switch way {
        case .replace: #expect(record["response_body"] == "A\u{FFFD}\u{FFFD}B")
        case .base64: #expect(record["response_body"] == "Qf/+Qg==")
        case .omit: #expect(record["response_body"] == nil)
        }
        #expect(record["call:response_body_encoding"] == (way == .base64 ? "base64" : nil))
        #expect(record["call:response_body_bytes"] == "4")
    }

    @Test func `missing body bytes are said as offset and length`() throws {
        var talk = TestConversation()
        talk.segmentBytes = 100
        talk.client("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 261\r\n\r\n"
        #expect(head.utf8.count == 40)
        talk.server(head + String(repeating: "x", count: 261))
        talk.close()
        // Segments: SYN, SYN ACK, ACK, request, response 0 to 99, 100 to 199, 200 to 299.
        var segments = talk.segments
        segments.remove(at: 5)
        let record = try #require(run(segments).records.first)
        #expect(record["call:response_gaps"] == "60+100")
        #expect(record["call:response_body_bytes"] == "261")
        #expect(record["response_body"]?.utf8.count == 161)
        #expect(record["call:completeness"] == "partial")
    }

    @Test func `a packet that the capture cut is a gap of known size`() throws {
        var talk = TestConversation()
        talk.exchange("/1", body: String(repeating: "y", count: 500))
        talk.exchange("/2")
        talk.close()
        var segments = talk.segments
        segments[4].cut = 300
        let run = try run(segments)
        #expect(run.lines == ["GET /1 200 partial", "GET /2 200 full"])
        #expect(run.records.first?["call:response_gaps"] == "200+300")
    }

    @Test func `the header for the client's address takes the place of one that is there`() throws {
        var talk = TestConversation()
        talk.client("GET / HTTP/1.1\r\nHost: h\r\nX-Real-IP: 9.9.9.9\r\n\r\n")
        talk.server("HTTP/1.1 204 No\r\n\r\n")
        talk.close()
        var options = EngineOptions()
        options.calls.realAddressHeader = "x-real-ip"
        let record = try #require(run(talk.segments, TestEncoding(), options).records.first)
        #expect(record.all("request_header:x-real-ip") == ["10.0.0.1"])
    }
}
