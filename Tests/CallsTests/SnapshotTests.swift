// What an assembler holds goes through bytes and back at any moment without a trace in the output.

import Bytes
import Calls
import Reassembly
import Testing
import Wire

/// What reassembly told, to be told again.
enum StreamEvent {
    case described(FlowID, FlowDescription, isNew: Bool)
    case bytes([UInt8], StreamPosition)
    case gap(UInt64, GapCause, StreamPosition)
    case ended(FlowID, Direction, StreamEnd, Timestamp)
    case closed(FlowID, CloseReason, Timestamp)
}

struct EventLog: ~Copyable, StreamConsumer {
    var events: [StreamEvent] = []

    mutating func flowDescribed(_ flow: FlowID, _ description: FlowDescription, isNew: Bool) {
        events.append(.described(flow, description, isNew: isNew))
    }

    mutating func deliver(_ bytes: Span<UInt8>, at position: StreamPosition) {
        events.append(.bytes([UInt8](bytes), position))
    }

    mutating func gap(_ byteCount: UInt64, cause: GapCause, at position: StreamPosition) {
        events.append(.gap(byteCount, cause, position))
    }

    mutating func streamEnded(
        _ flow: FlowID, _ direction: Direction, _ end: StreamEnd, at time: Timestamp
    ) {
        events.append(.ended(flow, direction, end, time))
    }

    mutating func flowClosed(_ flow: FlowID, _ reason: CloseReason, at time: Timestamp) {
        events.append(.closed(flow, reason, time))
    }
}

struct EventPath: ~Copyable, TCPPacketHandler {
    var flows = FlowTable(ReassemblyOptions(), seed: 1)
    var log = EventLog()

    mutating func handle(_ packet: TCPPacket, payload: Span<UInt8>) {
        flows.receive(packet, payload: payload, into: &log)
    }
}

@Suite struct SnapshotTests {
    func events(_ segments: [TestSegment]) -> [StreamEvent] {
        var decoder = PacketDecoder(DecoderOptions())
        var path = EventPath()
        for segment in segments {
            let bytes = TestEncoding().packet(segment)
            let header = PacketHeader(
                timestamp: Timestamp(nanoseconds: segment.time), originalByteCount: bytes.count)
            decoder.decode(bytes.span, header, into: &path)
        }
        path.flows.drain(into: &path.log)
        return path.log.events
    }

    func tell(_ event: StreamEvent, to assembler: inout CallAssembler) {
        switch event {
        case .described(let flow, let description, let isNew):
            assembler.flowDescribed(flow, description, isNew: isNew)
        case .bytes(let bytes, let position): assembler.deliver(bytes.span, at: position)
        case .gap(let count, let cause, let position):
            assembler.gap(count, cause: cause, at: position)
        case .ended(let flow, let direction, let end, let time):
            assembler.streamEnded(flow, direction, end, at: time)
        case .closed(let flow, let reason, let time): assembler.flowClosed(flow, reason, at: time)
        }
    }

    // Connections of every kind at once, with a hole in one of them.
    func segments() -> [TestSegment] {
        var plain = TestConversation(port: 1)
        plain.segmentBytes = 40
        plain.exchange("/a", body: String(repeating: "x", count: 90))
        plain.client(
            "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\nT: 1\r\n\r\n"
        )
        plain.server(
            "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"
        )
        plain.client("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n")
        plain.server(
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1HTTP/1.1 404 No\r\nContent-Length: 1\r\n\r\n2"
        )
        plain.close()
        var harmed = plain.segments
        harmed.remove(at: 9)
        for index in harmed.indices { harmed[index].port = 2 }
        var socket = WebSocketTests().upgraded(extensions: "permessage-deflate")
        socket.segmentBytes = 30
        socket.server(frame(1, [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], isCompressed: true))
        socket.client(frame(1, Array("first ".utf8), isFinal: false, isMasked: true))
        socket.server(frame(1, [0xF2, 0x00, 0x11, 0x00, 0x00], isCompressed: true))
        socket.client(frame(0, Array("second".utf8), isMasked: true))
        socket.close()
        var second = TestConversation(port: 4)
        second.segmentBytes = 11
        second.client(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0])
        second.server([0, 0, 0, 4, 0, 0, 0, 0, 0])
        second.client([0, 0, 6, 1, 5, 0, 0, 0, 1, 0x82, 0x86, 0x84, 0x41, 1, 0x68])
        second.client([0, 0, 4, 1, 5, 0, 0, 0, 3, 0x82, 0x86, 0x84, 0xBE])
        second.server([0, 0, 1, 1, 4, 0, 0, 0, 1, 0x88])
        second.server([0, 0, 3, 0, 1, 0, 0, 0, 1, 0x61, 0x62, 0x63])
        second.server([0, 0, 1, 1, 5, 0, 0, 0, 3, 0x8D])
        second.close()
        let all = plain.segments + harmed + socket.segments + second.segments
        return all.sorted { $0.time < $1.time }
    }

    @Test func `saving and restoring after any event leaves no trace`() throws {
        let events = events(segments())
        #expect(events.count > 60)
        var straight = CallAssembler(CallOptions(), rules: nil)
        for event in events { tell(event, to: &straight) }
        let expected = straight.output.copyBytes()
        let lines = try TestRecord.read(expected).map(\.line)
        #expect(lines.count == 12)
        #expect(lines.filter { $0.hasSuffix("full") }.count == 11)
        var before = CallAssembler(CallOptions(), rules: nil)
        for stop in events.indices {
            var saved = ByteBuffer()
            before.save(to: &saved)
            var after = CallAssembler(CallOptions(), rules: nil)
            var reader = SnapshotReader(saved.span)
            try after.restore(from: &reader)
            let isAtEnd = reader.isAtEnd
            #expect(isAtEnd)
            #expect(after.heldByteCount == before.heldByteCount, "event \(stop)")
            var again = ByteBuffer()
            after.save(to: &again)
            #expect(again.copyBytes() == saved.copyBytes(), "event \(stop)")
            for event in events[stop...] { tell(event, to: &after) }
            let output = before.output.copyBytes() + after.output.copyBytes()
            #expect(output == expected, "event \(stop)")
            #expect(after.heldByteCount == 0)
            tell(events[stop], to: &before)
        }
    }

    @Test func `a damaged snapshot is an error and nothing worse`() throws {
        let events = events(segments())
        var assembler = CallAssembler(CallOptions(), rules: nil)
        for event in events[0..<(events.count / 2)] { tell(event, to: &assembler) }
        var saved = ByteBuffer()
        assembler.save(to: &saved)
        let bytes = saved.copyBytes()
        for count in stride(from: 0, to: bytes.count, by: 3) {
            var after = CallAssembler(CallOptions(), rules: nil)
            var reader = SnapshotReader(bytes[0..<count].span)
            var isRefused = false
            do throws(SnapshotError) {
                try after.restore(from: &reader)
            } catch {
                isRefused = true
            }
            #expect(isRefused, "\(count) bytes")
        }
        var generator = SeededGenerator(seed: 8)
        var refused = 0
        for _ in 0..<500 {
            var damaged = bytes
            let place = Int.random(in: 0..<damaged.count, using: &generator)
            damaged[place] ^= UInt8.random(in: 1...255, using: &generator)
            var after = CallAssembler(CallOptions(), rules: nil)
            var reader = SnapshotReader(damaged.span)
            do throws(SnapshotError) {
                try after.restore(from: &reader)
                for event in events[(events.count / 2)...] { tell(event, to: &after) }
            } catch {
                refused += 1
            }
        }
        #expect(refused > 50)
    }
}
