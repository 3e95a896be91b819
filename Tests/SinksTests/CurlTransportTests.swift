import Foundation
import Platform
import Sinks
import Testing

/// Tests/EndToEnd/receiver.py on a port of loopback.
final class Receiver {
    private let process = Process()
    /// Closed with this object: the receiver ends then.
    private let lifeline = Pipe()
    let port: Int

    init(_ arguments: String...) throws {
        // Not standardized: the test may lie behind a symbolic link.
        let script = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["python3", "/\(script)/../EndToEnd/receiver.py", "--with-parent"] + arguments
        process.standardInput = lifeline
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let line = output.fileHandleForReading.availableData
        let text = String(decoding: line, as: UTF8.self).split(separator: "\n").first ?? ""
        port = try #require(Int(text))
    }

    deinit {
        process.terminate()
        process.waitUntilExit()
    }

    func stats() throws -> [String: Any] {
        let curl = Process()
        curl.executableURL = URL(filePath: "/usr/bin/env")
        curl.arguments = ["curl", "-s", "--noproxy", "*", "http://127.0.0.1:\(port)/stats"]
        let output = Pipe()
        curl.standardOutput = output
        try curl.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        curl.waitUntilExit()
        return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    }
}

@Suite(.serialized, .timeLimit(.minutes(1))) struct CurlTransportTests {
    static let batch = BatchIdentity(lane: 0, sequence: 0, firstLine: 0, lineCount: 2)
    static let lines = Array("[[\"a\",\"b\"]]\n[[\"c\",\"d\"]]\n".utf8)

    func sink(
        _ port: Int, _ options: HTTPOptions = HTTPOptions(),
        control: StopControl = StopControl()
    ) throws -> ResurfaceSink {
        var options = options
        options.userAgent = "Resurface/3.3.2 (Earshot test)"
        let transport = try CurlTransport(
            url: "http://127.0.0.1:\(port)/message", options: options, control: control,
            time: SystemTime())
        return ResurfaceSink(
            transport: transport, compression: .deflated, sendsBatchHeader: true,
            time: SystemTime())
    }

    @Test func `a strict receiver takes everything over one connection`() throws {
        let receiver = try Receiver()
        let sink = try sink(receiver.port)
        for _ in 0..<5 {
            #expect(
                sink.send(CurlTransportTests.lines.span, batch: CurlTransportTests.batch)
                    == .accepted)
        }
        let stats = try receiver.stats()
        #expect(stats["lines"] as? Int == 10)
        #expect((stats["violations"] as? [String])?.isEmpty == true)
        #expect(stats["repeated_batches"] as? Int == 4)
        // One of ours, one of this question.
        #expect(stats["connections"] as? Int == 2)
    }

    @Test func `a failing receiver's Retry-After arrives`() throws {
        let receiver = try Receiver("--status", "429", "--retry-after", "17")
        let answer = try sink(receiver.port).send(
            CurlTransportTests.lines.span, batch: CurlTransportTests.batch)
        #expect(answer == .retry(reason: "status 429", afterNanoseconds: 17_000_000_000))
    }

    @Test func `a refusal's words arrive`() throws {
        let receiver = try Receiver("--bad", "\"c\"")
        let answer = try sink(receiver.port).send(
            CurlTransportTests.lines.span, batch: CurlTransportTests.batch)
        #expect(
            answer
                == .refused(SinkAnswer.Refusal(status: 400, excerpt: "a record is bad: \"c\"")))
    }

    @Test func `a lost answer, a refused connection and silence are all unknown`() throws {
        let receiver = try Receiver("--lose-answers", "1")
        let lossy = try sink(receiver.port)
        guard
            case .retry = lossy.send(
                CurlTransportTests.lines.span, batch: CurlTransportTests.batch)
        else {
            Issue.record("a lost answer is tried again")
            return
        }
        #expect(
            lossy.send(CurlTransportTests.lines.span, batch: CurlTransportTests.batch) == .accepted)
        #expect(try receiver.stats()["repeated_batches"] as? Int == 1)
        guard
            case .retry(let refused, _) = try sink(1).send(
                CurlTransportTests.lines.span, batch: CurlTransportTests.batch)
        else {
            Issue.record("a refused connection is tried again")
            return
        }
        #expect(refused.contains("(curl 7)"))
        let slow = try Receiver("--delay", "5")
        var options = HTTPOptions()
        options.answerMilliseconds = 1000
        options.connectMilliseconds = 1000
        guard
            case .retry(let silent, _) = try sink(slow.port, options).send(
                CurlTransportTests.lines.span, batch: CurlTransportTests.batch)
        else {
            Issue.record("silence is tried again")
            return
        }
        #expect(silent == "no answer for 1.0 s")
    }

    @Test func `a request under way is broken off when the grace is over`() throws {
        let slow = try Receiver("--delay", "20")
        let control = StopControl()
        control.request(deadline: 0)
        let start = SystemTime().monotonicNanoseconds()
        guard
            case .retry(let reason, _) = try sink(slow.port, control: control).send(
                CurlTransportTests.lines.span, batch: CurlTransportTests.batch)
        else {
            Issue.record("a request broken off is unknown")
            return
        }
        #expect(reason.contains("(curl 42)"))
        #expect(SystemTime().monotonicNanoseconds() - start < 5_000_000_000)
    }
}
