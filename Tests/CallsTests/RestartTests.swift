// Restarts in the middle of many connections: an engine that goes through bytes at segment borders
// gives the same lines, segment by segment, as one that never stopped.

import Bytes
import Reassembly
import Rules
import Testing
import Wire

@testable import Calls

/// Packets cut into packet segments.
struct RestartTraffic {
    var segments: [[TestSegment]] = []

    /// - Parameters:
    ///   - lost: One packet in so many is missing; 0 loses none.
    ///   - seed: Decides which.
    init(plain: Int, http2: Int, exchanges: Int, packetsPerSegment: Int, lost: UInt64, seed: UInt64)
    {
        var generator = SeededGenerator(seed: seed)
        var all: [TestSegment] = []
        for number in 0..<(plain + http2) {
            let start = TestConversation.start + Int64(number) * 137_000
            var conversation = TestConversation(port: UInt16(2000 + number), at: start)
            conversation.step = 1_100_000
            conversation.segmentBytes = 300
            if number < plain {
                RestartTraffic.speak1(&conversation, exchanges, number)
            } else {
                RestartTraffic.speak2(&conversation, exchanges, number)
            }
            all += conversation.segments.filter { segment in
                lost == 0 || segment.payload.isEmpty || generator.next() % lost != 0
            }
        }
        all.sort { ($0.time, $0.port) < ($1.time, $1.port) }
        var start = 0
        while start < all.count {
            let end = min(start + packetsPerSegment, all.count)
            segments.append(Array(all[start..<end]))
            start = end
        }
    }

    static func speak1(_ conversation: inout TestConversation, _ exchanges: Int, _ number: Int) {
        for exchange in 0..<exchanges {
            let body = String(repeating: "body \(number).\(exchange) ", count: 50)
            if (number + exchange) % 3 == 0 {
                conversation.client(
                    "POST /\(number)/\(exchange) HTTP/1.1\r\nHost: h\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n")
                conversation.server(
                    "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
            } else {
                conversation.exchange("/\(number)/\(exchange)", body: body)
            }
        }
        conversation.close()
    }

    // Fields go into the header tables once and are named by their index ever after: whoever
    // forgets the tables cannot read the later streams.
    static func speak2(_ conversation: inout TestConversation, _ exchanges: Int, _ number: Int) {
        let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        conversation.client(preface + frame(4, 0, 0, []))
        conversation.server(frame(4, 0, 0, []))
        let name = Array("host-\(number)".utf8)
        for exchange in 0..<exchanges {
            let id = UInt8(truncatingIfNeeded: 1 + 2 * exchange)
            var request: [UInt8] = [0x82, 0x86, 0x84]
            request += exchange == 0 ? [0x41, UInt8(name.count)] + name : [0xBE]
            conversation.client(frame(1, 5, id, request))
            let tag = Array("tag-\(number)".utf8)
            var response: [UInt8] = [0x88]
            response +=
                exchange == 0
                ? [0x40, 1, 0x78, UInt8(tag.count)] + tag : [0xBE]
            conversation.server(frame(1, 4, id, response))
            let body = Array(String(repeating: "stream \(number).\(exchange) ", count: 40).utf8)
            conversation.server(frame(0, 0, id, Array(body.prefix(200))))
            conversation.server(frame(0, 1, id, Array(body.dropFirst(200))))
        }
        conversation.close()
    }

    static func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt8, _ payload: [UInt8]) -> [UInt8]
    {
        var bytes: [UInt8] = [0]
        bytes.add(UInt16(payload.count))
        return bytes + [type, flags, 0, 0, 0, stream] + payload
    }
}

