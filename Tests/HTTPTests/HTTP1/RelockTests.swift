import Bytes
import HTTP
import Testing

/// Where a stream is lost, what looks like a start line must be borne out.
@Suite struct RelockTests {
    /// The requests found behind a hole.
    func found(_ pieces: String..., hole: UInt64 = 9) -> [String] {
        var log = HTTP1Log()
        log.stream.role = .client
        log.gap(hole)
        for piece in pieces { log.feed(Array(piece.utf8).span) }
        log.end()
        return log.lines.filter { $0.hasPrefix("@") }.map {
            String($0.split(separator: " ", maxSplits: 1)[1])
        }
    }

    @Test func `the next request ends the line of a body that has no line end`() {
        let lines = found(
            "more user-friendly (no need to know)  \"cookies\":[]}",
            "POST /second HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(lines == ["POST /second"])
    }

    @Test func `the rest of a method is no method`() {
        #expect(
            found("T /half HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n") == [
                "GET /b"
            ])
    }

    @Test func `a text that quotes a start line is no request`() {
        let quotes = [
            "say\r\nGET it from HTTP/1.1\r\nHost: h\r\n\r\n",
            "x\r\nPOST /a HTTP/1.1 \r\nis a line\r\n\r\n",
            "x\r\nword /a b HTTP/1.1\r\nHost: h\r\n\r\n",
            "x\r\nGET /a HTTP/1.1 or so\r\nHost: h\r\n\r\n",
        ]
        for quote in quotes {
            #expect(found(quote, "PUT /true HTTP/1.1\r\nA: 1\r\n\r\n") == ["PUT /true"], "\(quote)")
        }
    }

    @Test func `methods and targets of every form are found again`() {
        let heads = [
            "GET /a HTTP/1.1", "GET /a b HTTP/1.1", "OPTIONS * HTTP/1.1", "CONNECT h:443 HTTP/1.1",
            "GET http://h/a HTTP/1.0", "M-SEARCH * HTTP/1.1", "CONNECT [::1]:443 HTTP/1.1",
        ]
        for head in heads {
            let line = String(head.dropLast(9))
            for split in 1..<head.utf8.count {
                let text = "ody\r\n\(head)\r\nHost: h\r\n\r\n"
                let bytes = Array(text.utf8)
                let place = 5 + split
                let pieces = [bytes[..<place], bytes[place...]].map {
                    String(decoding: $0, as: UTF8.self)
                }
                #expect(found(pieces[0], pieces[1]) == [line], "\(head) split at \(split)")
            }
        }
        #expect(found("ody\r\n", "BREW /pot HTTP/1.1\r\nHost: h\r\n\r\n") == ["BREW /pot"])
        #expect(found("GET /old HTTP/1.0\r\n\r\n") == ["GET /old"])
    }

    @Test func `a byte before a request does not become part of its method`() {
        let request = Array("GET /a HTTP/1.1\r\nHost: h\r\n\r\n".utf8)
        for split in 1..<request.count {
            let pieces = [
                [0x05, 0x00], Array("P".utf8), Array(request[..<split]), Array(request[split...]),
            ]
            let lines = log(pieces).filter { $0.hasPrefix("@") }
            #expect(lines == ["@3 GET /a"], "split at \(split)")
        }
    }

    @Test func `a connection picked up inside a body begins with its next request`() {
        let body = Array("more of a text, \"cookies\":[]}".utf8)
        let request = Array("POST /a HTTP/1.1\r\nHost: h\r\n\r\n".utf8)
        for split in 1..<request.count {
            let lines = log([body, Array(request[..<split]), Array(request[split...])])
            #expect(
                lines.filter { $0.hasPrefix("@") } == ["@\(body.count) POST /a"],
                "split at \(split)")
        }
    }

    @Test func `a method in two packets is one`() {
        for split in 1..<8 {
            let request = "PROPFIND /a HTTP/1.1\r\nHost: h\r\n\r\n"
            let pieces = [String(request.prefix(split)), String(request.dropFirst(split))]
            #expect(found("x\r\n", pieces[0], pieces[1]) == ["PROPFIND /a"], "split at \(split)")
        }
    }

    @Test func `a status line without a field behind it is none`() {
        var log = HTTP1Log()
        log.stream.role = .server
        log.gap(3)
        log.feed(Array("said\r\nHTTP/1.1 200 OK\r\nis what servers say\r\n".utf8).span)
        log.feed(Array("HTTP/1.1 204 No\r\nServer: s\r\n\r\n".utf8).span)
        #expect(log.lines.filter { $0.hasPrefix("@") } == ["@47 204"])
    }
}
