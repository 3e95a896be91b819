import Bytes
import Platform
import Sinks
import Spool
import Testing

@Suite struct OneShotTests {
    private func shot(
        _ sink: any Sink, _ bench: Bench, rate: Int? = nil, bundle: Int = 1 << 20
    ) -> OneShot {
        var settings = SinkSettings()
        settings.bundleBytes = bundle
        return OneShot(
            sink, settings: settings, time: bench.time, control: bench.control,
            patienceNanoseconds: 60_000_000_000, pace: Pace(bytesPerSecond: rate), seed: 1)
    }

    private func offer(_ count: Int, to shot: OneShot) throws {
        for number in 0..<count {
            let line = Array((Bench.record(0, 7, number) + "\n").utf8)
            try shot.offer(line.span, lane: 0, sequence: 7, number: UInt64(number))
        }
    }

    @Test func `lines go out in bundles and are counted`() throws {
        let bench = try Bench()
        let sink = ScriptedSink([.retry(reason: "503", afterNanoseconds: nil)])
        let shot = shot(sink, bench, bundle: 4 * (Bench.record(0, 7, 0).utf8.count + 1))
        try offer(10, to: shot)
        try shot.finish()
        #expect(sink.batches.map(\.lineCount) == [4, 4, 4, 2])
        #expect(sink.texts[0] == sink.texts[1])
        #expect(shot.totals.acknowledged == 10)
        #expect(shot.totals.retries == 1)
        #expect(try bench.cursor() == nil)
    }

    @Test func `a sink that stays away is given up after the patience`() throws {
        let bench = try Bench()
        let sink = ScriptedSink(
            Array(repeating: .retry(reason: "no route", afterNanoseconds: nil), count: 10_000))
        let shot = shot(sink, bench)
        try offer(1, to: shot)
        #expect(throws: OneShot.End.gaveUp("no route")) { try shot.finish() }
        let seconds = bench.time.monotonicNanoseconds() / 1_000_000_000
        #expect((60...61).contains(seconds))
    }

    @Test func `a refused line is told and the others go on`() throws {
        let bench = try Bench()
        let refusal = SinkAnswer.Refusal(status: 400, excerpt: "bad")
        let shot = shot(ScriptedSink([.refused(refusal), .refused(refusal)]), bench)
        try offer(2, to: shot)
        try shot.finish()
        #expect(shot.totals.refused == 1)
        #expect(shot.totals.acknowledged == 1)
        #expect(shot.totals.firstRefusal == refusal)
    }

    @Test func `a rate is kept`() throws {
        let bench = try Bench()
        let bytes = Bench.record(0, 7, 0).utf8.count + 1
        let shot = shot(ScriptedSink(), bench, rate: bytes, bundle: 1)
        try offer(5, to: shot)
        try shot.finish()
        #expect((4...5).contains(bench.time.monotonicNanoseconds() / 1_000_000_000))
    }
}
