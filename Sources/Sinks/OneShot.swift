// Delivers lines to a sink once, without a cursor: what a replay does. Retries as the stream does,
// but not for ever: after a time without an acceptance it gives up and says why.

import Bytes
public import Platform

/// A delivery that ends.
public final class OneShot {
    /// What came of it so far.
    public struct Totals: Sendable, Equatable {
        /// Lines the sink accepted.
        public var acknowledged: UInt64 = 0
        /// Their bytes.
        public var bytes: UInt64 = 0
        /// Lines refused for good.
        public var refused: UInt64 = 0
        /// Lines too long to be sent.
        public var oversized: UInt64 = 0
        /// Attempts that failed and were repeated.
        public var retries: UInt64 = 0
        /// The sink's words about the first line it refused.
        public var firstRefusal: SinkAnswer.Refusal?
    }

    /// Why nothing more is sent.
    public enum End: Error, Sendable, Equatable {
        /// The sink accepted nothing for too long; its last words.
        case gaveUp(String)
        /// The sink has ended: nobody reads it any more.
        case ended(String)
        /// The process was asked to stop.
        case stopped
    }

    /// What came of it so far.
    public private(set) var totals = Totals()

    private let sink: any Sink
    private let settings: SinkSettings
    private let time: any TimeSource
    private let control: StopControl
    private let patienceNanoseconds: Int64
    private var machine: DeliveryMachine
    private var pace: Pace
    private var lines = ByteBuffer()
    /// Ends of the lines held, ascending.
    private var ends: [Int] = []
    private var identity: BatchIdentity?

    /// Prepares a delivery.
    ///
    /// - Parameters:
    ///   - sink: Where to.
    ///   - settings: Sizes and waits.
    ///   - time: The clocks.
    ///   - control: The wish to stop.
    ///   - patienceNanoseconds: How long without an acceptance before it gives up.
    ///   - pace: How fast, at most.
    ///   - seed: For the jitter of waits.
    public init(
        _ sink: any Sink, settings: SinkSettings, time: any TimeSource, control: StopControl,
        patienceNanoseconds: Int64, pace: Pace = Pace(bytesPerSecond: nil), seed: UInt64
    ) {
        self.sink = sink
        self.settings = settings
        self.time = time
        self.control = control
        self.patienceNanoseconds = patienceNanoseconds
        self.pace = pace
        machine = DeliveryMachine(policy: settings.retry, seed: seed)
    }

    /// Takes one line with its line feed; sends a bundle when one is full.
    public func offer(
        _ line: Span<UInt8>, lane: UInt32, sequence: UInt64, number: UInt64
    ) throws(End) {
        guard line.count <= settings.maximumLineBytes else {
            totals.oversized += 1
            return
        }
        let isOther = identity.map { $0.lane != lane || $0.sequence != sequence } ?? false
        if isOther || lines.count + line.count > settings.bundleBytes { try flush() }
        if identity == nil {
            identity = BatchIdentity(
                lane: lane, sequence: sequence, firstLine: number, lineCount: 0)
        }
        identity?.lineCount += 1
        lines.append(line)
        ends.append(lines.count)
    }

    /// Sends what is held and makes it durable.
    public func finish() throws(End) {
        try flush()
        do throws(SinkError) {
            _ = try sink.settle()
            try sink.close()
        } catch { throw .gaveUp("\(error)") }
    }

    /// Sends what is held.
    public func flush() throws(End) {
        guard let batch = identity, !ends.isEmpty else { return }
        try wait(pace.wait(time.monotonicNanoseconds()))
        // Out of self, so that its bytes can be borrowed while self changes.
        var held = ByteBuffer()
        swap(&held, &lines)
        try deliver(held, batch)
        pace.spend(held.count, now: time.monotonicNanoseconds())
        held.removeAll()
        swap(&held, &lines)
        ends.removeAll(keepingCapacity: true)
        identity = nil
        try settle()
    }

    private func deliver(_ held: borrowing ByteBuffer, _ batch: BatchIdentity) throws(End) {
        var lastAcceptance = time.monotonicNanoseconds()
        machine.begin(lineCount: ends.count)
        while true {
            switch machine.next(now: time.monotonicNanoseconds()) {
            case .send(let range):
                if control.isRequested { throw .stopped }
                send(held, range, batch)
            case .wait(let nanoseconds):
                let waited = time.monotonicNanoseconds() - lastAcceptance
                guard waited < patienceNanoseconds else { throw .gaveUp(machine.lastReason) }
                try wait(min(nanoseconds, patienceNanoseconds - waited))
            case .acknowledge(let range):
                lastAcceptance = time.monotonicNanoseconds()
                totals.acknowledged += UInt64(range.count)
                totals.bytes += UInt64(bytes(of: range).count)
            case .bury(_, let refusal):
                totals.refused += 1
                if totals.firstRefusal == nil { totals.firstRefusal = refusal }
            case .finished: return
            case .ended(let reason): throw .ended(reason)
            }
        }
    }

    /// A file may be full: it is finished only when it is durable.
    private func settle() throws(End) {
        do throws(SinkError) {
            _ = try sink.settle()
            _ = try sink.tend()
        } catch { throw .gaveUp("\(error)") }
    }

    private func send(
        _ held: borrowing ByteBuffer, _ range: Range<Int>, _ batch: BatchIdentity
    ) {
        let place = bytes(of: range)
        let answer = sink.send(
            held.span(from: place.lowerBound, count: place.count), batch: batch.part(range))
        switch answer {
        case .accepted, .ended: break
        case .retry, .pause, .refused: totals.retries += 1
        }
        machine.receive(answer, now: time.monotonicNanoseconds())
    }

    /// Where lines of the batch are.
    private func bytes(of range: Range<Int>) -> Range<Int> {
        let start = range.lowerBound == 0 ? 0 : ends[range.lowerBound - 1]
        return start..<(range.isEmpty ? start : ends[range.upperBound - 1])
    }

    /// Waits, in pieces, so that a wish to stop is heard.
    private func wait(_ nanoseconds: Int64) throws(End) {
        let until = time.monotonicNanoseconds() + nanoseconds
        while true {
            if control.isRequested { throw .stopped }
            let left = until - time.monotonicNanoseconds()
            if left <= 0 { return }
            time.sleep(nanoseconds: min(left, 50_000_000))
        }
    }
}
