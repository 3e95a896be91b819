import Bytes
import Platform
import Sinks
import Spool
import Testing

/// A receiver that survives its senders, as a database does: what it took it keeps.
private final class KeepingSink: Sink {
    struct Batch: Hashable {
        var identity: BatchIdentity
        var text: String
    }

    var taken: [Batch] = []
    /// Answers lost on the way back, in so many sends; 0 loses none.
    var losesEvery = 0
    var lost = 0
    private var sends = 0

    func send(_ lines: Span<UInt8>, batch: BatchIdentity) -> SinkAnswer {
        sends += 1
        let text = String(decoding: [UInt8](lines), as: UTF8.self)
        taken.append(Batch(identity: batch, text: text))
        if losesEvery > 0, sends % losesEvery == 0 {
            lost += 1
            return .retry(reason: "Empty reply", afterNanoseconds: nil)
        }
        return .accepted
    }
    func settle() throws(SinkError) -> SinkMark? { nil }
    func rewind(to mark: SinkMark?) throws(SinkError) {}
    func close() throws(SinkError) {}

    /// Every record once, in the order of its place.
    var lines: [String] {
        let distinct = Set(taken).sorted {
            ($0.identity.sequence, $0.identity.firstLine)
                < ($1.identity.sequence, $1.identity.firstLine)
        }
        return distinct.flatMap { $0.text.split(separator: "\n").map(String.init) }
    }
}

/// Shipping over a disk that fails at every call there is.
@Suite struct ShipCrashTests {
    static let segments = [3, 0, 4]
    static let limit = 600

    static var settings: SinkSettings {
        var settings = SinkSettings()
        settings.bundleBytes = 2 * (Bench.record(0, 0, 0).utf8.count + 1)
        settings.commitNanoseconds = 0
        return settings
    }

    enum Fault: CaseIterable {
        case stop, powerCut, noSpace, inputOutput
    }

    private func spool() throws -> Bench {
        let bench = try Bench()
        for (sequence, lines) in Self.segments.enumerated() {
            try bench.seal(UInt64(sequence), lines: lines)
        }
        return bench
    }

    private func ship(
        _ bench: Bench, to receiver: KeepingSink, seconds: Int64 = 600
    ) throws -> SinkRunner.End {
        var settings = Self.settings
        settings.drainTimeoutNanoseconds = seconds * 1_000_000_000
        return try bench.runner(receiver, settings).run(drain: true)
    }

    @Test(arguments: Fault.allCases, [0, 3])
    func `at every call that fails the receiver ends with every record, repeated batches alike`(
        fault: Fault, losesEvery: Int
    ) throws {
        var points = 0
        for call in 1...Self.limit {
            let bench = try spool()
            let receiver = KeepingSink()
            receiver.losesEvery = losesEvery
            switch fault {
            case .stop, .powerCut: bench.files.stop(atCall: call)
            case .noSpace: bench.files.fail(atCall: call, errno: IOError.noSpace)
            case .inputOutput: bench.files.fail(atCall: call, errno: IOError.inputOutput)
            }
            // Where no call works any more the process is as good as dead: no use in patience.
            let isDead = fault == .stop || fault == .powerCut
            let end = try? ship(bench, to: receiver, seconds: isDead ? 3 : 600)
            let isOver = bench.files.calls < call
            switch fault {
            case .stop, .noSpace, .inputOutput: bench.files.restart()
            case .powerCut: bench.files.powerCut(seed: UInt64(call))
            }
            // A fault that passes ends nothing: the runner goes on by itself.
            if fault == .noSpace || fault == .inputOutput, let end { #expect(end == .drained) }
            let sent = receiver.taken.count
            #expect(try ship(bench, to: receiver) == .drained)
            // A record has one batch only, whatever happened between: the borders are fixed.
            #expect(receiver.lines == Bench.records(0, Self.segments), "call \(call)")
            // After a fault that passed, only lost answers are sent again.
            if end == .drained, fault == .noSpace || fault == .inputOutput, losesEvery == 0 {
                let again = receiver.taken.count - Set(receiver.taken).count
                #expect(again <= receiver.taken.count - sent, "call \(call)")
            }
            points = call
            if isOver { break }
        }
        #expect(points > 20 && points < Self.limit)
    }

    @Test func `without faults only batches whose answer was lost come twice`() throws {
        let bench = try spool()
        let receiver = KeepingSink()
        receiver.losesEvery = 4
        #expect(try ship(bench, to: receiver) == .drained)
        #expect(receiver.lost > 0)
        #expect(receiver.taken.count - Set(receiver.taken).count == receiver.lost)
        #expect(receiver.lines == Bench.records(0, Self.segments))
    }
}
