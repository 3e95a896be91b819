import Bytes
import Compression
import Platform
import Sinks
import Spool
import Testing

@Suite struct FileSinkTests {
    static let segments = [5, 3, 0, 7, 4, 6]

    func spool() throws -> Bench {
        let bench = try Bench()
        for (sequence, lines) in FileSinkTests.segments.enumerated() {
            try bench.seal(UInt64(sequence), lines: lines)
        }
        return bench
    }

    static func address(directory: Bool, rotate: Int = 64 << 20) -> FileAddress {
        var address = FileAddress(
            path: directory ? "/out/calls" : "/out/all.ndjson", isDirectory: directory)
        address.rotateBytes = rotate
        return address
    }

    static var settings: SinkSettings {
        var settings = SinkSettings()
        settings.bundleBytes = 3 * (Bench.record(0, 0, 0).utf8.count + 1)
        // The cursor after every batch: the most crash points.
        settings.commitBytes = 1
        return settings
    }

    /// Everything in finished files, in the order of their names.
    static func finished(_ bench: Bench) -> [String] {
        let paths = bench.files.paths.filter { $0.hasPrefix("/out/") && !$0.contains("/.") }
        return paths.compactMap { bench.text($0) }.joined()
            .split(separator: "\n").map(String.init)
    }

    @Test func `a directory gets whole files with names that tell their place`() throws {
        let bench = try spool()
        let sink = FileSink(
            FileSinkTests.address(directory: true, rotate: 600), files: bench.files,
            time: bench.time)
        #expect(try bench.runner(sink, FileSinkTests.settings).run(drain: true) == .drained)
        #expect(FileSinkTests.finished(bench) == Bench.records(0, FileSinkTests.segments))
        let paths = bench.files.paths.filter { $0.hasPrefix("/out/") }
        #expect(paths.count > 2)
        #expect(paths.first == "/out/calls/calls-0-000000000000-00000000.ndjson")
        #expect(paths.allSatisfy { !$0.contains("/.") })
        #expect(try bench.cursor()?.mark == nil)
    }

    @Test func `a file is finished when it is old enough`() throws {
        let bench = try spool()
        let sink = FileSink(
            FileSinkTests.address(directory: true), files: bench.files, time: bench.time)
        let batch = BatchIdentity(lane: 0, sequence: 0, firstLine: 0, lineCount: 1)
        #expect(sink.send(Array("[]\n".utf8).span, batch: batch) == .accepted)
        #expect(try sink.tend() == false)
        bench.time.advance(nanoseconds: 3_600_000_000_000)
        #expect(try sink.tend() == true)
        #expect(bench.text("/out/calls/calls-0-000000000000-00000000.ndjson") == "[]\n")
        #expect(try sink.tend() == false)
    }

