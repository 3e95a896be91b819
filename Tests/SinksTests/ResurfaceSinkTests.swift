import Bytes
import Compression
import Platform
import Sinks
import Testing

/// Answers from a list, and keeps what it was sent.
final class ScriptedTransport: HTTPTransport {
    var outcomes: [HTTPOutcome]
    var bodies: [[UInt8]] = []
    var headers: [[String]] = []

    init(_ outcomes: [HTTPOutcome]) { self.outcomes = outcomes }

    func post(_ body: Span<UInt8>, headers: [String]) -> HTTPOutcome {
        bodies.append([UInt8](body))
        self.headers.append(headers)
        return outcomes.isEmpty
            ? .answer(status: 204, retryAfter: nil, excerpt: "") : outcomes.removeFirst()
    }
}

@Suite struct ResurfaceSinkTests {
    static let batch = BatchIdentity(lane: 0, sequence: 7, firstLine: 0, lineCount: 1)
    static let line = Array("[[\"request_method\",\"GET\"]]\n".utf8)

    func answer(to outcome: HTTPOutcome, wall: Int64 = 0) -> SinkAnswer {
        let sink = ResurfaceSink(
            transport: ScriptedTransport([outcome]), compression: .none, sendsBatchHeader: false,
            time: ManualTime(wall: wall))
        return sink.send(ResurfaceSinkTests.line.span, batch: ResurfaceSinkTests.batch)
    }

    @Test func `a request is what the Resurface loggers send`() {
        let transport = ScriptedTransport([])
        let sink = ResurfaceSink(
            transport: transport, compression: .deflated, sendsBatchHeader: true,
            time: ManualTime())
        #expect(
            sink.send(ResurfaceSinkTests.line.span, batch: ResurfaceSinkTests.batch) == .accepted)
        #expect(
            sink.send(ResurfaceSinkTests.line.span, batch: ResurfaceSinkTests.batch) == .accepted)
        let id = ResurfaceSinkTests.batch.id(of: ResurfaceSinkTests.line.span)
        #expect(
            transport.headers.first == [
                "Content-Type: application/ndjson; charset=UTF-8", "X-Earshot-Batch: \(id)",
                "Content-Encoding: deflated",
            ])
        // The same batch is the same bytes, and they are a zlib stream of the lines.
        #expect(transport.bodies.first == transport.bodies.last)
        #expect(transport.bodies.first?.first == 0x78)
        var decoder = ContentDecoder()
        var plain = ByteBuffer()
        let coding = Array("deflate".utf8)
        let body = transport.bodies.first ?? []
        let decoded = decoder.decode(
            body.span, coding: coding.span, limit: 1000, into: &plain)
        #expect(decoded == .decoded(isCut: false))
        #expect(plain.copyBytes() == ResurfaceSinkTests.line)
    }

    @Test func `uncompressed requests carry no coding`() {
        let transport = ScriptedTransport([])
        let sink = ResurfaceSink(
            transport: transport, compression: .none, sendsBatchHeader: false, time: ManualTime())
        _ = sink.send(ResurfaceSinkTests.line.span, batch: ResurfaceSinkTests.batch)
        #expect(
            transport.headers == [["Content-Type: application/ndjson; charset=UTF-8"]])
        #expect(transport.bodies == [ResurfaceSinkTests.line])
    }

    @Test(arguments: [200, 201, 302, 408, 429, 500, 501, 502, 503, 504, 418])
    func `every status but a few is tried again`(status: Int) {
        guard
            case .retry(let reason, nil) = answer(
                to: .answer(status: status, retryAfter: nil, excerpt: ""))
        else {
            Issue.record("status \(status) is tried again")
            return
        }
        #expect(reason.contains("\(status)"))
    }

    @Test(arguments: [400, 413, 422])
    func `a refusal carries the sink's words`(status: Int) {
        #expect(
            answer(to: .answer(status: status, retryAfter: nil, excerpt: "why"))
                == .refused(SinkAnswer.Refusal(status: status, excerpt: "why")))
    }

    @Test(arguments: [401, 403, 404])
    func `what a person must repair pauses`(status: Int) {
        #expect(
            answer(to: .answer(status: status, retryAfter: nil, excerpt: ""))
                == .pause(reason: "status \(status)"))
    }

    @Test func `Retry-After is handed on`() {
        #expect(
            answer(to: .answer(status: 429, retryAfter: "7", excerpt: ""))
                == .retry(reason: "status 429", afterNanoseconds: 7_000_000_000))
        #expect(
            answer(
                to: .answer(
                    status: 503, retryAfter: "Thu, 01 Jan 1970 00:00:05 GMT", excerpt: ""),
                wall: 2_000_000_000)
                == .retry(reason: "status 503", afterNanoseconds: 3_000_000_000))
    }

    @Test func `no answer is not known to be a failure, and is tried again`() {
        #expect(
            answer(to: .failed("Timeout was reached (curl 28)"))
                == .retry(reason: "Timeout was reached (curl 28)", afterNanoseconds: nil))
    }
}
