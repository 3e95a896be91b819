import Bytes
import Testing

@testable import HTTP

@Suite struct HTTP2LimitTests {
    private func rig(_ change: (inout HTTP2Limits) -> Void) -> HTTP2Rig {
        var limits = HTTP2Limits()
        change(&limits)
        var rig = HTTP2Rig(HTTP2Connection(limits: limits))
        rig.play(.client(FrameWriter.preface + FrameWriter.settings()))
        rig.play(.server(FrameWriter.settings()))
        return rig
    }

    @Test func `bodies are cut at the limit and counted on`() {
        var rig = rig { $0.bodyBytes = 5 }
        var client = FrameWriter()
        rig.play(.client(client.request(1, "/", method: "POST", end: false)))
        rig.play(.client(FrameWriter.data(1, "abc") + FrameWriter.data(1, "defgh", end: true)))
        rig.play(.close)
        #expect(rig.log.lines[0].contains("body 8 'abcde' complete bodyCut"))
        #expect(rig.counters.bodyCutBytes == 3)
    }

    @Test func `a flood of CONTINUATION holds no more than the limit`() {
        var rig = rig { $0.blockBytes = 10_000 }
        var client = FrameWriter()
        var server = FrameWriter()
        rig.play(.client(client.request(1, "/")))
        rig.play(.server(FrameWriter.frame(1, 0, 1, client.encoder.encode([(":status", "200")]))))
        let part = FrameWriter.frame(9, 0, 1, [UInt8](repeating: 0x80 | 8, count: 1000))
        for _ in 0..<1000 { rig.play(.server(part)) }
        #expect(rig.connection.heldByteCount < 12_000)
        rig.play(.server(FrameWriter.frame(9, 5, 1, [])))
        rig.play(.client(client.request(3, "/next")))
        rig.play(.server(server.response(3, end: true)))
        rig.play(.close)
        #expect(rig.counters.blocksCut == 1)
        #expect(rig.counters.blocksDamaged == 1)
        #expect(rig.log.lines[0].contains("200 complete"))
        #expect(rig.log.lines[1].contains("headIncomplete"))
        for _ in 0..<1000 { rig.play(.server(FrameWriter.frame(9, 0, 1, []))) }
        #expect(rig.counters.orphanBlocks == 1000)
    }

    @Test func `a bomb of indexed fields is counted, not kept, and the table stays right`() {
        var rig = rig { _ in }
        var client = FrameWriter()
        let big = String(repeating: "A", count: 3900)
        _ = client.encoder.resize(4096)
        var block = client.encoder.encode([(":method", "GET"), (":path", "/"), ("x-bomb", big)])
        block += [UInt8](repeating: 0xBE, count: 15_000)
        block += client.encoder.encode([("x-after", "1")])
        rig.play(.client(FrameWriter.frame(1, 5, 1, block)))
        rig.play(.client(client.request(3, "/", extra: [("x-after", "1")])))
        #expect(rig.connection.heldByteCount < 400_000)
        rig.play(.close)
        #expect(rig.log.exchanges.count == 2)
        #expect(rig.log.lines[0].contains("headCut"))
        #expect(rig.log.lines[1].contains("x-after=1"))
        #expect(!rig.log.lines[1].contains("headCut"))
        #expect(rig.counters.fieldsCut > 14_000)
        #expect(rig.counters.blocksDamaged == 0)
    }

    @Test func `fields over the limit are counted, not kept`() {
        var rig = rig { $0.fieldCount = 10 }
        var client = FrameWriter()
        let many = (0..<25).map { ("x-\($0)", "v") }
        rig.play(.client(client.request(1, "/", extra: many, end: false)))
        rig.play(.client(client.headers(1, many, end: true)))
        rig.play(.close)
        #expect(rig.counters.fieldsCut == 30)
        #expect(rig.log.lines[0].contains("x-9=v ~x-0=v"))
    }

    @Test func `the oldest streams make room for new ones`() {
        var rig = rig { $0.openStreams = 100 }
        var client = FrameWriter()
        for call in 0..<1000 {
            rig.play(.client(client.request(UInt32(call * 2 + 1), "/")))
            #expect(rig.connection.openStreamCount <= 100)
        }
        rig.play(.close)
        #expect(rig.log.exchanges.count == 1000)
        #expect(rig.log.exchanges.map(\.stream) == rig.log.exchanges.map(\.stream).sorted())
        #expect(rig.counters.streamsEvicted >= 900)
        #expect(rig.messages.count == 0)
    }

