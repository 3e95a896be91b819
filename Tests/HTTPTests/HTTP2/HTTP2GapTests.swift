import Bytes
import Testing

@testable import HTTP

@Suite struct HTTP2GapTests {
    private func lines(_ rig: borrowing HTTP2Rig) -> [String] {
        rig.log.lines.map(HTTP2ConnectionTests.withoutPlaces)
    }

    private func opened(_ client: inout FrameWriter, _ requests: [UInt8]) -> HTTP2Rig {
        var rig = HTTP2Rig()
        rig.play(.client(FrameWriter.preface + FrameWriter.settings() + requests))
        rig.play(.server(FrameWriter.settings()))
        return rig
    }

    @Test func `a gap inside DATA costs its bytes`() {
        var client = FrameWriter()
        var server = FrameWriter()
        var rig = opened(&client, client.request(1, "/"))
        let data = FrameWriter.data(1, "0123456789", end: true)
        rig.play(.server(server.response(1) + data[..<12]))
        rig.play(.serverGap(4))
        rig.play(.server(Array(data[16...])))
        rig.play(.close)
        #expect(
            lines(rig) == [
                "1 finished | GET a.example/ complete | 200 body 10 '012789' gap 3+4 complete"
            ])
        #expect(rig.counters.bodyGapBytes == 4)
        #expect(rig.counters.syncsLost == 0)
        #expect(rig.connection.knowsHeaderTable(fromClient: false) == true)
    }

    @Test(arguments: 1...10)
    func `a gap to the end of DATA still ends the stream`(count: Int) {
        var client = FrameWriter()
        var server = FrameWriter()
        var rig = opened(&client, client.request(1, "/"))
        let data = FrameWriter.data(1, "0123456789", end: true)
        rig.play(.server(server.response(1) + data.dropLast(count)))
        rig.play(.serverGap(count))
        let kept = "0123456789".dropLast(count)
        let body = "'\(kept)' gap \(10 - count)+\(count)"
        #expect(
            lines(rig) == ["1 finished | GET a.example/ complete | 200 body 10 \(body) complete"])
    }

    @Test
    func
        `a gap inside a field block costs what is behind it, and unknown entries are learned again`()
    {
        var client = FrameWriter()
        var server = FrameWriter()
        var rig = opened(
            &client, client.request(1, "/1") + client.request(3, "/2") + client.request(5, "/3"))
        rig.play(.server(server.response(1, extra: [("x-old", "1")], end: true)))
        let block = server.response(
            3, 203, extra: [("x-first", "1"), ("x-second", "2")], end: true)
        rig.play(.server(Array(block[..<24])))
        rig.play(.serverGap(3))
        rig.play(.server(Array(block[27...])))
        #expect(rig.connection.knowsHeaderTable(fromClient: false) == false)
        rig.play(
            .server(
                server.response(
                    5, extra: [("x-old", "1"), ("x-new", "5"), ("x-new", "5")], end: true)))
        rig.play(.close)
        #expect(lines(rig)[0] == "1 finished | GET a.example/1 complete | 200 x-old=1 complete")
        #expect(lines(rig)[1].hasPrefix("3 finished | GET a.example/2 complete | 203 x-first=1"))
        #expect(lines(rig)[1].hasSuffix("complete headIncomplete"))
        #expect(
            lines(rig)[2]
                == "5 finished | GET a.example/3 complete | 200 x-new=5 x-new=5 complete headIncomplete"
        )
        #expect(rig.counters.blocksDamaged == 1)
        #expect(rig.counters.unknownFields == 1)
        #expect(rig.counters.syncsLost == 0)
    }

    @Test func `a gap over frames is bridged at the next frames, and its cost declared`() {
        var client = FrameWriter()
        var server = FrameWriter()
        var rig = opened(
            &client, client.request(1, "/1") + client.request(3, "/2") + client.request(5, "/3"))
        let length = ("content-length", "20")
        rig.play(.server(server.response(1, extra: [length]) + FrameWriter.data(1, "0123456789")))
        let lost =
            FrameWriter.data(1, "abcdefghi")
            + server.response(3, extra: [("x-lost", "1")], end: true)
        rig.play(.serverGap(lost.count))
        rig.play(.server(FrameWriter.data(1, "j", end: true)))
        rig.play(.server(server.response(5, extra: [("x-lost", "1"), ("x-new", "1")], end: true)))
        rig.play(.close)
        let second = "5 finished | GET a.example/3 complete | 200 x-new=1 complete headIncomplete"
        #expect(
            lines(rig) == [
                "1 finished | GET a.example/1 complete | "
                    + "200 content-length=20 body 20 '0123456789j' gap 10+9 complete",
                second,
                "3 connectionEnded | GET a.example/2 complete | -",
            ])
        #expect(rig.counters.syncsLost == 1)
        #expect(rig.counters.resyncs == 1)
        #expect(rig.counters.framingGapBytes == UInt64(lost.count))
        #expect(rig.counters.skippedBytes == 0)
    }

    @Test func `without a declared length, what a gap may have cut ends early`() {
        var client = FrameWriter()
        var server = FrameWriter()
        var rig = opened(&client, client.request(1, "/1"))
        rig.play(.server(server.response(1) + FrameWriter.data(1, "0123456789")))
        rig.play(.serverGap(FrameWriter.data(1, "abc").count))
        rig.play(.server(FrameWriter.data(1, "def", end: true)))
        #expect(
            lines(rig) == [
                "1 finished | GET a.example/1 complete | 200 body 13 '0123456789def' endedEarly"
            ])
    }

    @Test func `a request lost in a gap leaves its response, one cut by it ends with its response`()
    {
        var client = FrameWriter()
        var server = FrameWriter()
        var rig = opened(&client, client.request(1, "/1", method: "POST", end: false))
        let lost = FrameWriter.data(1, "x", end: true) + client.request(3, "/2")
        rig.play(.clientGap(lost.count))
        rig.play(.client(client.request(5, "/3")))
        rig.play(.server(server.response(1, end: true) + server.response(3, end: true)))
        rig.play(.server(server.response(5, end: true)))
        #expect(
            lines(rig) == [
                "1 finished | POST a.example/1 endedEarly | 200 complete",
                "3 finished | - | 200 complete",
                "5 finished | GET /3 complete headIncomplete | 200 complete",
            ])
    }

    @Test(arguments: 0..<60)
    func `a gap of any length anywhere leaves later calls whole`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var client = FrameWriter()
        var server = FrameWriter()
        var rig = opened(&client, [])
        var wire: [UInt8] = []
        for call in 0..<20 {
            let id = UInt32(call * 2 + 1)
            rig.play(.client(client.request(id, "/\(call)")))
            wire += server.response(id, extra: [("x-call", "\(call)"), ("x-same", "1")])
            wire += FrameWriter.data(id, "body of call \(call)", end: true)
        }
        let start = Int.random(in: 0..<wire.count / 2, using: &random)
        let length = Int.random(in: 1..<wire.count / 4, using: &random)
        rig.play(.server(Array(wire[..<start])))
        rig.play(.serverGap(length))
        let rest = Array(wire[(start + length)...])
        rig.play(.server(rest), pieces: Int.random(in: 1..<80, using: &random))
        rig.play(.close)
        #expect(rig.log.exchanges.count == 20)
        #expect(Set(rig.log.exchanges.map(\.stream)).count == 20)
        #expect(rig.messages.count == 0)
        let whole = rig.log.lines.filter { $0.contains("finished") && !$0.contains("gap") }
        #expect(whole.count >= 8, "seed \(seed)")
        #expect(lines(rig).contains { $0.contains("'body of call 19' complete") }, "seed \(seed)")
        let all = rig.counters
        #expect(
            all.framingBytes + all.bodyBytes + all.orphanBytes + all.skippedBytes
                == UInt64(wire.count - length) + clientBytes(rig))
    }

    /// What the client sent, for the balance.
    private func clientBytes(_ rig: borrowing HTTP2Rig) -> UInt64 {
        var client = FrameWriter()
        var total = FrameWriter.preface.count + 2 * FrameWriter.settings().count
        for call in 0..<20 { total += client.request(UInt32(call * 2 + 1), "/\(call)").count }
        return UInt64(total)
    }

    @Test func `large frames behind a gap are found by their open stream`() {
        var client = FrameWriter()
        var server = FrameWriter()
        var rig = opened(&client, client.request(1, "/1"))
        rig.play(.client(FrameWriter.settings([(5, 1 << 20)])))
        rig.play(.server(server.response(1)))
        rig.play(.serverGap(100))
        let big = String(repeating: "b", count: 200_000)
        rig.play(.server(Array("junk".utf8) + FrameWriter.data(1, big)), pieces: 1460)
        rig.play(.server(FrameWriter.data(1, "", end: true)))
        #expect(rig.log.exchanges.count == 1)
        #expect(rig.counters.bodyBytes == 200_000)
        #expect(rig.counters.skippedBytes == 4)
    }

    @Test func `a midstream pickup finds frames and learns the table`() {
        var client = FrameWriter()
        var server = FrameWriter()
        _ = client.request(1, "/old", extra: [("x-old", "1")])
        _ = server.response(1, extra: [("x-old", "1")])
        var rig = HTTP2Rig(HTTP2Connection(midstream: HTTP2Limits()))
        rig.play(.server(Array("end of a body".utf8) + FrameWriter.data(1, "xyz", end: true)))
        rig.play(.client(client.request(3, "/new", extra: [("x-old", "1"), ("x-new", "2")])))
        rig.play(.server(server.response(3, extra: [("x-old", "1")], end: true)))
        rig.play(.client(client.request(5, "/new", extra: [("x-new", "2")])))
        rig.play(.server(server.response(5, end: true)))
        rig.play(.close)
        #expect(
            lines(rig) == [
                "3 finished | GET /new x-new=2 complete headIncomplete | 200 complete headIncomplete",
                "5 finished | GET /new x-new=2 complete headIncomplete | 200 complete",
            ])
        #expect(rig.counters.orphanBytes == 3)
        #expect(rig.counters.unknownFields == 4)
        #expect(rig.counters.resyncs == 2)
    }

    @Test func `a gap inside the preface is bridged`() {
        var client = FrameWriter()
        var rig = HTTP2Rig()
        rig.play(.client(Array(FrameWriter.preface[..<10])))
        rig.play(.clientGap(14))
        rig.play(.client(FrameWriter.settings() + client.request(1, "/")))
        rig.play(.close)
        #expect(lines(rig) == ["1 connectionEnded | GET a.example/ complete | -"])
        #expect(rig.counters.syncsLost == 0)
    }
}

