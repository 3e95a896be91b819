// What to do with one batch until every line of it is accepted or buried. A value: time and
// randomness come in, actions come out; SinkRunner performs them.
//
// Accepted → acknowledge. Not known or not now → the same lines after a backoff, without end.
// Paused → the same lines every half minute. Refused → halves, until the one bad line is alone.

/// The state of one batch's delivery.
public struct DeliveryMachine: Sendable {
    /// What to do next. Line numbers count from the batch's first line.
    public enum Action: Sendable, Equatable {
        /// Send these lines.
        case send(Range<Int>)
        /// Do nothing for so many nanoseconds.
        case wait(Int64)
        /// These lines, the first not yet acknowledged, are done: the cursor may move behind them.
        case acknowledge(Range<Int>)
        /// This line, the first not yet acknowledged, goes to the dead letters; then the cursor
        /// moves.
        case bury(Int, SinkAnswer.Refusal)
        /// The batch is done.
        case finished
        /// The sink has ended for good.
        case ended(String)
    }

    /// How the sink is.
    public enum Mood: String, Sendable, Codable {
        /// It takes what it is given.
        case running
        /// The last attempt failed.
        case retrying
        /// Somebody must repair something.
        case paused
    }

    private let policy: RetryPolicy
    private var random: SplitMix64
    /// Lines to deliver, the next on top.
    private var work: [Range<Int>] = []
    private var outcome: Action?
    private var notBefore: Int64 = .min

    /// How the sink is.
    public private(set) var mood = Mood.running
    /// Failures since the last success.
    public private(set) var failures = 0
    /// Records buried since the last success.
    public private(set) var refusalsInARow = 0
    /// Why the last attempt failed; empty when it did not.
    public private(set) var lastReason = ""

    /// Creates a machine that serves one sink for its life.
    public init(policy: RetryPolicy, seed: UInt64) {
        self.policy = policy
        random = SplitMix64(state: seed)
    }

    /// Starts a batch.
    public mutating func begin(lineCount: Int) {
        precondition(work.isEmpty && outcome == nil, "one batch at a time")
        if lineCount > 0 { work = [0..<lineCount] }
    }

    /// Forgets the batch; the next one starts anew.
    public mutating func abandon() {
        work = []
        outcome = nil
    }

    /// What to do at `now` (monotonic nanoseconds).
    public mutating func next(now: Int64) -> Action {
        if let outcome {
            if case .ended = outcome { return outcome }
            if case .bury = outcome, now < notBefore { return .wait(notBefore - now) }
            self.outcome = nil
            return outcome
        }
        guard let lines = work.last else { return .finished }
        if now < notBefore { return .wait(notBefore - now) }
        return .send(lines)
    }

    /// Takes the answer to the last `.send`.
    public mutating func receive(_ answer: SinkAnswer, now: Int64) {
        guard let lines = work.last else { return }
        switch answer {
        case .accepted:
            work.removeLast()
            mood = .running
            failures = 0
            refusalsInARow = 0
            lastReason = ""
            notBefore = .min
            outcome = .acknowledge(lines)
        case .retry(let reason, let asked):
            failures += 1
            mood = .retrying
            lastReason = reason
            let wait = policy.delay(failures: failures, asked: asked, random: random.next())
            notBefore = now + wait
        case .pause(let reason):
            failures += 1
            mood = .paused
            lastReason = reason
            notBefore = now + policy.pauseNanoseconds
        case .refused(let refusal):
            refuse(lines, refusal, now: now)
        case .ended(let reason):
            outcome = .ended(reason)
        }
    }

    private mutating func refuse(
        _ lines: Range<Int>, _ refusal: SinkAnswer.Refusal, now: Int64
    ) {
        work.removeLast()
        lastReason = "refused with status \(refusal.status)"
        if lines.count > 1 {
            let middle = lines.lowerBound + lines.count / 2
            work.append(middle..<lines.upperBound)
            work.append(lines.lowerBound..<middle)
            notBefore = .min
            return
        }
        refusalsInARow += 1
        outcome = .bury(lines.lowerBound, refusal)
        if refusalsInARow > policy.suspiciousRefusals {
            mood = .paused
            lastReason += ", like \(refusalsInARow - 1) records before, none accepted between"
            notBefore = now + policy.pauseNanoseconds
        } else {
            notBefore = .min
        }
    }
}

/// A small generator for jitter: seeded, so that tests can repeat a run.
struct SplitMix64: Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