    @Test func `one file is appended to, and what was there before stays`() throws {
        let bench = try spool()
        try bench.files.makeDirectory("/out")
        bench.files.overwrite("/out/all.ndjson", with: Array("before\n".utf8))
        let sink = FileSink(
            FileSinkTests.address(directory: false), files: bench.files, time: bench.time)
        #expect(try bench.runner(sink, FileSinkTests.settings).run(drain: true) == .drained)
        #expect(
            FileSinkTests.finished(bench) == ["before"] + Bench.records(0, FileSinkTests.segments))
    }

    @Test(arguments: [true, false])
    func `every record is there exactly once wherever the process is stopped`(
        directory: Bool
    ) throws {
        var points = 0
        for point in 1...2000 {
            let bench = try spool()
            let address = FileSinkTests.address(directory: directory, rotate: 600)
            bench.files.stop(atCall: point)
            var isOver = false
            // A stopped disk answers every call with an error: the runner is told to stop, too.
            bench.control.request(deadline: 0)
            var world = bench.world
            world.control = StopControl()
            let limited = LimitedTime(bench.time, control: world.control)
            world.time = limited
            do {
                let runner = try SinkRunner(
                    name: "sink", sink: FileSink(address, files: bench.files, time: limited),
                    settings: FileSinkTests.settings, world: world, metrics: bench.metrics, seed: 1)
                isOver = runner.run(drain: true) == .drained && bench.files.calls < point
            } catch {
                // Stopped before it began.
            }
            if point % 2 == 0 {
                bench.files.powerCut(seed: UInt64(point))
            } else {
                bench.files.restart()
            }
            var next = bench.world
            next.control = StopControl()
            let again = try SinkRunner(
                name: "sink", sink: FileSink(address, files: bench.files, time: bench.time),
                settings: FileSinkTests.settings, world: next, metrics: bench.metrics, seed: 1)
            #expect(again.run(drain: true) == .drained)
            let wanted = Bench.records(0, FileSinkTests.segments)
            let found = FileSinkTests.finished(bench)
            #expect(found == wanted, "stopped at call \(point)")
            if found != wanted { return }
            if isOver { break }
            points = point
        }
        #expect(points > 50 && points < 2000)
    }

    @Test(arguments: ["write", "fdatasync", "rename", "ftruncate", "fsync", "open"])
    func `a call that fails once costs nothing`(call: String) throws {
        for number in 1...12 {
            let bench = try spool()
            bench.files.fail(atCall: number, errno: 5, named: call)
            let sink = FileSink(
                FileSinkTests.address(directory: true, rotate: 600), files: bench.files,
                time: bench.time)
            guard let runner = try? bench.runner(sink, FileSinkTests.settings) else { continue }
            #expect(runner.run(drain: true) == .drained)
            if call == "rename" || call == "fsync" {
                // The end of the last file may have been what failed: the next start sees to it.
                let next = FileSink(
                    FileSinkTests.address(directory: true, rotate: 600), files: bench.files,
                    time: bench.time)
                #expect(try bench.runner(next, FileSinkTests.settings).run(drain: true) == .drained)
            }
            #expect(
                FileSinkTests.finished(bench) == Bench.records(0, FileSinkTests.segments),
                "\(call) \(number)")
        }
    }

    @Test func `a full disk is waited for, and half a batch never stays`() throws {
        let bench = try spool()
        let sink = FileSink(
            FileSinkTests.address(directory: false), files: bench.files, time: bench.time)
        let batch = BatchIdentity(lane: 0, sequence: 0, firstLine: 0, lineCount: 2)
        let lines = Array("[\"1\"]\n[\"2\"]\n".utf8)
        #expect(sink.send(lines.span, batch: batch) == .accepted)
        let used = bench.files.paths.reduce(0) { $0 + (bench.files.bytes($1)?.count ?? 0) }
        bench.files.setCapacity(bytes: UInt64(used + 5))
        guard case .retry(let reason, _) = sink.send(lines.span, batch: batch) else {
            Issue.record("a full disk is no refusal")
            return
        }
        #expect(reason.contains("No space left on device"))
        bench.files.setCapacity(bytes: 1 << 40)
        #expect(sink.send(lines.span, batch: batch) == .accepted)
        #expect(bench.text("/out/all.ndjson") == "[\"1\"]\n[\"2\"]\n[\"1\"]\n[\"2\"]\n")
    }

    @Test(arguments: [FileCompression.gzip, .lz4])
    func `compressed files hold the same lines`(compression: FileCompression) throws {
        let bench = try spool()
        var address = FileSinkTests.address(directory: true)
        address.compression = compression
        let sink = FileSink(address, files: bench.files, time: bench.time)
        #expect(try bench.runner(sink, FileSinkTests.settings).run(drain: true) == .drained)
        let path = try #require(bench.files.paths.first { $0.hasPrefix("/out/") })
        #expect(path.hasSuffix(compression == .gzip ? ".ndjson.gz" : ".ndjson.lz4"))
        let packed = try #require(bench.files.bytes(path))
        var plain = ByteBuffer()
        if compression == .gzip {
            let coding = Array("gzip".utf8)
            var decoder = ContentDecoder()
            _ = decoder.decode(packed.span, coding: coding.span, limit: 1 << 20, into: &plain)
        } else {
            var reader = LZ4FrameReader()
            reader.feed(packed.span)
            reader.finishInput()
            while case .bytes = reader.next(into: &plain) {}
        }
        let lines = String(decoding: plain.span).split(separator: "\n").map(String.init)
        #expect(lines == Bench.records(0, FileSinkTests.segments))
    }
}

/// A clock under which a hopeless runner is told to stop after an hour.
final class LimitedTime: TimeSource {
    let inner: ManualTime
    let control: StopControl

    init(_ inner: ManualTime, control: StopControl) {
        self.inner = inner
        self.control = control
    }

    func wallNanoseconds() -> Int64 { inner.wallNanoseconds() }
    func monotonicNanoseconds() -> Int64 { inner.monotonicNanoseconds() }
    func sleep(nanoseconds: Int64) {
        inner.sleep(nanoseconds: nanoseconds)
        if inner.monotonicNanoseconds() > 60_000_000_000 { control.request(deadline: 0) }
    }
}
