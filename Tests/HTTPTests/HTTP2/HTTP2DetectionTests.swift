import Bytes
import Testing

@testable import HTTP

@Suite struct HTTP2DetectionTests {
    @Test func `the preface is matched at any length`() {
        let preface = FrameWriter.preface
        #expect(preface.count == 24)
        for length in 0..<24 {
            let part = Array(preface[..<length])
            #expect(HTTP2Connection.matchesPreface(part.span) == .needMore)
            let other = part + [0x20 + 0x41]
            #expect(HTTP2Connection.matchesPreface(other.span) == .no)
        }
        #expect(HTTP2Connection.matchesPreface(preface.span) == .yes)
        let longer = preface + [0]
        #expect(HTTP2Connection.matchesPreface(longer.span) == .yes)
    }

    @Test func `frames of a running connection are recognised, and who sends them`() {
        var client = FrameWriter()
        var server = FrameWriter()
        let requests = client.request(3, "/a") + client.request(5, "/b")
        #expect(HTTP2Connection.looksLikeFrames(requests.span) == .yes)
        #expect(HTTP2Connection.sender(ofFrames: requests.span) == .client)
        let responses =
            server.response(3) + FrameWriter.data(3, "x", end: true) + FrameWriter.windowUpdate(0)
        #expect(HTTP2Connection.looksLikeFrames(responses.span) == .yes)
        #expect(HTTP2Connection.sender(ofFrames: responses.span) == .server)
        let control = FrameWriter.windowUpdate(0) + FrameWriter.windowUpdate(3) + FrameWriter.ping
        #expect(HTTP2Connection.looksLikeFrames(control.span) == .yes)
        #expect(HTTP2Connection.sender(ofFrames: control.span) == .unknown)
        for length in 0..<20 {
            let part = Array(requests[..<length])
            #expect(HTTP2Connection.looksLikeFrames(part.span) == .needMore)
        }
    }

    @Test func `a packet that is one head is recognised, one that is not whole is not`() {
        var client = FrameWriter()
        _ = client.request(1, "/first")
        let request = client.request(3, "/second", extra: [("x-new", "1")])
        #expect(HTTP2Connection.looksLikeFrames(request.span) == .yes)
        let more = request + [0]
        #expect(HTTP2Connection.looksLikeFrames(more.span) == .needMore)
        let less = Array(request.dropLast())
        #expect(HTTP2Connection.looksLikeFrames(less.span) == .needMore)
        let trailers = client.headers(3, [("sum", "1")], end: true)
        #expect(HTTP2Connection.looksLikeFrames(trailers.span) == .needMore)
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n",
        "+OK\r\n$5\r\nhello\r\n", "{\"name\":1}",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\u{3}\u{3}",
    ])
    func `other protocols are not frames`(text: String) {
        let bytes = Array(text.utf8)
        #expect(HTTP2Connection.looksLikeFrames(bytes.span) == .no)
    }

    @Test func `zeros, counters and random bytes are not frames`() {
        for length in [27, 100, 4096] {
            let zeros = [UInt8](repeating: 0, count: length)
            #expect(HTTP2Connection.looksLikeFrames(zeros.span) == .no)
        }
        let empties = Array((0..<10).map { _ in FrameWriter.settings() }.joined())
        #expect(HTTP2Connection.looksLikeFrames(empties.span) == .needMore)
        var random = SeededGenerator(seed: 5)
        for _ in 0..<20_000 {
            // Small numbers with many zeros, as binary protocols have them.
            let bytes = (0..<64).map { _ in
                UInt8.random(in: 0...3, using: &random) == 0
                    ? UInt8.random(in: 0...9, using: &random) : 0
            }
            #expect(HTTP2Connection.looksLikeFrames(bytes.span) != .yes)
        }
    }
}
