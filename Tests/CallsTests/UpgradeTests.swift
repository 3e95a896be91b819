import Calls
import Foundation
import Testing

@Suite struct UpgradeTests {
    @Test func `HTTP inside a CONNECT tunnel is reported as well`() throws {
        var talk = TestConversation()
        talk.client("CONNECT up.example:80 HTTP/1.1\r\nHost: up.example:80\r\n\r\n")
        talk.server("HTTP/1.1 200 Connection established\r\n\r\n")
        talk.exchange("/inside")
        talk.close()
        let run = try run(talk.segments)
        #expect(run.lines == ["CONNECT up.example:80 200 full", "GET /inside 200 full"])
        #expect(run.records.first?["request_url"] == "http://up.example:80")
    }

    @Test func `TLS inside a CONNECT tunnel is counted`() throws {
        var talk = TestConversation()
        talk.client("CONNECT up.example:443 HTTP/1.1\r\nHost: up.example:443\r\n\r\n")
        talk.server("HTTP/1.1 200 OK\r\n\r\n")
        talk.client([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0])
        talk.server([0x16, 3, 3, 0, 2, 2, 0])
        talk.close()
        let run = try run(talk.segments)
        #expect(run.lines == ["CONNECT up.example:443 200 full"])
        #expect(run.counters["bytes_tls"] == 17)
    }

    @Test func `TLS gives no call and every byte a name`() throws {
        var talk = TestConversation()
        talk.client([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0])
        talk.server([0x16, 3, 3, 0, 2, 2, 0])
        talk.close()
        let run = try run(talk.segments)
        #expect(run.records.isEmpty)
        #expect(run.counters["bytes_tls"] == 17)
        #expect(run.counters["connections_other"] == 1)
    }

    @Test(arguments: [1, 2])
    func `a PROXY protocol header in front is passed over`(_ version: Int) throws {
        var talk = TestConversation()
        if version == 1 {
            talk.client("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nGET /p HTTP/1.1\r\nHost: h\r\n\r\n")
        } else {
            let header: [UInt8] = [
                0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21, 0x11, 0,
                12,
                192, 0, 2, 1, 192, 0, 2, 2, 0, 1, 0, 2,
            ]
            talk.client(header)
            talk.client("GET /p HTTP/1.1\r\nHost: h\r\n\r\n")
        }
        talk.server("HTTP/1.1 204 No\r\n\r\n")
        talk.close()
        for pieces in [1, 3, 1400] {
            let run = try run(split(talk.segments, into: pieces))
            #expect(run.lines == ["GET /p 204 full"])
            #expect(run.counters["bytes_proxy_header"] == (version == 1 ? 36 : 28))
        }
    }

    @Test func `an upgrade to h2c is reported as what it is`() throws {
        var talk = TestConversation()
        talk.client(
            "GET /h2 HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                + "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n")
        talk.server(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
        talk.server([0, 0, 0, 4, 0, 0, 0, 0, 0])
        talk.client(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0])
        // HEADERS with :status 200 (static table 8), then DATA with END_STREAM.
        talk.server([0, 0, 1, 1, 4, 0, 0, 0, 1, 0x88])
        talk.server([0, 0, 2, 0, 1, 0, 0, 0, 1, 0x6F, 0x6B])
        talk.close()
        let run = try run(talk.segments)
        let answer = try #require(run.records.first { $0["response_code"] == "200" })
        #expect(answer["call:protocol"] == "HTTP/2")
        #expect(answer["call:target"] == "/h2")
        #expect(answer["response_body"] == "ok")
    }

    @Test func `an upgrade whose request was not seen gives the answer alone`() throws {
        var talk = TestConversation()
        talk.server("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n")
        talk.server([0, 0, 0, 4, 0, 0, 0, 0, 0])
        talk.client(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0])
        talk.server([0, 0, 1, 1, 5, 0, 0, 0, 1, 0x88])
        talk.close()
        #expect(try run(talk.segments).lines == ["- - 200 response_only"])
    }

    @Test func `HTTP 2 with prior knowledge gives a call for each stream`() throws {
        var talk = TestConversation()
        talk.client(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0])
        talk.server([0, 0, 0, 4, 0, 0, 0, 0, 0])
        // :method GET, :scheme http, :path /, :authority "h" as a literal without indexing.
        talk.client([0, 0, 6, 1, 5, 0, 0, 0, 1, 0x82, 0x86, 0x84, 0x01, 1, 0x68])
        talk.client([0, 0, 6, 1, 5, 0, 0, 0, 3, 0x82, 0x86, 0x84, 0x01, 1, 0x68])
        talk.server([0, 0, 1, 1, 5, 0, 0, 0, 3, 0x8D])
        talk.server([0, 0, 1, 1, 5, 0, 0, 0, 1, 0x88])
        talk.close()
        let run = try run(talk.segments)
        #expect(Set(run.lines) == ["GET / 200 full", "GET / 404 full"])
        #expect(run.records.allSatisfy { $0["request_url"] == "http://h/" })
        #expect(Set(run.records.map { $0["call:id"] }).count == 2)
    }

    @Test func `what is not HTTP is counted and gives nothing`() throws {
        var talk = TestConversation()
        talk.client("SSH-2.0-OpenSSH_9.6\r\n")
        talk.server("SSH-2.0-OpenSSH_9.6\r\n")
        talk.close()
        let run = try run(talk.segments)
        #expect(run.records.isEmpty)
        #expect(run.counters["bytes_other_protocol"] ?? 0 > 0)
    }

    @Test func `HTTP/2 picked up midstream is recognised however its first head was cut`() throws {
        // HEADERS with END_STREAM of `GET http://h/`, then of `200`, both of the static table.
        let block: [UInt8] = [0x82, 0x86, 0x84, 0x41, 0x01, 0x68]
        let request = [0, 0, UInt8(block.count), 1, 5, 0, 0, 0, 1] + block
        let answer: [UInt8] = [0, 0, 1, 1, 5, 0, 0, 0, 1, 0x88]
        for split in 1...request.count {
            var talk = TestConversation(opens: false)
            talk.client(Array(request[..<split]))
            if split < request.count { talk.client(Array(request[split...])) }
            talk.server(answer)
            talk.close()
            #expect(try run(talk.segments).lines == ["GET / 200 full"], "split at \(split)")
        }
    }
}

/// The same bytes in smaller segments, each with the time of the packet it was in.
func split(_ segments: [TestSegment], into byteCount: Int) -> [TestSegment] {
    var result: [TestSegment] = []
    for segment in segments {
        guard segment.payload.count > byteCount else {
            result.append(segment)
            continue
        }
        var offset = 0
        while offset < segment.payload.count {
            let end = min(offset + byteCount, segment.payload.count)
            var piece = segment
            piece.sequence &+= UInt32(offset)
            piece.payload = Array(segment.payload[offset..<end])
            result.append(piece)
            offset = end
        }
    }
    return result
}
