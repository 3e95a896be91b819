import Platform
import Sinks
import Spool
import Telemetry
import Testing

@Suite struct SinkRunnerTests {
    @Test func `all sealed segments are shipped in order and the cursor says so`() throws {
        let bench = try Bench()
        for (sequence, lines) in [3, 0, 2].enumerated() {
            try bench.seal(UInt64(sequence), lines: lines)
        }
        let sink = ScriptedSink()
        #expect(try bench.runner(sink).run(drain: true) == .drained)
        #expect(sink.accepted.joined() == Bench.records(0, [3, 0, 2]).map { $0 + "\n" }.joined())
        #expect(sink.batches.map(\.sequence) == [0, 2])
        let cursor = try #require(try bench.cursor())
        #expect(cursor.acknowledged[0] == Position(sequence: 3, line: 0))
        #expect(cursor.totals["lines"] == 5)
        // Nothing twice when run again.
        let again = ScriptedSink()
        #expect(try bench.runner(again).run(drain: true) == .drained)
        #expect(again.texts == [])
        try bench.seal(3, lines: 1)
        #expect(try bench.runner(again).run(drain: true) == .drained)
        #expect(again.batches.map(\.sequence) == [3])
    }

    @Test func `a lost answer, a timeout and a 503 repeat the identical batch`() throws {
        let bench = try Bench()
        try bench.seal(0, lines: 4)
        let sink = ScriptedSink([
            .retry(reason: "status 503", afterNanoseconds: nil),
            .retry(reason: "Timeout was reached", afterNanoseconds: nil),
            .retry(reason: "Empty reply", afterNanoseconds: nil),
        ])
        let before = bench.time.monotonicNanoseconds()
        #expect(try bench.runner(sink).run(drain: true) == .drained)
        #expect(sink.texts.count == 4)
        #expect(Set(sink.texts).count == 1)
        #expect(Set(sink.batches).count == 1)
        #expect(bench.time.monotonicNanoseconds() > before)
        #expect(
            bench.metrics.exposition().contains(
                "earshot_ship_attempts_failed_total{sink=\"sink\"} 3\n"))
        #expect(try bench.cursor()?.totals["retries"] == 3)
    }

    @Test func `a sink that does not take records is a reason against being ready`() throws {
        let bench = try Bench()
        bench.health.clear("starting")
        try bench.seal(0, lines: 1)
        let sink = ScriptedSink([.retry(reason: "status 503", afterNanoseconds: nil)])
        var seen: [[String]] = []
        sink.onSend = { seen.append(bench.health.readiness().lines) }
        #expect(try bench.runner(sink).run(drain: true) == .drained)
        #expect(seen == [["ok"], ["sink-sink: retrying: status 503"]])
        #expect(bench.health.readiness().isGood)
    }

    @Test func `a batch counts in the latency once for each call`() throws {
        let bench = try Bench()
        try bench.seal(0, lines: 5)
        #expect(try bench.runner(ScriptedSink()).run(drain: true) == .drained)
        #expect(
            bench.metrics.exposition().contains(
                "earshot_ship_latency_seconds_count{sink=\"sink\"} 5\n"))
    }

    @Test func `an hour of 429 with Retry-After loses nothing`() throws {
        let bench = try Bench()
        try bench.seal(0, lines: 2)
        let minute = SinkAnswer.retry(reason: "status 429", afterNanoseconds: 60_000_000_000)
        let sink = ScriptedSink(Array(repeating: minute, count: 60))
        #expect(try bench.runner(sink).run(drain: true) == .drained)
        #expect(bench.time.monotonicNanoseconds() >= 3600 * 1_000_000_000)
        #expect(sink.accepted.joined() == Bench.records(0, [2]).map { $0 + "\n" }.joined())
    }

    @Test func `a paused sink keeps its cursor and its state shows`() throws {
        let bench = try Bench()
        try bench.seal(0, lines: 2)
        let sink = ScriptedSink(Array(repeating: .pause(reason: "status 401"), count: 3))
        let runner = try bench.runner(sink)
        #expect(runner.run(drain: true) == .drained)
        #expect(bench.time.monotonicNanoseconds() >= 90 * 1_000_000_000)
        let status = try #require(
            try StateFile(
                SinkStatus.self, name: "ship-sink.status.json", layout: bench.layout,
                files: bench.files
            ).load()?.value)
        #expect(status.state == "stopped")
        #expect(status.totals["lines"] == 2)
        #expect(status.lastErrorNanoseconds != nil)
    }

    @Test func `one refused record becomes a dead letter and the rest goes on`() throws {
        let bench = try Bench()
        try bench.seal(0, lines: 8)
        let bad = Bench.record(0, 0, 5)
        final class Picky: Sink {
            let bad: String
            var accepted = ""
            init(_ bad: String) { self.bad = bad }
            func send(_ lines: Span<UInt8>, batch: BatchIdentity) -> SinkAnswer {
                var bytes: [UInt8] = []
                for index in lines.indices { bytes.append(lines[index]) }
                let text = String(decoding: bytes, as: UTF8.self)
                if text.contains(bad) {
                    return .refused(SinkAnswer.Refusal(status: 400, excerpt: "bad \"record\""))
                }
                accepted += text
                return .accepted
            }
            func settle() throws(SinkError) -> SinkMark? { nil }
            func rewind(to mark: SinkMark?) throws(SinkError) {}
            func close() throws(SinkError) {}
        }
        let sink = Picky(bad)
        #expect(try bench.runner(sink).run(drain: true) == .drained)
        let wanted = Bench.records(0, [8]).filter { $0 != bad }.map { $0 + "\n" }.joined()
        #expect(sink.accepted == wanted)
        let letter = try #require(bench.text("/spool/dead/sink/0-000000000000-5.json"))
        #expect(
            letter.hasPrefix("{\"sink\":\"sink\",\"status\":400,\"answer\":\"bad \\\"record\\\"\""))
        #expect(letter.contains("\"lane\":0,\"sequence\":0,\"line\":5"))
        #expect(letter.hasSuffix("\\\"0-0-5\\\"]]\"}\n"))
        #expect(
            try bench.cursor()?.totals == [
                "lines": 7, "bytes": UInt64(wanted.utf8.count), "batches": 3, "retries": 4,
                "dead": 1,
            ])
    }

    @Test func `lanes take turns and keep their own order`() throws {
        let bench = try Bench()
        for sequence in 0..<3 as Range<UInt64> {
            try bench.seal(lane: 0, sequence, lines: 1)
            try bench.seal(lane: 7, sequence, lines: 1)
        }
        let sink = ScriptedSink()
        _ = try bench.runner(sink).run(drain: true)
        #expect(sink.batches.map(\.lane) == [0, 7, 0, 7, 0, 7])
        #expect(sink.batches.map(\.sequence) == [0, 0, 1, 1, 2, 2])
    }

    @Test func `batches respect the limit and never cross a segment`() throws {
        let bench = try Bench()
        try bench.seal(0, lines: 10)
        try bench.seal(1, lines: 3)
        var settings = SinkSettings()
        settings.bundleBytes = 4 * (Bench.record(0, 0, 0).utf8.count + 1)
        let sink = ScriptedSink()
        _ = try bench.runner(sink, settings).run(drain: true)
        #expect(sink.batches.map(\.lineCount) == [4, 4, 2, 3])
    }

    @Test func `a stop between batches is kept in the cursor and the rest follows later`() throws {
        let bench = try Bench()
        try bench.seal(0, lines: 10)
        var settings = SinkSettings()
        settings.bundleBytes = 4 * (Bench.record(0, 0, 0).utf8.count + 1)
        final class Stopping: Sink {
            let control: StopControl
            var sent = 0
            init(_ control: StopControl) { self.control = control }
            func send(_ lines: Span<UInt8>, batch: BatchIdentity) -> SinkAnswer {
                sent += batch.lineCount
                control.request(deadline: 0)
                return .accepted
            }
            func settle() throws(SinkError) -> SinkMark? { nil }
            func rewind(to mark: SinkMark?) throws(SinkError) {}
            func close() throws(SinkError) {}
        }
        let first = Stopping(bench.control)
        #expect(try bench.runner(first, settings).run(drain: false) == .stopped)
        #expect(first.sent == 4)
        #expect(try bench.cursor()?.acknowledged[0] == Position(sequence: 0, line: 4))
        var world = bench.world
        world.control = StopControl()
        let rest = ScriptedSink()
        let runner = try SinkRunner(
            name: "sink", sink: rest, settings: settings, world: world, metrics: bench.metrics,
            seed: 1)
        #expect(runner.run(drain: true) == .drained)
        #expect(rest.batches.map(\.firstLine) == [4, 8])
        #expect(rest.batches.map(\.lineCount) == [4, 2])
    }

    @Test func `missing segments are counted and passed over`() throws {
        let bench = try Bench()
        try bench.seal(0, lines: 1)
        try bench.seal(2, lines: 1)
        try bench.seal(9, lines: 1)
        let sink = ScriptedSink()
        #expect(try bench.runner(sink).run(drain: true) == .drained)
        #expect(sink.batches.map(\.sequence) == [0, 2, 9])
        #expect(try bench.cursor()?.totals["missing_segments"] == 7)
    }

    @Test func `a damaged segment costs its damaged part only, and is counted`() throws {
        let bench = try Bench()
        let text = (0..<20_000).map { Bench.record(0, 0, $0) + "\n" }.joined()
        try bench.seal(0, text: text)
        try bench.seal(1, lines: 1)
        let path = "/spool/calls/0/000000000000.ndjson.lz4"
        var bytes = try #require(bench.files.bytes(path))
        bytes[bytes.count / 2] ^= 0xFF
        bench.files.overwrite(path, with: bytes)
        let sink = ScriptedSink()
        #expect(try bench.runner(sink).run(drain: true) == .drained)
        let lines = sink.accepted.joined().split(separator: "\n").map(String.init)
        let all = Set(text.split(separator: "\n").map(String.init) + [Bench.record(0, 1, 0)])
        #expect(lines.allSatisfy { all.contains($0) })
        #expect(lines.count > 5000 && lines.count < 20_001)
        #expect(lines.last == Bench.record(0, 1, 0))
        #expect((try bench.cursor()?.totals["damaged_bytes"] ?? 0) > 0)
    }

    @Test func `a segment that the device does not give is passed after some tries`() throws {
        let bench = try Bench()
        let text = (0..<20_000).map { Bench.record(0, 0, $0) + "\n" }.joined()
        try bench.seal(0, text: text)
        try bench.seal(1, lines: 1)
        let path = "/spool/calls/0/000000000000.ndjson.lz4"
        bench.files.breakReading(path, from: UInt64(bench.files.bytes(path)?.count ?? 0) / 2)
        let sink = ScriptedSink()
        #expect(try bench.runner(sink).run(drain: true) == .drained)
        #expect(bench.time.monotonicNanoseconds() >= 4_000_000_000)
        let lines = sink.accepted.joined().split(separator: "\n").map(String.init)
        #expect(lines.count > 2000 && lines.count < 20_000)
        #expect(lines.last == Bench.record(0, 1, 0))
        // Nothing twice, though the segment was begun several times.
        #expect(Set(lines).count == lines.count)
    }

    @Test func `a record too long to send is a dead letter`() throws {
        let bench = try Bench()
        let long = String(repeating: "z", count: 5000)
        try bench.seal(0, text: "[\"a\"]\n[\"\(long)\"]\n[\"b\"]\n")
        var settings = SinkSettings()
        settings.maximumLineBytes = 100
        let sink = ScriptedSink()
        #expect(try bench.runner(sink, settings).run(drain: true) == .drained)
        #expect(sink.accepted.joined() == "[\"a\"]\n[\"b\"]\n")
        let letter = try #require(bench.text("/spool/dead/sink/0-000000000000-1.json"))
        #expect(letter.contains("\"status\":0,\"answer\":\"5004 bytes are more than 100"))
        #expect(try bench.cursor()?.totals["oversized"] == 1)
    }

    @Test func `a sink that nobody reads ends cleanly`() throws {
        let bench = try Bench()
        try bench.seal(0, lines: 1)
        let sink = ScriptedSink([.ended(reason: "gone")])
        #expect(try bench.runner(sink).run(drain: false) == .ended("gone"))
        #expect(try bench.cursor()?.acknowledged[0] == nil)
    }

    @Test func `the time from wire to acknowledgement is observed`() throws {
        let bench = try Bench()
        try bench.seal(0, lines: 1)
        _ = try bench.runner(ScriptedSink()).run(drain: true)
        // Records are of 1700000000000 ms, the clock stands a second later.
        #expect(
            bench.metrics.exposition().contains(
                "earshot_ship_latency_seconds_bucket{sink=\"sink\",le=\"1\"} 1\n"))
        #expect(
            bench.metrics.exposition().contains(
                "earshot_ship_latency_seconds_bucket{sink=\"sink\",le=\"0.5\"} 0\n"))
    }
}
