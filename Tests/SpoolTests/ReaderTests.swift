import Bytes
import Compression
import Platform
import Spool
import Testing

@Suite struct ReaderTests {
    func reader(_ bench: Bench, from: UInt64?) -> SegmentReader {
        SegmentReader(
            files: bench.files, layout: bench.layout, stage: .packets, lane: 0, from: from)
    }

    @Test func `segments come in order, as they are sealed`() throws {
        let bench = try Bench()
        var reader = reader(bench, from: nil)
        #expect(try reader.openNext() == nil)
        for sequence in 5..<UInt64(8) {
            try bench.seal(sequence, lines: 3)
            let opened = try reader.openNext()
            #expect(opened?.name.sequence == sequence)
            #expect(opened?.skipped == 0)
            let content = try Bench.drain(&reader)
            #expect(content.bytes == (0..<3).flatMap { Bench.line(sequence, $0) })
            #expect(try reader.openNext() == nil)
        }
    }

    @Test func `a wide gap is found by listing now and then`() throws {
        let bench = try Bench()
        try bench.seal(0, lines: 1)
        try bench.seal(40, lines: 1)
        var reader = reader(bench, from: 0)
        #expect(try reader.openNext()?.name.sequence == 0)
        var tries = 0
        var found: OpenedSegment?
        while found == nil, tries < 200 {
            found = try reader.openNext()
            tries += 1
        }
        #expect(found?.name.sequence == 40)
        #expect(found?.skipped == 39)
        #expect(tries == 64)
        let skipped = reader.skippedSegments
        #expect(skipped == 39)
    }

    @Test func `damage costs its block, what is before and after it is delivered`() throws {
        let bench = try Bench()
        var writer = bench.writer()
        try writer.open(sequence: 0)
        for line in 0..<3 {
            try writer.write(Bench.line(0, line).span)
            try writer.flushBlock()
        }
        _ = try writer.seal(CaptureManifest(software: "t"), wallNanoseconds: 0)
        let path = bench.layout.sealedPath(bench.name(0))
        var bytes = try #require(bench.files.bytes(path))
        bytes[bytes.count / 2] ^= 1
        bench.files.overwrite(path, with: bytes)
        var reader = reader(bench, from: 0)
        _ = try reader.openNext()
        var events: [String] = []
        var target = ByteBuffer()
        loop: while events.count < 10 {
            switch try reader.read(into: &target) {
            case .bytes:
                events.append(String(decoding: target.span))
                target.removeAll()
            case .damaged: events.append("damaged")
            case .end(let lost):
                events.append("end \(lost)")
                break loop
            }
        }
        #expect(events == ["segment 0 line 0\n", "damaged", "segment 0 line 2\n", "end 0"])
        let damages = reader.damages
        #expect(damages == 1)
    }

    @Test func `a segment of rubbish is put into quarantine with its manifest`() throws {
        let bench = try Bench()
        try bench.seal(0, lines: 1)
        bench.files.overwrite(
            bench.layout.sealedPath(bench.name(0)), with: [UInt8](repeating: 7, count: 100))
        var reader = reader(bench, from: 0)
        _ = try reader.openNext()
        let content = try Bench.drain(&reader)
        #expect(content.bytes.isEmpty && content.lost == 100)
        let kept = try reader.quarantine(reason: "nothing could be read")
        #expect(kept == "/spool/quarantine/packets-0-000000000000.pcapng.lz4")
        #expect(try bench.files.names(in: "/spool/packets/0").isEmpty)
        #expect(try bench.files.names(in: "/spool/quarantine").count == 4)
    }

    @Test func `opening does not look at the backlog`() throws {
        let bench = try Bench()
        for sequence in 0..<UInt64(300) {
            bench.files.overwrite(bench.layout.sealedPath(bench.name(sequence)), with: [])
        }
        var reader = reader(bench, from: 100)
        #expect(try reader.openNext()?.name.sequence == 100)
        var oldest = self.reader(bench, from: nil)
        #expect(try oldest.openNext()?.name.sequence == 0)
    }
}
