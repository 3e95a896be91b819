import Bytes
import Testing

@testable import HTTP

@Suite struct HTTP2ConnectionTests {
    /// A line without the places in the stream.
    static func withoutPlaces(_ line: String) -> String {
        line.split(separator: " ").filter { !$0.hasPrefix("@") }.joined(separator: " ")
    }

    @Test(arguments: httpScripts)
    func `a script gives its exchanges`(script: HTTP2Script) {
        var rig = HTTP2Rig()
        rig.play(script.steps())
        #expect(rig.log.lines.map(HTTP2ConnectionTests.withoutPlaces) == script.exchanges)
        #expect(rig.messages.count == 0)
        #expect(rig.connection.openStreamCount == 0)
        #expect(rig.counters.exchanges == UInt64(script.exchanges.count))
        #expect(rig.counters.malformedFrames == 0)
        #expect(rig.counters.blocksDamaged + rig.counters.unknownFields == 0)
        #expect(rig.counters.syncsLost == 0)
    }

    @Test(arguments: httpScripts)
    func `every byte is counted once`(script: HTTP2Script) {
        var rig = HTTP2Rig()
        var total: UInt64 = 0
        for step in script.steps() {
            switch step {
            case .client(let bytes), .server(let bytes): total += UInt64(bytes.count)
            case .clientGap, .serverGap, .clientEnd, .serverEnd, .close: break
            }
            rig.play(step)
        }
        let counters = rig.counters
        #expect(
            counters.framingBytes + counters.bodyBytes + counters.orphanBytes
                + counters.skippedBytes == total)
    }

    @Test(arguments: httpScripts)
    func `bytes may be cut anywhere`(script: HTTP2Script) {
        var whole = HTTP2Rig()
        whole.play(script.steps())
        let longest = 400
        for size in 1..<longest {
            var rig = HTTP2Rig()
            rig.play(script.steps(), pieces: size)
            #expect(rig.log.lines == whole.log.lines, "pieces of \(size)")
            guard rig.log.lines == whole.log.lines else { return }
        }
    }

    @Test(arguments: httpScripts)
    func `every split of every step gives the same exchanges`(script: HTTP2Script) {
        let steps = script.steps()
        var whole = HTTP2Rig()
        whole.play(steps)
        for (number, step) in steps.enumerated() {
            let bytes: [UInt8]
            let isClient: Bool
            switch step {
            case .client(let payload): (bytes, isClient) = (payload, true)
            case .server(let payload): (bytes, isClient) = (payload, false)
            case .clientGap, .serverGap, .clientEnd, .serverEnd, .close: continue
            }
            for split in 0...bytes.count {
                let halves = [Array(bytes[..<split]), Array(bytes[split...])]
                var rig = HTTP2Rig()
                rig.play(Array(steps[..<number]))
                for half in halves { rig.play(isClient ? .client(half) : .server(half)) }
                rig.play(Array(steps[(number + 1)...]))
                let lines = rig.log.lines.map(HTTP2ConnectionTests.withoutPlaces)
                #expect(lines == script.exchanges, "step \(number), split at \(split)")
                guard lines == script.exchanges else { return }
            }
        }
    }

    @Test(arguments: httpScripts)
    func `a snapshot after any byte changes nothing`(script: HTTP2Script) throws {
        var whole = HTTP2Rig()
        whole.play(script.steps())
        var rig = HTTP2Rig()
        var failures = 0
        for step in script.steps() {
            rig.play(step, pieces: 1) { rig in
                do { try rig.saveAndRestore() } catch { failures += 1 }
            }
        }
        #expect(failures == 0)
        #expect(rig.log.lines == whole.log.lines)
    }

    @Test func `times, offsets and the packet of the first byte are kept`() {
        var client = FrameWriter()
        var server = FrameWriter()
        var rig = HTTP2Rig()
        let opening = FrameWriter.preface + FrameWriter.settings()
        rig.play(.client(opening + client.request(1, "/", method: "POST", end: false)))
        rig.play(.client(FrameWriter.data(1, "abc", end: true)))
        rig.play(.server(FrameWriter.settings() + server.response(1)))
        let open = rig.connection.streams.streams[0]
        let request = open.request.message
        #expect(rig.messages[request].startOffset == UInt64(opening.count))
        #expect(rig.messages[request].startTime.nanoseconds == 1000)
        #expect(rig.messages[request].endTime.nanoseconds == 1001)
        #expect(rig.messages[request].acknowledged == 7)
        #expect(rig.messages[request].startSegment == 3)
        #expect(rig.messages[request].version == .http2)
        #expect(rig.messages[open.response.message].startOffset == 9)
        #expect(rig.messages[open.response.message].startTime.nanoseconds == 1002)
        #expect(rig.connection.heldByteCount > 0)
        rig.play(.close)
        #expect(rig.log.exchanges.count == 1)
    }

    @Test func `an upgraded connection answers its request on stream 1`() throws {
        var messages = Slab<Message>()
        let handle = messages.claim { Message() }.handle
        let method = Array("GET".utf8)
        let kept = messages[handle].keep(method.span)
        messages[handle].method = kept
        messages[handle].marks.insert(.complete)
        // SETTINGS_HEADER_TABLE_SIZE 16384, SETTINGS_MAX_FRAME_SIZE 65536, base64url.
        let field = Array("AAEAAEAAAAUAAQAA".utf8)
        var connection = HTTP2Connection(
            upgradedBy: handle, settings: field.span, messages: &messages)
        #expect(connection.halves[HTTP2Side.server].decoder.announcedTableByteCount == 16_384)
        #expect(connection.halves[HTTP2Side.server].maximumLength == 65_536)
        var counters = HTTP2Counters()
        var log = ExchangeLog()
        var server = FrameWriter()
        var client = FrameWriter()
        let first =
            FrameWriter.settings() + server.response(1) + FrameWriter.data(1, "hi", end: true)
        connection.receive(
            first.span, at: StreamMoment(), fromClient: false, messages: &messages,
            counters: &counters, events: &log)
        let second = FrameWriter.preface + FrameWriter.settings() + client.request(3, "/next")
        connection.receive(
            second.span, at: StreamMoment(), fromClient: true, messages: &messages,
            counters: &counters, events: &log)
        connection.close(messages: &messages, counters: &counters, events: &log)
        #expect(
            log.lines.map(HTTP2ConnectionTests.withoutPlaces) == [
                "1 finished | GET complete | 200 body 2 'hi' complete",
                "3 connectionEnded | GET a.example/next complete | -",
            ])
    }

    @Test func `a server that does not speak HTTP/2 gives no messages`() {
        var client = FrameWriter()
        var rig = HTTP2Rig()
        rig.play(.client(FrameWriter.preface + FrameWriter.settings() + client.request(1, "/")))
        rig.play(.server(Array("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".utf8)))
        rig.play(.close)
        #expect(
            rig.log.lines.map(HTTP2ConnectionTests.withoutPlaces) == [
                "1 connectionEnded | GET a.example/ complete | -"
            ])
        #expect(rig.counters.syncsLost == 1)
        #expect(rig.counters.skippedBytes == 47)
    }

    @Test func `the end of the server's side ends every exchange, the client's only its requests`()
    {
        var client = FrameWriter()
        var server = FrameWriter()
        var rig = HTTP2Rig()
        rig.play(.client(FrameWriter.preface + FrameWriter.settings() + client.request(1, "/a")))
        rig.play(.client(client.request(3, "/b", method: "POST", end: false)))
        rig.play(.server(FrameWriter.settings() + server.response(3, end: true)))
        rig.play(.clientEnd)
        #expect(rig.log.exchanges.map(\.stream) == [3])
        rig.play(.server(server.response(1, end: true)))
        rig.play(.serverEnd)
        #expect(
            rig.log.lines.map(HTTP2ConnectionTests.withoutPlaces) == [
                "3 connectionEnded | POST a.example/b endedEarly | 200 complete",
                "1 finished | GET a.example/a complete | 200 complete",
            ])
    }

    @Test func `a damaged snapshot is an error and keeps no message`() {
        var rig = HTTP2Rig()
        for step in httpScripts[1].steps().prefix(6) { rig.play(step) }
        #expect(rig.connection.openStreamCount == 2)
        var snapshot = ByteBuffer()
        rig.connection.save(to: &snapshot, messages: rig.messages)
        var messages = Slab<Message>()
        for length in 0..<snapshot.count {
            #expect(throws: SnapshotError.self, "\(length) bytes") {
                var reader = SnapshotReader(snapshot.span(from: 0, count: length))
                _ = try HTTP2Connection(restoring: &reader, messages: &messages)
            }
        }
        #expect(messages.count == 0)
        // A changed byte is an error or another connection, but never a trap.
        var errors = 0
        for place in 0..<snapshot.count {
            var damaged = ByteBuffer(snapshot.span)
            damaged[place] ^= 0xFF
            do {
                var reader = SnapshotReader(damaged.span)
                var slab = Slab<Message>()
                let restored = try HTTP2Connection(restoring: &reader, messages: &slab)
                var other = HTTP2Rig(restored)
                swap(&other.messages, &slab)
                for step in httpScripts[1].steps().dropFirst(6) { other.play(step) }
            } catch {
                errors += 1
            }
        }
        #expect(errors > snapshot.count / 4)
    }
}
