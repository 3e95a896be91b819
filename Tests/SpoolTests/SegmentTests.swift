import Bytes
import Compression
import Platform
import Spool
import Testing

@Suite struct SegmentTests {
    @Test func `names are of fixed width and read back`() {
        let layout = SpoolLayout(root: "/s/")
        let name = SegmentName(stage: .packets, lane: 3, sequence: 12)
        #expect(layout.sealedPath(name) == "/s/packets/3/000000000012.pcapng.lz4")
        #expect(layout.openPath(name) == "/s/packets/3/.000000000012.pcapng.lz4.open")
        #expect(layout.manifestPath(name) == "/s/packets/3/000000000012.json")
        #expect(LaneEntry("000000000012.pcapng.lz4", stage: .packets) == .sealed(12))
        #expect(LaneEntry(".000000000012.pcapng.lz4.open", stage: .packets) == .open(12))
        #expect(LaneEntry("000000000012.json", stage: .packets) == .manifest(12))
        #expect(LaneEntry(".000000000012.json.new", stage: .packets) == .temporary)
        for foreign in ["12.pcapng.lz4", "000000000012.ndjson.lz4", "x", "", "00000000001x.json"] {
            #expect(LaneEntry(foreign, stage: .packets) == .foreign)
        }
    }

    @Test func `a segment is hidden until it is sealed, with its manifest`() throws {
        let bench = try Bench()
        var writer = bench.writer(preallocated: 1 << 20)
        try writer.open(sequence: 0)
        try writer.write(Bench.line(0, 0).span)
        try writer.flushBlock()
        #expect(bench.files.paths == [bench.layout.openPath(bench.name(0))])
        var manifest = CaptureManifest(software: "1.2.3")
        manifest.packets = 7
        let sealed = try #require(try writer.seal(manifest, wallNanoseconds: 99))
        #expect(
            bench.files.paths == [
                bench.layout.manifestPath(bench.name(0)), bench.layout.sealedPath(bench.name(0)),
            ])
        #expect(try bench.content(0) == Bench.line(0, 0))
        let read = try #require(
            try ManifestFile.load(
                CaptureManifest.self, bench.name(0), layout: bench.layout, files: bench.files))
        #expect(read.packets == 7 && read.software == "1.2.3")
        #expect(read.segment == sealed.facts)
        #expect(read.segment.plainBytes == UInt64(Bench.line(0, 0).count))
        #expect(read.segment.sealedNanoseconds == 99)
        let stored = bench.files.bytes(bench.layout.sealedPath(bench.name(0)))?.count
        #expect(stored == Int(read.segment.storedBytes))
    }

    @Test func `a sealed name is not written twice`() throws {
        let bench = try Bench()
        try bench.seal(4, lines: 1)
        var writer = bench.writer()
        #expect(throws: SpoolError.alreadySealed(bench.name(4))) { try writer.open(sequence: 4) }
        #expect(try SegmentWriter.isSealed(bench.name(4), layout: bench.layout, files: bench.files))
    }

    @Test func `the same content gives the same file`() throws {
        let (one, two) = (try Bench(), try Bench())
        try one.seal(0, lines: 5000)
        two.files.makeWritesShort(seed: 5)
        try two.seal(0, lines: 5000)
        let path = one.layout.sealedPath(one.name(0))
        #expect(one.files.bytes(path) == two.files.bytes(path))
        #expect(one.files.bytes(path) != nil)
    }

    @Test func `frames compressed elsewhere are stored as they are`() throws {
        let bench = try Bench()
        var lz4 = LZ4FrameWriter()
        var frame = ByteBuffer()
        lz4.compress([1, 2, 3].span, into: &frame)
        lz4.endFrame(into: &frame)
        var writer = bench.writer()
        try writer.open(sequence: 0)
        try writer.append(compressed: frame.span, plainBytes: 3)
        try writer.append(compressed: frame.span, plainBytes: 3)
        _ = try writer.seal(CaptureManifest(software: "t"), wallNanoseconds: 0)
        #expect(try bench.content(0) == [1, 2, 3, 1, 2, 3])
    }

    @Test func `what does not fit on the disk waits, and is stored when there is room`() throws {
        let bench = try Bench()
        var writer = bench.writer()
        try writer.open(sequence: 0)
        try writer.write(Bench.line(0, 0).span)
        try writer.flushBlock()
        let before = writer.storedBytes
        bench.files.setCapacity(bytes: before + 10)
        try writer.write(Bench.line(0, 1).span)
        #expect(throws: SpoolError.self) { try writer.flushBlock() }
        let after = writer.storedBytes
        #expect(after == before)
        let size = bench.files.bytes(bench.layout.openPath(bench.name(0)))?.count
        #expect(size == Int(before))
        #expect(throws: SpoolError.self) {
            _ = try writer.seal(CaptureManifest(software: "t"), wallNanoseconds: 0)
        }
        let isOpen = writer.isOpen
        #expect(isOpen)
        bench.files.setCapacity(bytes: 1 << 30)
        _ = try writer.seal(CaptureManifest(software: "t"), wallNanoseconds: 0)
        #expect(try bench.content(0) == Bench.line(0, 0) + Bench.line(0, 1))
    }

    @Test func `an abandoned segment leaves nothing`() throws {
        let bench = try Bench()
        var writer = bench.writer()
        try writer.open(sequence: 0)
        try writer.write([1].span)
        try writer.abandon()
        #expect(bench.files.paths.isEmpty)
        try writer.open(sequence: 0)
    }
}

