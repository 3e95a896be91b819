import Bytes
import HTTP
import Testing

/// A stream and what it must come to.
struct HTTP1Case: Sendable, CustomTestStringConvertible {
    var name: String
    var input: String
    var answers: [RequestKind] = []
    var expected: [String]
    var testDescription: String { name }
}

let http1Cases: [HTTP1Case] = [
    HTTP1Case(
        name: "a request without a body",
        input: "GET /a?b=c HTTP/1.1\r\nHost: h\r\nX:\t y \r\n\r\n",
        expected: ["@0 GET /a?b=c", "  Host: h", "  X: y", "end 0 [] complete"]),
    HTTP1Case(
        name: "pipelined requests, one with a body",
        input: "POST /1 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /2 HTTP/1.0\r\n\r\n",
        expected: [
            "@0 POST /1", "  Content-Length: 3", "end 3 [abc] complete", "@42 GET /2",
            "end 0 [] complete",
        ]),
    HTTP1Case(
        name: "chunks with extensions and trailers",
        input:
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=\"y\"\r\nhello\r\nA\r\n0123456789\r\n0\r\nT: 1\r\nU: 2\r\n\r\nHTTP/1.1 204 No\r\n\r\n",
        expected: [
            "@0 200", "  Transfer-Encoding: chunked", "end 15 [hello0123456789] complete",
            "  trailer T: 1", "  trailer U: 2", "@95 204", "end 0 [] complete",
        ]),
    HTTP1Case(
        name: "a body until the end",
        input: "HTTP/1.0 200 OK\r\nServer: x\r\n\r\nall of this\r\n\r\n",
        expected: ["@0 200", "  Server: x", "end 15 [all of this\r\n\r\n] complete"]),
    HTTP1Case(
        name: "bare line feeds and blank lines before the start line",
        input: "\r\n\nPUT /x HTTP/1.1\nContent-Length: 2\n\nok",
        expected: ["@3 PUT /x", "  Content-Length: 2", "end 2 [ok] complete"]),
    HTTP1Case(
        name: "folded lines and odd spacing",
        input: "PATCH  /x   HTTP/1.1\r\nA : b\r\n  c\r\n\td\r\nE:\r\n\r\n",
        expected: ["@0 PATCH /x", "  A: b c d", "  E: ", "end 0 [] complete"]),
    HTTP1Case(
        name: "a response to HEAD with a length, and 304 with one",
        input:
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 304 Same\r\nContent-Length: 9\r\n\r\n",
        answers: [.head, .ordinary],
        expected: [
            "@0 200", "  Content-Length: 9", "end 0 [] complete", "@38 304", "  Content-Length: 9",
            "end 0 [] complete",
        ]),
    HTTP1Case(
        name: "Transfer-Encoding beats Content-Length",
        input:
            "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        expected: [
            "@0 POST /", "  Content-Length: 3", "  Transfer-Encoding: chunked",
            "end 2 [ok] complete ambiguous",
        ]),
    HTTP1Case(
        name: "equal lengths twice are one length",
        input: "POST / HTTP/1.1\r\nContent-Length: 2, 2\r\nContent-Length: 2\r\n\r\nok",
        expected: [
            "@0 POST /", "  Content-Length: 2, 2", "  Content-Length: 2", "end 2 [ok] complete",
        ]),
    HTTP1Case(
        name: "any method, any status, no reason",
        input:
            "HTTP/1.1 299\r\nContent-Length: 0\r\n\r\nHTTP/1.1 999 Odd\r\nContent-Length: 1\r\n\r\n.",
        expected: [
            "@0 299", "  Content-Length: 0", "end 0 [] complete", "@35 999", "  Content-Length: 1",
            "end 1 [.] complete",
        ]),
    HTTP1Case(
        name: "a body cut short by the end",
        input: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfour",
        expected: ["@0 200", "  Content-Length: 9", "end 4 [four] early"]),
    HTTP1Case(
        name: "broken chunk framing",
        input: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nxyz\r\n",
        expected: ["@0 200", "  Transfer-Encoding: chunked", "end 2 [ok] early malformed"]),
    HTTP1Case(
        name: "interim responses before the final one",
        input:
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        expected: [
            "@0 100", "end 0 [] complete", "@25 103", "  Link: </a>", "end 0 [] complete",
            "@65 200", "  Content-Length: 2", "end 2 [ok] complete",
        ]),
    HTTP1Case(
        name: "absolute form, asterisk form, authority form",
        input:
            "GET http://h/x HTTP/1.1\r\n\r\nOPTIONS * HTTP/1.1\r\n\r\nM-SEARCH h:1 HTTP/1.1\r\n\r\n",
        expected: [
            "@0 GET http://h/x", "end 0 [] complete", "@27 OPTIONS *", "end 0 [] complete",
            "@49 M-SEARCH h:1", "end 0 [] complete",
        ]),
    HTTP1Case(
        name: "chunks with bare line feeds, blanks and capital digits, without trailers",
        input:
            "POST / HTTP/1.1\nTransfer-Encoding: Chunked\n\n00B ; a\n0123456789a\n 1\n!\n0\n\nGET /2 HTTP/1.1\n\n",
        expected: [
            "@0 POST /", "  Transfer-Encoding: Chunked", "end 12 [0123456789a!] complete",
            "@72 GET /2", "end 0 [] complete",
        ]),
    HTTP1Case(
        name: "lines that are no fields",
        input: "GET / HTTP/1.1\r\nno colon\r\n: no name\r\nA: 1\r\n\r\n",
        expected: ["@0 GET /", "  A: 1", "end 0 [] complete"]),
    HTTP1Case(
        name: "a body that is not chunked though its head says so",
        input: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        expected: [
            "@0 200", "  Transfer-Encoding: chunked", "end 5 [xyz\r\n] complete ambiguous",
        ]),
]

