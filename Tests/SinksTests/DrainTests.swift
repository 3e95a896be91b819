import Bytes
import Platform
import Sinks
import Spool
import Testing

/// A drain ends: with everything shipped, or with a sink that takes nothing given up.
@Suite struct DrainTests {
    static let timeout: Int64 = 60_000_000_000

    static var settings: SinkSettings {
        var settings = SinkSettings()
        settings.drainTimeoutNanoseconds = timeout
        settings.bundleBytes = 2 * (Bench.record(0, 0, 0).utf8.count + 1)
        return settings
    }

    /// Never there; or there for so many batches first.
    final class DeadSink: Sink {
        var left: Int
        var taken = 0
        init(after left: Int = 0) { self.left = left }
        func send(_ lines: Span<UInt8>, batch: BatchIdentity) -> SinkAnswer {
            if left == 0 { return .retry(reason: "Connection refused", afterNanoseconds: nil) }
            left -= 1
            taken += batch.lineCount
            return .accepted
        }
        func settle() throws(SinkError) -> SinkMark? { nil }
        func rewind(to mark: SinkMark?) throws(SinkError) {}
        func close() throws(SinkError) {}
    }

    @Test func `a drain gives up on a dead sink, says why and keeps its place`() throws {
        let bench = try Bench()
        try bench.seal(0, lines: 6)
        let sink = DeadSink(after: 2)
        let end = try bench.runner(sink, Self.settings).run(drain: true)
        guard case .gaveUp(let reason) = end else {
            Issue.record("ended as \(end)")
            return
        }
        #expect(reason.hasSuffix("s: Connection refused"))
        #expect(bench.time.monotonicNanoseconds() >= Self.timeout)
        #expect(bench.time.monotonicNanoseconds() < 2 * Self.timeout)
        #expect(try bench.cursor()?.acknowledged[0] == Position(sequence: 0, line: 4))
        // The rest goes out, nothing twice, when it is back.
        let back = ScriptedSink()
        #expect(try bench.runner(back, Self.settings).run(drain: true) == .drained)
        #expect(back.accepted.joined() == Bench.records(0, [6])[4...].map { $0 + "\n" }.joined())
    }

    @Test func `a sink that is slow but takes something is not given up`() throws {
        let bench = try Bench()
        try bench.seal(0, lines: 20)
        let wait = SinkAnswer.retry(reason: "status 429", afterNanoseconds: 50_000_000_000)
        let sink = ScriptedSink((0..<20).map { $0 % 2 == 0 ? wait : .accepted })
        #expect(try bench.runner(sink, Self.settings).run(drain: true) == .drained)
        #expect(bench.time.monotonicNanoseconds() > 5 * Self.timeout)
    }

    @Test func `without --drain a dead sink is never given up`() throws {
        let bench = try Bench()
        try bench.seal(0, lines: 1)
        let hour = 3600 * 1_000_000_000 as Int64
        var world = bench.world
        let limited = PatientTime(bench.time, control: bench.control, until: hour)
        world.time = limited
        let runner = try SinkRunner(
            name: "sink", sink: DeadSink(), settings: Self.settings, world: world,
            metrics: bench.metrics, seed: 1)
        #expect(runner.run(drain: false) == .stopped)
        #expect(bench.time.monotonicNanoseconds() >= hour)
    }

    @Test func `a spool that cannot be read does not hold up a drain for ever`() throws {
        let bench = try Bench()
        try bench.seal(0, lines: 1)
        var world = bench.world
        world.lanes = { () throws(IOError) in
            throw IOError(call: "readdir", path: "/spool/calls", errno: IOError.inputOutput)
        }
        world.source = { _, _ in BrokenSource() }
        let runner = try SinkRunner(
            name: "sink", sink: ScriptedSink(), settings: Self.settings, world: world,
            metrics: bench.metrics, seed: 1)
        let end = runner.run(drain: true)
        guard case .gaveUp(let reason) = end else {
            Issue.record("ended as \(end)")
            return
        }
        #expect(reason.contains("Input/output error"))
    }
}

/// A source no segment comes from.
private final class BrokenSource: CallSource {
    func openNext() throws(SpoolError) -> (sequence: UInt64, skipped: UInt64)? { nil }
    func read(into target: inout ByteBuffer) throws(SpoolError) -> CallRead { .end }
    func hasMore(from sequence: UInt64) throws(SpoolError) -> Bool { true }
    func sealed(from sequence: UInt64) throws(SpoolError) -> [UInt64] { [] }
}

/// A clock under which everything is told to stop at a moment.
private final class PatientTime: TimeSource {
    let inner: ManualTime
    let control: StopControl
    let end: Int64

    init(_ inner: ManualTime, control: StopControl, until end: Int64) {
        self.inner = inner
        self.control = control
        self.end = end
    }

    func wallNanoseconds() -> Int64 { inner.wallNanoseconds() }
    func monotonicNanoseconds() -> Int64 { inner.monotonicNanoseconds() }
    func sleep(nanoseconds: Int64) {
        inner.sleep(nanoseconds: nanoseconds)
        if inner.monotonicNanoseconds() >= end { control.request(deadline: 0) }
    }
}