@Suite struct SealerTests {
    @Test func `segments are sealed in order, and reported`() throws {
        let bench = try Bench()
        let sealer = try Sealer(
            files: bench.files, layout: bench.layout, time: ManualTime(wall: 5),
            maximumInFlight: 2)
        var writer = bench.writer()
        for sequence in 0..<UInt64(20) {
            try writer.open(sequence: sequence)
            try writer.write(Bench.line(sequence, 0).span)
            try writer.finish(CaptureManifest(software: "t"), with: sealer)
        }
        sealer.waitUntilIdle()
        let sequences = sealer.takeReports().compactMap { report -> UInt64? in
            guard case .sealed(let sealed) = report else { return nil }
            return sealed.name.sequence
        }
        #expect(sequences == Array(0..<20))
        #expect(sealer.takeReports().isEmpty)
        #expect(sealer.inFlight == 0)
        sealer.stop()
        #expect(try bench.content(19) == Bench.line(19, 0))
    }

    @Test func `a failed flush poisons the segment, which goes to quarantine and is never sealed`()
        throws
    {
        let bench = try Bench()
        let sealer = try Sealer(files: bench.files, layout: bench.layout, time: ManualTime())
        var writer = bench.writer()
        try writer.open(sequence: 0)
        try writer.write(Bench.line(0, 0).span)
        bench.files.fail(atCall: 1, errno: IOError.inputOutput, named: "fdatasync")
        try writer.finish(CaptureManifest(software: "t"), with: sealer)
        sealer.waitUntilIdle()
        guard case .failed(let name, .poisoned, let kept)? = sealer.takeReports().first else {
            Issue.record("the failure is reported")
            return
        }
        #expect(name == bench.name(0))
        #expect(kept == "/spool/quarantine/packets-0-000000000000.pcapng.lz4")
        #expect(try bench.content(0) == nil)
        // The next one is not affected, and a reader passes over the missing number.
        try writer.open(sequence: 1)
        try writer.write(Bench.line(1, 0).span)
        try writer.finish(CaptureManifest(software: "t"), with: sealer)
        sealer.stop()
        var reader = SegmentReader(
            files: bench.files, layout: bench.layout, stage: .packets, lane: 0, from: 0)
        let opened = try reader.openNext()
        #expect(opened?.name == bench.name(1))
        #expect(opened?.skipped == 1)
    }

    @Test func `a full disk delays the seal, no more`() throws {
        let bench = try Bench()
        let sealer = try Sealer(files: bench.files, layout: bench.layout, time: ManualTime())
        var writer = bench.writer()
        try writer.open(sequence: 0)
        try writer.write(Bench.line(0, 0).span)
        // The first write behind the flush is the manifest's.
        try writer.flushBlock()
        bench.files.fail(atCall: 2, errno: IOError.noSpace, named: "write")
        try writer.finish(CaptureManifest(software: "t"), with: sealer)
        sealer.waitUntilIdle()
        sealer.stop()
        let reports = sealer.takeReports()
        guard case .sealed? = reports.first else {
            Issue.record("\(reports)")
            return
        }
        #expect(reports.count == 1)
        #expect(try bench.content(0) == Bench.line(0, 0))
    }
}
