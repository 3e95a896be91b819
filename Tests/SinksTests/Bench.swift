import Bytes
import Logging
import Platform
import Sinks
import Spool
import Telemetry
import Testing

/// Throws lines away.
struct SilentLog: LogWriter {
    func write(_ line: String) {}
}

/// Answers from a list; accepts when it is empty.
final class ScriptedSink: Sink {
    var answers: [SinkAnswer]
    var batches: [BatchIdentity] = []
    var texts: [String] = []
    var accepted: [String] = []
    /// Called before each answer.
    var onSend: () -> Void = {}

    init(_ answers: [SinkAnswer] = []) { self.answers = answers }

    func send(_ lines: Span<UInt8>, batch: BatchIdentity) -> SinkAnswer {
        let text = String(decoding: [UInt8](lines), as: UTF8.self)
        onSend()
        batches.append(batch)
        texts.append(text)
        let answer = answers.isEmpty ? SinkAnswer.accepted : answers.removeFirst()
        if answer == .accepted { accepted.append(text) }
        return answer
    }

    func settle() throws(SinkError) -> SinkMark? { nil }
    func rewind(to mark: SinkMark?) throws(SinkError) {}
    func close() throws(SinkError) {}
}

/// A spool in memory with call segments in it.
struct Bench {
    let files = MemoryFiles()
    let layout = SpoolLayout(root: "/spool")
    let time = ManualTime(wall: 1_700_000_001_000_000_000)
    let control = StopControl()
    let metrics = MetricsRegistry()
    let health = HealthState()

    init() throws {
        try layout.prepare(files: files, stages: [.calls])
    }

    static func record(_ lane: UInt32, _ sequence: UInt64, _ line: Int) -> String {
        "[[\"request_method\",\"GET\"],[\"now\",\"1700000000000\"],"
            + "[\"call:id\",\"\(lane)-\(sequence)-\(line)\"]]"
    }

    /// Seals a segment of `lines` records.
    func seal(lane: UInt32 = 0, _ sequence: UInt64, lines: Int) throws {
        let records = (0..<lines).map { Bench.record(lane, sequence, $0) + "\n" }
        try seal(lane: lane, sequence, text: records.joined())
    }

    func seal(lane: UInt32 = 0, _ sequence: UInt64, text: String) throws {
        try layout.prepareLane(.calls, lane, files: files)
        var writer = SegmentWriter(files: files, layout: layout, stage: .calls, lane: lane)
        try writer.open(sequence: sequence)
        try writer.write(Array(text.utf8).span)
        _ = try writer.seal(
            CallsManifest(software: "test", packetSegment: sequence),
            wallNanoseconds: time.wallNanoseconds())
    }

    var world: SinkRunner.Surroundings {
        SinkRunner.Surroundings(
            layout: layout, files: files, time: time, control: control,
            log: Logger.service("t", format: .text, level: .critical, writer: SilentLog()),
            health: health)
    }

    func runner(_ sink: any Sink, _ settings: SinkSettings = SinkSettings()) throws -> SinkRunner {
        try SinkRunner(
            name: "sink", sink: sink, settings: settings, world: world, metrics: metrics, seed: 1)
    }

    func cursor() throws -> ShipCursor? {
        try StateFile(ShipCursor.self, name: "ship-sink.json", layout: layout, files: files).load()?
            .value
    }

    func text(_ path: String) -> String? {
        files.bytes(path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// All records of the lanes, in order within each.
    static func records(_ lane: UInt32, _ segments: [Int]) -> [String] {
        segments.enumerated().flatMap { sequence, lines in
            (0..<lines).map { record(lane, UInt64(sequence), $0) }
        }
    }
}