@Suite struct RestartTests {
    /// The lines of every segment, with a restart at every so many borders; 0 never restarts.
    func lines(_ traffic: RestartTraffic, rules: RuleSet?, restartEvery: Int) throws -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var engine = Engine(EngineOptions(), rules: rules)
        for (number, segment) in traffic.segments.enumerated() {
            for (index, packet) in segment.enumerated() {
                let bytes = TestEncoding().packet(packet)
                engine.receive(
                    bytes.span,
                    PacketHeader(
                        timestamp: Timestamp(nanoseconds: packet.time),
                        originalByteCount: bytes.count,
                        location: PacketLocation(
                            segment: UInt64(number), number: UInt64(index + 1))))
            }
            if number == traffic.segments.count - 1 { engine.drain() }
            lines.append(engine.output.copyBytes())
            engine.output.removeAll()
            guard restartEvery > 0, (number + 1) % restartEvery == 0 else { continue }
            var saved = ByteBuffer()
            engine.save(to: &saved)
            var next = Engine(EngineOptions(), rules: rules)
            var reader = SnapshotReader(saved.span)
            try next.restore(from: &reader)
            let isAtEnd = reader.isAtEnd
            #expect(isAtEnd)
            #expect(next.heldByteCount == engine.heldByteCount)
            #expect(next.flowCount == engine.flowCount)
            #expect(next.oldestNeededSegment == engine.oldestNeededSegment)
            engine = next
        }
        return lines
    }

    @Test(arguments: [2, 9])
    func `1,000 HTTP/1 and 100 HTTP/2 connections do not notice restarts`(every: Int) throws {
        let traffic = RestartTraffic(
            plain: 1000, http2: 100, exchanges: 2, packetsPerSegment: 1000, lost: 0, seed: 1)
        #expect(traffic.segments.count > 12)
        let straight = try lines(traffic, rules: nil, restartEvery: 0)
        let text = straight.map { String(decoding: $0, as: UTF8.self) }.joined()
        #expect(text.split(separator: "\n").count == 2 * 1100)
        #expect(text.components(of: "\"call:completeness\",\"full\"") == 2 * 1100)
        #expect(text.components(of: "tag-1050") == 2)
        #expect(try lines(traffic, rules: nil, restartEvery: every) == straight)
    }

    @Test(arguments: [1, 3, 7])
    func `with gaps in bodies and heads and with rules restarts change nothing`(every: Int) throws {
        let traffic = RestartTraffic(
            plain: 60, http2: 10, exchanges: 4, packetsPerSegment: 80, lost: 25, seed: 7)
        let rules = try RuleSet(
            "/response_body/ replace /body/, /gone/\n/request_header:host/ remove")
        let straight = try lines(traffic, rules: rules, restartEvery: 0)
        let text = straight.map { String(decoding: $0, as: UTF8.self) }.joined()
        #expect(text.components(of: "\"call:completeness\",\"partial\"") > 8)
        #expect(text.components(of: "call:response_gaps") > 8)
        #expect(text.components(of: "gone") > 50)
        #expect(try lines(traffic, rules: rules, restartEvery: every) == straight)
    }

    @Test func `a cut or changed snapshot is refused or harmless, never a trap`() throws {
        let traffic = RestartTraffic(
            plain: 20, http2: 4, exchanges: 2, packetsPerSegment: 60, lost: 20, seed: 3)
        var engine = Engine(EngineOptions(), rules: nil)
        for segment in traffic.segments.prefix(3) {
            for packet in segment {
                let bytes = TestEncoding().packet(packet)
                engine.receive(
                    bytes.span,
                    PacketHeader(
                        timestamp: Timestamp(nanoseconds: packet.time),
                        originalByteCount: bytes.count))
            }
        }
        var saved = ByteBuffer()
        engine.save(to: &saved)
        let bytes = saved.copyBytes()
        for count in stride(from: 0, to: bytes.count, by: 97) {
            #expect(!Self.isRestored(Array(bytes[..<count])), "\(count) bytes")
        }
        var generator = SeededGenerator(seed: 5)
        var refused = 0
        for _ in 0..<300 {
            var damaged = bytes
            let place = Int.random(in: 0..<damaged.count, using: &generator)
            damaged[place] ^= UInt8.random(in: 1...255, using: &generator)
            if !Self.isRestored(damaged) { refused += 1 }
        }
        #expect(refused > 20)
    }

    static func isRestored(_ bytes: [UInt8]) -> Bool {
        var engine = Engine(EngineOptions(), rules: nil)
        var reader = SnapshotReader(bytes.span)
        do throws(SnapshotError) {
            try engine.restore(from: &reader)
        } catch {
            return false
        }
        engine.drain()
        return true
    }

    @Test func `settings that held state depends on change the fingerprint, others do not`() {
        let base = EngineOptions()
        var other = base
        other.decoder.ports = [80]
        other.memoryBudgetBytes = 1
        other.calls.binaryBodies = .base64
        other.hashSeed = 9
        #expect(other.stateFingerprint == base.stateFingerprint)
        other.calls.bodyLimitBytes = 17
        #expect(other.stateFingerprint != base.stateFingerprint)
        other = base
        other.reassembly.reorderWindowNanoseconds = 1
        #expect(other.stateFingerprint != base.stateFingerprint)
    }
}

extension String {
    /// How often a text occurs.
    fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}
