import Logging
import Platform
import Spool
import Telemetry
import Testing

@testable import Sinks

/// When call segments go: every sink has them, and they are old enough.
@Suite struct HousekeepingTests {
    static let hour: Int64 = 3_600_000_000_000

    func housekeeping(_ bench: Bench, sinks: [String], retain: Int64 = hour) -> Housekeeping {
        Housekeeping(
            sinks: sinks, layout: bench.layout, files: bench.files, time: bench.time,
            log: Logger.service("t", format: .text, level: .critical, writer: SilentLog()),
            metrics: bench.metrics, retainNanoseconds: retain)
    }

    func acknowledge(_ bench: Bench, _ sink: String, below sequence: UInt64) throws {
        var cursor = ShipCursor(sink: sink)
        cursor.acknowledged[0] = Position(sequence: sequence)
        try StateFile(
            ShipCursor.self, name: SinkCursor.fileName(sink: sink), layout: bench.layout,
            files: bench.files
        ).store(cursor)
    }

    func stored(_ bench: Bench) -> [UInt64] {
        bench.files.paths.compactMap { path in
            guard path.hasPrefix("/spool/calls/0/"), path.hasSuffix(".ndjson.lz4") else {
                return nil
            }
            return UInt64(path.dropFirst(15).prefix(SegmentName.digits))
        }
    }

    func bench(_ count: UInt64) throws -> Bench {
        let bench = try Bench()
        bench.files.setTime(wallNanoseconds: bench.time.wallNanoseconds())
        for sequence in 0..<count { try bench.seal(sequence, lines: 2) }
        return bench
    }

    @Test func `a segment goes when every sink has it and it is old enough`() throws {
        let bench = try bench(6)
        try acknowledge(bench, "a", below: 5)
        try acknowledge(bench, "b", below: 3)
        let house = housekeeping(bench, sinks: ["a", "b"])
        house.keep()
        #expect(stored(bench) == [0, 1, 2, 3, 4, 5], "too young")
        bench.time.advance(nanoseconds: Self.hour)
        house.keep()
        #expect(stored(bench) == [3, 4, 5], "the slower sink decides")
        try acknowledge(bench, "b", below: 6)
        try acknowledge(bench, "a", below: 6)
        house.keep()
        #expect(stored(bench) == [5], "the newest stays, so that its number is known")
        #expect(
            bench.metrics.exposition().contains("earshot_ship_segments_deleted_total 5\n"))
    }

    @Test func `segments shipped ahead of the place go before the backlog is shipped`() throws {
        let bench = try bench(8)
        for (sink, done) in [("a", [3, 4, 6] as [UInt64]), ("b", [4, 5, 6])] {
            var cursor = ShipCursor(sink: sink)
            cursor.acknowledged[0] = Position(sequence: 1)
            cursor.goAhead(0)
            for sequence in done { cursor.finish(0, sequence, inOrder: false) }
            try StateFile(
                ShipCursor.self, name: SinkCursor.fileName(sink: sink), layout: bench.layout,
                files: bench.files
            ).store(cursor)
        }
        let house = housekeeping(bench, sinks: ["a", "b"])
        house.keep()
        #expect(stored(bench) == [0, 1, 2, 3, 4, 5, 6, 7], "too young")
        bench.time.advance(nanoseconds: Self.hour)
        house.keep()
        #expect(stored(bench) == [1, 2, 3, 5, 7], "below both places, or done by both")
    }

    @Test func `a sink without a cursor keeps everything`() throws {
        let bench = try bench(4)
        try acknowledge(bench, "a", below: 4)
        bench.time.advance(nanoseconds: 100 * Self.hour)
        housekeeping(bench, sinks: ["a", "new"]).keep()
        #expect(stored(bench) == [0, 1, 2, 3])
        housekeeping(bench, sinks: []).keep()
        #expect(stored(bench) == [0, 1, 2, 3], "without sinks nothing is shipped")
    }

    @Test func `a damaged cursor deletes nothing`() throws {
        let bench = try bench(4)
        try acknowledge(bench, "a", below: 4)
        bench.time.advance(nanoseconds: 100 * Self.hour)
        bench.files.overwrite("/spool/state/ship-a.json", with: Array("{".utf8))
        housekeeping(bench, sinks: ["a"]).keep()
        #expect(stored(bench) == [0, 1, 2, 3])
    }

    @Test func `a crash at any step of deleting keeps what is not acknowledged, and the books`()
        throws
    {
        for call in 1..<60 {
            let bench = try bench(5)
            try acknowledge(bench, "a", below: 3)
            bench.time.advance(nanoseconds: 2 * Self.hour)
            bench.files.stop(atCall: call)
            housekeeping(bench, sinks: ["a"]).keep()
            let isDone = bench.files.calls < call
            bench.files.powerCut(seed: UInt64(call))
            #expect(stored(bench).suffix(2) == [3, 4], "stopped at call \(call)")
            // The next start goes on, and no manifest is lost.
            housekeeping(bench, sinks: ["a"]).keep()
            #expect(stored(bench) == [3, 4], "stopped at call \(call)")
            var seen: Set<UInt64> = []
            let history = ManifestHistory(stage: .calls, layout: bench.layout, files: bench.files)
            _ = try history.forEach(CallsManifest.self, lane: 0) {
                seen.insert($0.segment.sequence)
            }
            #expect(seen == [0, 1, 2, 3, 4], "stopped at call \(call)")
            if isDone { return }
        }
        Issue.record("deleting took more calls than this test tries")
    }
}
