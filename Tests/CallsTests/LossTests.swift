import Foundation
import Calls
import Testing

/// Conversations of many calls, each with an id of its own in request and response.
@Suite struct LossTests {
    static let callsEach = 20

    // What is captured of a conversation after loss, doubling and reordering.
    func harm(_ segments: [TestSegment], _ generator: inout SeededGenerator) -> [TestSegment] {
        let loss = Int.random(in: 1...5, using: &generator)
        var kept: [TestSegment] = []
        for segment in segments {
            if Int.random(in: 0..<100, using: &generator) < loss { continue }
            kept.append(segment)
            if Int.random(in: 0..<100, using: &generator) < 2 { kept.append(segment) }
        }
        for index in kept.indices.dropLast() where Int.random(in: 0..<100, using: &generator) < 4 {
            kept.swapAt(index, index + 1)
            let time = kept[index].time
            kept[index].time = kept[index + 1].time
            kept[index + 1].time = time
        }
        return kept
    }

    func conversation(_ seed: UInt64, _ generator: inout SeededGenerator) -> TestConversation {
        var talk = TestConversation(port: UInt16(20_000 + seed))
        talk.segmentBytes = Int.random(in: 80...1400, using: &generator)
        for index in 0..<LossTests.callsEach {
            let id = "\(seed)-\(index)"
            let body = String(repeating: "b", count: Int.random(in: 0...900, using: &generator))
            if Bool.random(using: &generator) {
                talk.client("GET /\(id) HTTP/1.1\r\nHost: h\r\nX-Id: \(id)\r\n\r\n")
            } else {
                talk.client(
                    "POST /\(id) HTTP/1.1\r\nHost: h\r\nX-Id: \(id)\r\nContent-Length: "
                        + "\(body.utf8.count)\r\n\r\n\(body)")
            }
            if Int.random(in: 0..<3, using: &generator) == 0 {
                let size = String(body.utf8.count, radix: 16)
                let chunk = body.isEmpty ? "" : "\(size)\r\n\(body)\r\n"
                talk.server(
                    "HTTP/1.1 200 OK\r\nX-Id: \(id)\r\nTransfer-Encoding: chunked\r\n\r\n\(chunk)0\r\n\r\n"
                )
            } else {
                talk.server(
                    "HTTP/1.1 200 OK\r\nX-Id: \(id)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
                )
            }
        }
        talk.close()
        return talk
    }

    // The ids of requests whose head lies wholly in segments that were kept.
    func capturedRequests(_ talk: TestConversation, _ kept: [TestSegment]) -> Set<String> {
        var bytes: [UInt8] = []
        var have: [Bool] = []
        for segment in talk.segments where segment.isFromClient {
            let isKept = kept.contains {
                $0.isFromClient && $0.sequence == segment.sequence
                    && $0.payload.count == segment.payload.count
            }
            bytes += segment.payload
            have += Array(repeating: isKept, count: segment.payload.count)
        }
        var ids: Set<String> = []
        let text = String(decoding: bytes, as: UTF8.self)
        var offset = 0
        for part in text.components(separatedBy: " HTTP/1.1\r\n").dropLast() {
            let id = part.split(separator: "/").last.map(String.init) ?? ""
            let lineStart =
                offset + part.utf8.count - id.utf8.count - (part.hasSuffix("POST /\(id)") ? 6 : 5)
            offset += part.utf8.count + 11
            guard let end = headEnd(bytes, from: lineStart) else { continue }
            if have[lineStart..<end].allSatisfy({ $0 }) { ids.insert(id) }
        }
        return ids
    }

    func headEnd(_ bytes: [UInt8], from start: Int) -> Int? {
        var index = start
        while index + 3 < bytes.count {
            if bytes[index] == 13, bytes[index + 1] == 10, bytes[index + 2] == 13,
                bytes[index + 3] == 10
            {
                return index + 4
            }
            index += 1
        }
        return nil
    }

    @Test(arguments: 1...300)
    func `loss never pairs a response with another's request`(_ seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let talk = conversation(UInt64(seed), &generator)
        let kept = harm(talk.segments, &generator)
        let run = try run(kept)
        var reported: Set<String> = []
        for record in run.records {
            let request = record["request_header:x-id"]
            let response = record["response_header:x-id"]
            if let request {
                #expect(reported.insert(request).inserted, "request \(request) is reported once")
            }
            guard let request, let response else { continue }
            #expect(request == response, "seed \(seed)")
        }
        let captured = capturedRequests(talk, kept)
        #expect(captured.count > LossTests.callsEach / 4)
        let missing = captured.subtracting(reported)
        #expect(missing.isEmpty, "seed \(seed)")
    }

    @Test func `without loss every conversation is whole`() throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let talk = conversation(seed, &generator)
            let run = try run(talk.segments)
            #expect(run.records.count == LossTests.callsEach)
            #expect(run.records.allSatisfy { $0["call:completeness"] == "full" })
        }
    }
}