extension HTTP2GapTests {
    @Test func `a response whose head is lost keeps its body and trailers`() {
        var client = FrameWriter()
        var server = FrameWriter()
        var rig = HTTP2Rig()
        rig.play(.client(FrameWriter.preface + FrameWriter.settings() + client.request(1, "/")))
        rig.play(.server(FrameWriter.settings()))
        rig.play(.serverGap(server.response(1).count))
        rig.play(
            .server(FrameWriter.data(1, "body") + server.headers(1, [("sum", "1")], end: true)))
        #expect(
            rig.log.lines.map(HTTP2ConnectionTests.withoutPlaces) == [
                "1 finished | GET a.example/ complete | body 4 'body' ~sum=1 complete headIncomplete"
            ])
    }

    @Test func `a frame behind a gap is found however it was cut`() {
        for split in 1..<24 {
            var rig = HTTP2Rig()
            var client = FrameWriter()
            var server = FrameWriter()
            rig.play(.client(FrameWriter.preface + FrameWriter.settings() + client.request(1, "/")))
            rig.play(.server(FrameWriter.settings() + server.response(1)))
            rig.play(.serverGap(17))
            let data = FrameWriter.data(1, "what came later")
            rig.play(.server(Array(data[..<split])))
            rig.play(.server(Array(data[split...])))
            rig.play(.serverGap(17))
            rig.play(.close)
            #expect(lines(rig).first?.contains("'what came later'") == true, "split at \(split)")
        }
    }

    @Test func `a response under way when its client resets is told with its request`() {
        var rig = HTTP2Rig()
        var client = FrameWriter()
        var server = FrameWriter()
        rig.play(.client(FrameWriter.preface + FrameWriter.settings()))
        rig.play(.client(client.request(1, "/late") + client.request(3, "/never")))
        rig.play(.client(FrameWriter.reset(1) + FrameWriter.reset(3, 5)))
        rig.play(.server(FrameWriter.settings() + server.response(1)))
        rig.play(.server(FrameWriter.data(1, "crossed", end: true)))
        rig.play(.close)
        #expect(
            lines(rig) == [
                "1 reset code 8 | GET a.example/late complete | 200 body 7 'crossed' complete",
                "3 reset code 5 | GET a.example/never complete | -",
            ])
        #expect(rig.messages.count == 0)
    }
}
