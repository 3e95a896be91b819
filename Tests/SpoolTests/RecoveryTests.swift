import Bytes
import Compression
import Platform
import Spool
import Testing

@Suite struct RecoveryTests {
    /// An open segment of a few blocks, some of several lines, left by a kill.
    static func left(_ bench: Bench) throws -> (file: [UInt8], lines: [[UInt8]]) {
        var writer = bench.writer()
        try writer.open(sequence: 0)
        var lines: [[UInt8]] = []
        for line in 0..<12 {
            lines.append(Bench.line(0, line))
            try writer.write(Bench.line(0, line).span)
            if line % 3 == 2 { try writer.flushBlock() }
        }
        bench.files.restart()
        return (try #require(bench.files.bytes(bench.layout.openPath(bench.name(0)))), lines)
    }

    @Test func `a segment torn anywhere keeps its whole blocks, the rest is put aside`() throws {
        let bench = try Bench()
        let (file, lines) = try Self.left(bench)
        // Where blocks end: found by the reader the package uses, checked by the totals below.
        var sealedCounts: Set<Int> = []
        for length in 0...file.count {
            let bench = try Bench()
            let path = bench.layout.openPath(bench.name(0))
            bench.files.overwrite(path, with: Array(file[..<length]))
            let report = try bench.recover()
            #expect(bench.files.bytes(path) == nil)
            let content = try bench.content(0)
            guard let content else {
                #expect(report.quarantined == [bench.name(0)])
                #expect(report.nextSequence == 0)
                continue
            }
            #expect(report.sealed == [bench.name(0)])
            #expect(report.nextSequence == 1)
            let whole = (0...12).first { lines[..<$0].flatMap { $0 } == content }
            #expect(whole != nil, "cut at \(length)")
            sealedCounts.insert(whole ?? -1)
            let manifest = try ManifestFile.load(
                CaptureManifest.self, bench.name(0), layout: bench.layout, files: bench.files)
            #expect(manifest?.packets == UInt64(whole ?? -1))
            #expect(manifest?.segment.isRecovered == true)
            let stored = try #require(bench.files.bytes(bench.layout.sealedPath(bench.name(0))))
            #expect(manifest?.segment.storedBytes == UInt64(stored.count))
            // Sealed, it is whole: no reader reports a torn end.
            var reader = SegmentReader(
                files: bench.files, layout: bench.layout, stage: .packets, lane: 0, from: 0)
            _ = try reader.openNext()
            let again = try Bench.drain(&reader)
            #expect(again.damages == 0 && again.lost == 0, "cut at \(length)")
        }
        // What is flushed is two blocks, the second its last byte: the end of a third line.
        #expect(sealedCounts == [2, 3, 5, 6, 8, 9, 11, 12])
    }

    @Test func `a record torn between blocks is cut, by way of a repaired copy`() throws {
        let bench = try Bench()
        var writer = bench.writer()
        try writer.open(sequence: 0)
        try writer.write(Bench.line(0, 0).span)
        try writer.flushBlock()
        try writer.write((Bench.line(0, 1) + Array("torn rec".utf8)).span)
        try writer.flushBlock()
        bench.files.restart()
        let report = try bench.recover()
        #expect(report.cutBytes == 8)
        #expect(report.tornBytes == 0)
        #expect(try bench.content(0) == Bench.line(0, 0) + Bench.line(0, 1))
    }

    @Test func `a hole inside stays a hole`() throws {
        let bench = try Bench()
        var (file, lines) = try Self.left(bench)
        file[file.count * 3 / 8] ^= 4
        bench.files.overwrite(bench.layout.openPath(bench.name(0)), with: file)
        let report = try bench.recover()
        #expect(report.holes == 1)
        let content = try #require(try bench.content(0))
        // Of three lines only the newline at the end is left, a block of its own.
        lines.replaceSubrange(lost(lines, content), with: [[0x0A]])
        #expect(content == lines.flatMap { $0 })
    }

    /// The three lines that are missing.
    private func lost(_ lines: [[UInt8]], _ content: [UInt8]) -> Range<Int> {
        for start in stride(from: 0, to: lines.count, by: 3) {
            var rest = lines
            rest.replaceSubrange(start..<(start + 3), with: [[0x0A]])
            if rest.flatMap({ $0 }) == content { return start..<(start + 3) }
        }
        Issue.record("not one block is missing")
        return 0..<0
    }

    @Test func `a segment older than a sealed one is not sealed any more`() throws {
        let bench = try Bench()
        _ = try Self.left(bench)
        try bench.seal(1, lines: 1)
        let report = try bench.recover()
        #expect(report.quarantined == [bench.name(0)])
        #expect(report.nextSequence == 2)
    }

    @Test func `numbers are not used again when all segments are gone`() throws {
        let bench = try Bench()
        let report = try Recovery.run(
            .packets, lane: 0, layout: bench.layout, files: bench.files, wallNanoseconds: 0,
            nextAtLeast: 17
        ) { LineInspector() }
        #expect(report.nextSequence == 17)
    }

    @Test func `open call segments are removed, to be made again`() throws {
        let bench = try Bench()
        var writer = bench.writer(.calls)
        try writer.open(sequence: 3)
        try writer.write([1].span)
        try writer.flushBlock()
        bench.files.restart()
        let report = try Recovery.discard(
            .calls, lane: 0, layout: bench.layout, files: bench.files)
        #expect(report.removedTemporaries == 1)
        #expect(bench.files.paths.isEmpty)
    }

    /// The whole life of a lane, stopped at every call to the system, with the power cut or not.
    @Test(arguments: [false, true])
    func `whenever it stops, what was sealed is there and nothing partial is seen`(
        isPowerCut: Bool
    ) throws {
        let calls = try Self.life(try Bench()) { _ in }
        #expect(calls > 30)
        for call in 1...calls {
            for seed in 0..<(isPowerCut ? 12 : 1) {
                let bench = try Bench()
                var sealed: [UInt64] = []
                bench.files.stop(atCall: call)
                do {
                    _ = try Self.life(bench) { sealed.append($0) }
                } catch let error as SpoolError {
                    #expect(error.cause?.errno == MemoryFiles.stopped)
                }
                if isPowerCut {
                    bench.files.powerCut(seed: UInt64(seed))
                } else {
                    bench.files.restart()
                }
                try Self.check(bench, sealed, "call \(call) seed \(seed)")
                // Recovery itself is stopped at each of its calls, too.
                if call % 5 == 0 { try Self.recoverInPieces(bench, sealed, call, isPowerCut) }
                let report = try bench.recover()
                try Self.check(bench, sealed, "call \(call) seed \(seed), recovered")
                let names = try bench.files.names(in: "/spool/packets/0")
                #expect(!names.contains { $0.hasPrefix(".") }, "\(names)")
                #expect(report.nextSequence >= UInt64(sealed.count))
                // Life goes on.
                try bench.seal(report.nextSequence, lines: 1)
                #expect(try bench.content(report.nextSequence) != nil)
            }
        }
    }

    static func recoverInPieces(
        _ bench: Bench, _ sealed: [UInt64], _ call: Int, _ isPowerCut: Bool
    ) throws {
        for stop in 1..<40 {
            bench.files.stop(atCall: stop)
            let isDone = (try? bench.recover()) != nil
            if isPowerCut {
                bench.files.powerCut(seed: UInt64(stop))
            } else {
                bench.files.restart()
            }
            try check(bench, sealed, "call \(call), recovery stopped at \(stop)")
            if isDone { return }
        }
    }

    /// Seals three segments; returns how many calls it took.
    static func life(_ bench: Bench, _ sealed: (UInt64) -> Void) throws -> Int {
        let before = bench.files.calls
        var writer = bench.writer(preallocated: 1000)
        for sequence in 0..<UInt64(3) {
            try writer.open(sequence: sequence)
            for line in 0..<4 {
                try writer.write(Bench.line(sequence, line).span)
                try writer.flushBlock()
            }
            _ = try writer.seal(CaptureManifest(software: "t"), wallNanoseconds: 0)
            sealed(sequence)
        }
        return bench.files.calls - before
    }

    /// What was reported sealed is whole; what is visible is a run of whole lines, with a manifest.
    static func check(_ bench: Bench, _ sealed: [UInt64], _ place: String) throws {
        for sequence in 0..<UInt64(3) {
            let content = try bench.content(sequence)
            if sealed.contains(sequence) {
                #expect(content == (0..<4).flatMap { Bench.line(sequence, $0) }, "\(place)")
            }
            guard let content else { continue }
            let isPrefix = (1...4).contains { count in
                (0..<count).flatMap { Bench.line(sequence, $0) } == content
            }
            #expect(isPrefix, "\(place): segment \(sequence) shows something else")
            let manifest = try ManifestFile.loadFacts(
                bench.name(sequence), layout: bench.layout, files: bench.files)
            let stored = bench.files.bytes(bench.layout.sealedPath(bench.name(sequence)))?.count
            #expect(manifest?.storedBytes == stored.map { UInt64($0) }, "\(place): manifest")
        }
    }

    /// Every call fails once with an error of the device.
    @Test(arguments: [IOError.inputOutput, IOError.noSpace])
    func `whatever call fails, nothing is called sealed that is not`(errno: Int32) throws {
        let calls = try Self.life(try Bench()) { _ in }
        #expect(calls > 30)
        for call in 1...calls {
            let bench = try Bench()
            var sealed: [UInt64] = []
            bench.files.fail(atCall: call, errno: errno)
            do {
                _ = try Self.life(bench) { sealed.append($0) }
                // Preallocation is a favour only when it is not supported; every call matters here.
                Issue.record("call \(call) failed unnoticed")
            } catch let error as SpoolError {
                #expect(error.cause?.errno == errno)
            }
            bench.files.powerCut(seed: UInt64(call))
            try Self.check(bench, sealed, "call \(call)")
            _ = try bench.recover()
            try Self.check(bench, sealed, "call \(call), recovered")
        }
    }
}