    @Test func `a flood of resets keeps nothing`() {
        var rig = rig { _ in }
        var client = FrameWriter()
        for call in 0..<5000 {
            let id = UInt32(call * 2 + 1)
            rig.play(.client(client.request(id, "/") + FrameWriter.reset(id)))
        }
        #expect(rig.connection.openStreamCount == HTTP2Limits().resetStreams)
        #expect(rig.messages.highWater <= HTTP2Limits().resetStreams + 2)
        #expect(rig.counters.streamsReset == 5000)
        rig.play(.close)
        #expect(rig.log.exchanges.count == 5000)
    }

    @Test(arguments: [1, 100, 3000])
    func `what is held in a search is bounded, whatever the packets`(size: Int) {
        var rig = HTTP2Rig(HTTP2Connection(midstream: HTTP2Limits()))
        // Headers of frames that never end where another begins.
        let claim = FrameWriter.frame(0, 0, 1, []).map { $0 }
        var bytes: [UInt8] = []
        while bytes.count < 150_000 {
            var head = claim
            head[1] = 0x3F
            bytes += head + [UInt8](repeating: 0xEE, count: 91)
        }
        let total = size == 1 ? 20_000 : bytes.count
        var most = 0
        rig.play(.server(Array(bytes[..<total])), pieces: size) { rig in
            most = max(most, rig.connection.heldByteCount)
        }
        #expect(most <= 64 * 1024 + 3000)
        rig.play(.close)
        #expect(rig.counters.skippedBytes == UInt64(total))
        #expect(rig.counters.frames == 0)
    }

    @Test func `many streams are found again, in any order of their end`() {
        var random = SeededGenerator(seed: 11)
        var table = HTTP2StreamTable()
        var open: Set<UInt32> = []
        for round in 0..<20_000 {
            let id = UInt32.random(in: 1...2000, using: &random)
            if let slot = table.slot(of: id) {
                #expect(open.contains(id), "round \(round)")
                if round % 2 == 0 {
                    #expect(table.remove(at: slot).id == id)
                    open.remove(id)
                }
            } else {
                #expect(!open.contains(id), "round \(round)")
                _ = table.insert(HTTP2Stream(id: id))
                open.insert(id)
            }
        }
        #expect(table.sortedIDs() == open.sorted())
        #expect(open.count > 500)
    }

    @Test(arguments: 0..<40)
    func `random, mutated and torn traffic never traps, and no message is lost or given twice`(
        seed: UInt64
    ) throws {
        var random = SeededGenerator(seed: seed)
        var rig =
            seed % 4 == 3
            ? HTTP2Rig(HTTP2Connection(midstream: HTTP2Limits()))
            : rig { limits in
                limits.openStreams = 20
                limits.blockBytes = 2000
                limits.searchBytes = 1000
            }
        var fed: UInt64 = 0
        for round in 0..<60 {
            var bytes: [UInt8] = []
            for step in httpScripts[round % httpScripts.count].steps() {
                switch step {
                case .client(let part) where round % 2 == 0: bytes += part
                case .server(let part) where round % 2 == 1: bytes += part
                case .client, .server, .clientGap, .serverGap, .clientEnd, .serverEnd, .close: break
                }
            }
            if round > 1 { bytes.removeFirst(min(24, bytes.count)) }
            for _ in 0..<Int.random(in: 0..<8, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] = UInt8.random(in: 0...255, using: &random)
            }
            if seed % 5 == 0 {
                bytes = bytes.map { _ in UInt8.random(in: 0...255, using: &random) }
            }
            fed += UInt64(bytes.count)
            let isClient = round % 2 == 0
            rig.play(
                isClient ? .client(bytes) : .server(bytes),
                pieces: Int.random(in: 1...300, using: &random))
            if round % 5 == 0 {
                let count = Int.random(in: 1..<50, using: &random)
                rig.play(isClient ? .clientGap(count) : .serverGap(count))
            }
            if round % 7 == 0 { try rig.saveAndRestore() }
        }
        rig.play(.close)
        #expect(rig.messages.count == 0)
        #expect(rig.connection.messageByteCount == 0)
        let all = rig.counters
        let opening: UInt64 = seed % 4 == 3 ? 0 : 42
        #expect(
            all.framingBytes + all.bodyBytes + all.orphanBytes + all.skippedBytes == fed + opening)
        #expect(all.frames > 0 || seed % 5 == 0)
    }
}
