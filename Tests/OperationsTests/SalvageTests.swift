import Assembly
import Bytes
import Compression
import Operations
import Platform
import Spool
import Testing

@Suite struct SalvageTests {
    private let files = MemoryFiles()
    private let path = "/spool/calls/0/000000000000.ndjson.lz4"

    private static func packed(_ text: [UInt8]) -> [UInt8] {
        var writer = LZ4FrameWriter()
        var bytes = ByteBuffer()
        writer.compress(text.span, into: &bytes)
        writer.endFrame(into: &bytes)
        return bytes.copyBytes()
    }

    private static func plain(_ bytes: [UInt8]) -> [UInt8] {
        var reader = LZ4FrameReader()
        var text = ByteBuffer()
        reader.feed(bytes.span)
        reader.finishInput()
        while true {
            switch reader.next(into: &text) {
            case .bytes, .needMore: continue
            case .end: return text.copyBytes()
            case .damaged, .truncated:
                Issue.record("the recovered file is damaged itself")
                return text.copyBytes()
            }
        }
    }

    private func write(_ bytes: [UInt8]) throws {
        for directory in ["/spool", "/spool/calls", "/spool/calls/0", "/out"] {
            try files.makeDirectory(directory)
        }
        let file = try files.createExclusive(path)
        try files.append(bytes.span, to: file)
        files.close(file)
    }

    private static let lines = (0..<40_000).map { "[[\"call:id\",\"\($0 &* 2_654_435_761)\"]]\n" }
    private static let text = Array(lines.joined().utf8)

    @Test func `a whole segment is left as it is`() throws {
        try write(SalvageTests.packed(SalvageTests.text))
        let report = try Salvage(files: files).run(path, to: "/out/a.ndjson.lz4")
        #expect(report.outcome == .whole)
        #expect(report.kept == 40_000)
        #expect(report.written == nil)
    }

    @Test func `a damaged block costs itself and the lines it cuts`() throws {
        var bytes = SalvageTests.packed(SalvageTests.text)
        bytes[bytes.count / 2] ^= 0xFF
        try write(bytes)
        let report = try Salvage(files: files).run(path, to: "/out/a.ndjson.lz4")
        #expect(report.outcome == .partly)
        #expect(report.losses.count == 1)
        #expect(report.lostBytes > 0 && report.lostBytes < UInt64(bytes.count))
        let recovered = SalvageTests.plain(try #require(files.bytes("/out/a.ndjson.lz4")))
        let found = String(decoding: recovered, as: UTF8.self).split(separator: "\n")
        #expect(UInt64(found.count) == report.kept)
        #expect(found.count > 20_000 && found.count < 40_000)
        let known = Set(SalvageTests.lines.map { String($0.dropLast()) })
        #expect(found.allSatisfy { known.contains(String($0)) })
    }

    @Test func `a torn segment gives its whole blocks`() throws {
        let bytes = SalvageTests.packed(SalvageTests.text)
        try write(Array(bytes.prefix(bytes.count * 2 / 3)))
        let report = try Salvage(files: files).run(path, to: "/out/a.ndjson.lz4")
        #expect(report.outcome == .partly)
        #expect(report.isUnfinished)
        #expect(report.kept > 10_000)
        #expect(files.bytes("/out/a.ndjson.lz4") != nil)
    }

    @Test func `what is no segment gives nothing`() throws {
        try write(Array("nothing of the kind".utf8))
        let report = try Salvage(files: files).run(path, to: "/out/a.ndjson.lz4")
        #expect(report.outcome == .nothing)
        #expect(files.bytes("/out/a.ndjson.lz4") == nil)
    }

    @Test func `packets behind a lost header are kept with a neighbour's interfaces`() throws {
        let demo = try DemoSpool()
        let name = SegmentName(stage: .packets, lane: 0, sequence: 0)
        let path = demo.spool.layout.sealedPath(name)
        // The header's block is replaced by one without it.
        let plain = SalvageTests.plain(try #require(demo.files.bytes(path)))
        let header = Int(plain[4]) + Int(plain[5]) << 8
        demo.files.overwrite(path, with: SalvageTests.packed(Array(plain.dropFirst(header))))
        try demo.files.makeDirectory("/out")
        let report = try Salvage(files: demo.files).run(path, to: "/out/a.pcapng.lz4")
        #expect(report.kept == 16)
        #expect(!report.hasGuessedInterface)
    }

    @Test(arguments: [
        ("/s/packets/3/000000000012.pcapng.lz4", "packets-3-000000000012.pcapng.lz4"),
        ("/s/calls/0/.000000000012.ndjson.lz4.open", "calls-0-000000000012.ndjson.lz4"),
        (
            "/s/quarantine/packets-0-000000000012.torn",
            "packets-0-000000000012-torn.pcapng.lz4"
        ),
        ("a.pcapng.lz4", "a.pcapng.lz4"),
    ])
    func `a recovered file is named for its lane`(path: String, name: String) {
        #expect(SegmentFiles.plainName(path) == name)
    }
}
