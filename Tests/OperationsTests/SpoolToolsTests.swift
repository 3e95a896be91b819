import Assembly
import Bytes
import Calls
import CaptureFile
import Operations
import Platform
import Spool
import Testing

/// A spool in memory with the calls of the demo.
struct DemoSpool {
    let files = MemoryFiles()
    let spool: LaneSpool
    let packets: Int
    let lines: [String]
    static let start: Int64 = 1_700_000_000_000_000_000

    init() throws {
        spool = LaneSpool(
            files: files, layout: SpoolLayout(root: "/spool"),
            time: ManualTime(wall: DemoSpool.start))
        files.setTime(wallNanoseconds: DemoSpool.start)
        try spool.layout.prepare(files: files)
        var options = EngineOptions()
        options.calls.hostName = "test"
        let outcome = try Demo(spool).run(options, from: DemoSpool.start)
        packets = outcome.packets
        lines = outcome.calls.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
    }

    func read(_ change: (inout CallSelection) throws -> Void = { _ in }) throws -> [String] {
        var selection = CallSelection()
        try change(&selection)
        var found: [String] = []
        var calls = RetainedCalls(spool, selection)
        try calls.forEach { line, _ in
            found.append(String(decoding: line.extracting(0..<(line.count - 1))))
        }
        return found
    }

    static func value(_ key: String, _ line: String) -> String? {
        line.split(separator: "[\"\(key)\",\"").dropFirst().first.map {
            String($0.prefix { $0 != "\"" })
        }
    }
}

@Suite struct SpoolToolsTests {
    @Test func `retained calls are read as they were written`() throws {
        let demo = try DemoSpool()
        #expect(demo.lines.count == 7)
        #expect(try demo.read() == demo.lines)
        #expect(try demo.read { $0.time.to = DemoSpool.start } == [])
        #expect(try demo.read { $0.time.from = DemoSpool.start } == demo.lines)
    }

    @Test func `a time splits the calls in two`() throws {
        let demo = try DemoSpool()
        let times = demo.lines.compactMap { line in
            (DemoSpool.value("call:request_start", line)
                ?? DemoSpool.value("call:response_start", line)).flatMap { Int64($0) }
        }.sorted()
        let middle = times[3]
        let before = try demo.read { $0.time.to = middle }
        let behind = try demo.read { $0.time.from = middle }
        #expect(before.count == 3)
        #expect(Set(before + behind) == Set(demo.lines))
    }

    @Test func `calls built again are the calls there were`() throws {
        let demo = try DemoSpool()
        var builder = Rebuilding(demo.spool)
        builder.options.calls.hostName = try #require(
            try Rebuilding.recordedHost(in: demo.spool))
        var found: [String] = []
        let tally = try builder.forEach { line, _ in
            found.append(String(decoding: line.extracting(0..<(line.count - 1))))
        }
        #expect(found.sorted() == demo.lines.sorted())
        #expect(tally.picked == 7)
        #expect(tally.reading.packets == UInt64(demo.packets))
    }

    @Test func `packets are exported whole, of a flow, and of a call`() throws {
        let demo = try DemoSpool()
        var export = PacketExport(demo.spool)
        var file = ByteBuffer()
        let whole = try export.run { file.append($0) }
        let found = try SpoolToolsTests.packets(file.span)
        #expect(whole.packets == UInt64(demo.packets))
        #expect(found == demo.packets)
        let id = try #require(DemoSpool.value("call:id", demo.lines[0]))
        var selection = CallSelection()
        selection.ids = [id]
        let call = try #require(try FoundCall.find(selection, in: demo.spool).first)
        export.flows = [call.flow]
        let some = try export.run { _ in }.packets
        #expect(some > 4 && some < UInt64(demo.packets))
        export.time = TimeRange(from: call.last + 1)
        let fewer = try export.run { _ in }.packets
        #expect(fewer < some)
    }

    private static func packets(_ bytes: Span<UInt8>) throws -> Int {
        var parser = CaptureFileParser()
        var (offset, count) = (0, 0)
        while true {
            switch parser.next(in: bytes, at: offset, isComplete: true) {
            case .packet(let packet):
                count += 1
                offset = packet.nextOffset
            case .skipped(let next), .interfaceStatistics(let next): offset = next
            case .end: return count
            case .needMore, .truncated, .failed:
                Issue.record("no valid pcapng at \(offset)")
                return count
            }
        }
    }

    @Test func `a pin keeps segments until it is removed`() throws {
        let demo = try DemoSpool()
        let book = PinBook(demo.spool)
        let entry = try book.pin(
            name: "incident", time: TimeRange(from: DemoSpool.start), lanes: [])
        #expect(entry.segments > 2 && entry.bytes > 0)
        #expect(throws: PinBook.Failure.exists("incident")) {
            _ = try book.pin(name: "incident", time: TimeRange(), lanes: [])
        }
        func collect() throws -> UInt64 {
            var limits = RetentionLimits()
            limits.minimumFreeBytes = 0
            limits.reservedBytes = 0
            var retention = try Retention(
                .packets, limits: limits, layout: demo.spool.layout, files: demo.files)
            return try retention.collect(
                wallNanoseconds: .max, openBytes: 0, processedBelow: { _ in .max }
            ).deleted
        }
        #expect(try collect() == 0)
        #expect(try book.entries().map(\.name) == ["incident"])
        try book.unpin("incident")
        #expect(throws: PinBook.Failure.unknown("incident")) { try book.unpin("incident") }
        #expect(try collect() > 0)
    }

    @Test func `a pin of a time of which nothing is retained is refused`() throws {
        let demo = try DemoSpool()
        #expect(throws: PinBook.Failure.nothingRetained) {
            _ = try PinBook(demo.spool).pin(
                name: nil, time: TimeRange(from: 0, to: 1), lanes: [])
        }
    }

    @Test func `the ledger balances over all, over a range, and says what does not`() throws {
        let demo = try DemoSpool()
        let ledger = try Ledger(demo.spool)
        #expect(ledger.isBalanced)
        #expect(ledger.lanes.first?.assembledPackets == UInt64(demo.packets))
        #expect(ledger.lanes.first?.heldBytes == 0)
        #expect(ledger.lanes.first?.unparsedBytes == 0)
        let page = LedgerText.page(ledger)
        for words in ["abandoned in a ring", "refused by the filter", "larger than a buffer"] {
            #expect(page.contains(words))
        }
        let none = try Ledger(demo.spool, to: DemoSpool.start - 1)
        #expect(none.lanes.first?.storedPackets == 0)
        // A manifest that tells of more packets than assemble took.
        let name = SegmentName(stage: .packets, lane: 0, sequence: 0)
        let path = demo.spool.layout.manifestPath(name)
        let text = String(decoding: try #require(demo.files.bytes(path)), as: UTF8.self)
        let more = text.replacing("\"packets\":16", with: "\"packets\":17")
        #expect(more != text)
        demo.files.overwrite(path, with: Array(more.utf8))
        let wrong = try Ledger(demo.spool)
        #expect(wrong.faults.count == 1)
        #expect(wrong.faults.first?.contains("lane 0") == true)
    }
}
