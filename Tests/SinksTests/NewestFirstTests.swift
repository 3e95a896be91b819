import Bytes
import Platform
import Sinks
import Spool
import Testing

@Suite struct NewestFirstTests {
    private static var settings: SinkSettings {
        var settings = SinkSettings()
        settings.order = .newestFirst
        return settings
    }

    private static func all(_ counts: [Int]) -> Set<String> {
        Set(Bench.records(0, counts).map { $0 + "\n" })
    }

    private static func lines(_ sink: ScriptedSink) -> [String] {
        sink.accepted.joined().split(separator: "\n").map { $0 + "\n" }
    }

    @Test func `the newest segment goes first, the backlog behind it, newest first`() throws {
        let bench = try Bench()
        for sequence in 0..<5 as Range<UInt64> { try bench.seal(sequence, lines: 2) }
        let sink = ScriptedSink()
        #expect(try bench.runner(sink, NewestFirstTests.settings).run(drain: true) == .drained)
        #expect(sink.batches.map(\.sequence) == [4, 3, 2, 1, 0])
        let cursor = try #require(try bench.cursor())
        #expect(cursor.acknowledged[0] == Position(sequence: 5, line: 0))
        #expect(cursor.ahead == nil)
        #expect(cursor.totals["lines"] == 10)
        #expect(cursor.totals["missing_segments"] == nil)
    }

    @Test func `the backlog keeps to its rate`() throws {
        let bench = try Bench()
        for sequence in 0..<4 as Range<UInt64> { try bench.seal(sequence, lines: 100) }
        var settings = NewestFirstTests.settings
        // Three segments of the backlog at one a second.
        settings.backfillBytesPerSecond = Bench.records(0, [100]).joined().utf8.count + 100
        let start = bench.time.monotonicNanoseconds()
        _ = try bench.runner(ScriptedSink(), settings).run(drain: true)
        let seconds = (bench.time.monotonicNanoseconds() - start) / 1_000_000_000
        #expect((2...4).contains(seconds))
    }

    @Test func `gaps in the backlog are counted once`() throws {
        let bench = try Bench()
        for sequence in [0, 3, 4, 9] as [UInt64] { try bench.seal(sequence, lines: 1) }
        let sink = ScriptedSink()
        _ = try bench.runner(sink, NewestFirstTests.settings).run(drain: true)
        #expect(sink.batches.map(\.sequence) == [9, 4, 3, 0])
        let cursor = try #require(try bench.cursor())
        #expect(cursor.acknowledged[0] == Position(sequence: 10, line: 0))
        #expect(cursor.totals["missing_segments"] == 6)
    }

    /// Stops the process after so many batches, as a crash between two cursors would.
    final class Stopping: Sink {
        let control: StopControl
        let limit: Int
        var texts: [String] = []

        init(_ control: StopControl, after limit: Int) {
            self.control = control
            self.limit = limit
        }

        func send(_ lines: Span<UInt8>, batch: BatchIdentity) -> SinkAnswer {
            texts.append(String(decoding: [UInt8](lines), as: UTF8.self))
            if texts.count >= limit { control.request(deadline: 0) }
            return .accepted
        }

        func settle() throws(SinkError) -> SinkMark? { nil }
        func rewind(to mark: SinkMark?) throws(SinkError) {}
        func close() throws(SinkError) {}
    }

    @Test(arguments: 1..<24, [ShippingOrder.newestFirst, .oldestFirst])
    func `a stop at any batch loses nothing and repeats nothing`(
        limit: Int, second: ShippingOrder
    ) throws {
        let bench = try Bench()
        let counts = [4, 3, 0, 5, 2, 6]
        for (sequence, lines) in counts.enumerated() {
            try bench.seal(UInt64(sequence), lines: lines)
        }
        var settings = NewestFirstTests.settings
        settings.bundleBytes = 1
        let first = Stopping(bench.control, after: limit)
        _ = try bench.runner(first, settings).run(drain: true)
        // More came while it was away.
        try bench.seal(6, lines: 2)
        try bench.seal(7, lines: 1)
        settings.order = second
        var world = bench.world
        world.control = StopControl()
        let rest = ScriptedSink()
        let runner = try SinkRunner(
            name: "sink", sink: rest, settings: settings, world: world, metrics: bench.metrics,
            seed: 1)
        #expect(runner.run(drain: true) == .drained)
        let sent = first.texts + NewestFirstTests.lines(rest)
        #expect(sent.count == 23)
        #expect(Set(sent) == NewestFirstTests.all(counts + [2, 1]))
        let cursor = try #require(try bench.cursor())
        #expect(cursor.acknowledged[0] == Position(sequence: 8, line: 0))
        #expect(cursor.ahead == nil)
    }

    @Test func `a sink that comes back gets the newest at once`() throws {
        let bench = try Bench()
        try bench.seal(0, lines: 1)
        let world = bench.world
        // Down while thirty more segments are sealed.
        final class Away: Sink {
            let bench: Bench
            var sealed: UInt64 = 1
            var sequences: [UInt64] = []
            init(_ bench: Bench) { self.bench = bench }
            func send(_ lines: Span<UInt8>, batch: BatchIdentity) -> SinkAnswer {
                if sealed <= 30 {
                    while sealed <= 30 {
                        try? bench.seal(sealed, lines: 1)
                        sealed += 1
                    }
                    return .retry(reason: "down", afterNanoseconds: 60_000_000_000)
                }
                sequences.append(batch.sequence)
                return .accepted
            }
            func settle() throws(SinkError) -> SinkMark? { nil }
            func rewind(to mark: SinkMark?) throws(SinkError) {}
            func close() throws(SinkError) {}
        }
        let sink = Away(bench)
        let runner = try SinkRunner(
            name: "sink", sink: sink, settings: NewestFirstTests.settings, world: world,
            metrics: bench.metrics, seed: 1)
        #expect(runner.run(drain: true) == .drained)
        #expect(Array(sink.sequences.prefix(3)) == [0, 30, 29])
        #expect(sink.sequences.sorted() == Array(0...30))
    }
}