@Suite struct HTTP1StreamTests {
    @Test(arguments: http1Cases)
    func `a stream gives its messages`(sample: HTTP1Case) {
        #expect(log(sample.input, answers: sample.answers) == sample.expected)
    }

    @Test(arguments: http1Cases)
    func `every split gives the same events`(sample: HTTP1Case) {
        let bytes = Array(sample.input.utf8)
        for split in 0...bytes.count {
            let pieces = [Array(bytes[..<split]), Array(bytes[split...])]
            #expect(log(pieces, answers: sample.answers) == sample.expected, "split at \(split)")
        }
        let single = bytes.map { [$0] }
        #expect(log(single, answers: sample.answers) == sample.expected, "byte by byte")
    }

    @Test func `a gap inside a body costs its bytes and nothing else`() {
        var log = HTTP1Log()
        log.feed(Array("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".utf8).span)
        log.gap(4)
        log.feed(Array("xyzHTTP/1.1 204 No\r\n\r\n".utf8).span)
        #expect(
            log.lines == [
                "@0 200", "  Content-Length: 10", "end 10 [abcxyz] complete gap 3+4", "@49 204",
                "end 0 [] complete",
            ])
    }

    @Test func `a head found behind a false start gives back what follows it`() {
        var log = HTTP1Log()
        log.stream.role = .client
        log.gap(5)
        // Might be the beginning of a method until the next bytes show that it is not.
        log.feed(Array(String(repeating: "b", count: 20).utf8).span)
        log.feed(Array("\r\nPOST /x HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody".utf8).span)
        log.feed(Array("GET /y HTTP/1.1\r\n\r\n".utf8).span)
        #expect(
            log.lines == [
                "@27 POST /x", "  Content-Length: 4", "end 4 [body] complete", "@70 GET /y",
                "end 0 [] complete",
            ])
    }

    @Test func `a gap beyond a body loses the next head and no other`() {
        var log = HTTP1Log()
        log.stream.role = .server
        log.feed(Array("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".utf8).span)
        log.gap(20)
        log.feed(Array("ength: 5\r\n\r\nhello".utf8).span)
        log.feed(Array("HTTP/1.1 201 Yes\r\nContent-Length: 1\r\n\r\n!".utf8).span)
        #expect(
            log.lines == [
                "@0 200", "  Content-Length: 10", "end 10 [abc] complete gap 3+7", "@79 201",
                "  Content-Length: 1", "end 1 [!] complete",
            ])
        #expect(log.counters.relocks == 1)
    }

    @Test func `a gap over chunk framing goes on at the next chunk`() {
        var log = HTTP1Log()
        log.feed(
            Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nabcd".utf8).span)
        log.gap(9)
        log.feed(Array("xy\r\n3\r\nend\r\n0\r\n\r\nHTTP/1.1 204 No\r\n\r\n".utf8).span)
        #expect(log.lines.count == 5)
        #expect(log.lines[2] == "end 18 [abcdxyend] complete gap 4+9")
        #expect(log.lines[3].hasSuffix("204"))
    }

    @Test func `what is not HTTP is said, and a start line behind it is found`() {
        let lines = log([Array("\u{16}\u{3}\u{1}".utf8), Array("GET / HTTP/1.1\r\n\r\n".utf8)])
        #expect(lines == ["not HTTP", "@3 GET /", "end 0 [] complete"])
    }

    @Test func `a head over its limit is cut and counted`() {
        var log = HTTP1Log()
        log.feed(Array("GET / HTTP/1.1\r\n".utf8).span)
        for _ in 0..<6_300 {
            log.feed(Array("X-Flood: 0123456789 0123456789 0123456789\r\n".utf8).span)
        }
        #expect(log.counters.headsCut == 1)
        #expect(log.lines.first == "@0 GET /")
        #expect(log.stream.heldByteCount < 2 * log.limits.headBytes)
    }

    @Test func `hostile bytes never trap`() {
        var seed: UInt64 = 7
        let pool = Array(
            "GET / HTTP/1.1\r\n\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n0FFf;\u{0}"
                .utf8)
        for _ in 0..<2_000 {
            var log = HTTP1Log()
            for _ in 0..<8 {
                var piece: [UInt8] = []
                seed = seed &* 6_364_136_223_846_793_005 &+ 1
                let start = Int(seed >> 40) % pool.count
                let length = Int(seed >> 20) % 60
                piece.append(contentsOf: pool[start..<min(start + length, pool.count)])
                log.feed(piece.span)
                if seed >> 60 == 3 { log.gap(seed >> 50) }
            }
            log.end(isOrderly: seed & 1 == 0)
        }
        #expect(seed != 7)
    }
}
