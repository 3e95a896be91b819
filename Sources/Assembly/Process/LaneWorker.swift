// The thread of one lane: steps while there is work, looks again when there is none, begins anew
// after an error. An error never ends a running service; a drain gives up after several without
// progress.

import Logging
import Platform
import Service
import Synchronization
import Telemetry

/// Runs one lane until it shall stop, or is drained.
final class LaneWorker: Sendable {
    /// How a lane's thread ended.
    enum Outcome: Sendable {
        case running
        case stopped
        case drained
        case failed(AssemblyError)
    }

    let report: LaneReport
    private let spool: LaneSpool
    private let options: LaneOptions
    private let rules: RulesSource
    private let book: AssembleBook
    private let gate: LaneGate
    private let service: ServiceContext
    private let heartbeat: Heartbeat
    private let state = Mutex(Outcome.running)

    /// How long a lane without work waits before it looks again.
    static let pollNanoseconds: Int64 = 50_000_000
    /// The first wait after an error, and the longest.
    static let backoffNanoseconds: (first: Int64, last: Int64) = (500_000_000, 30_000_000_000)
    /// Errors without progress after which a drain gives up.
    static let drainAttempts = 5
    /// Errors without progress after which what the device does not give counts as damaged.
    static let readAttempts = 4

    init(
        lane: UInt32, spool: LaneSpool, options: LaneOptions, rules: RulesSource,
        book: AssembleBook, gate: LaneGate, service: ServiceContext
    ) {
        report = LaneReport(lane: lane)
        self.spool = spool
        self.options = options
        self.rules = rules
        self.book = book
        self.gate = gate
        self.service = service
        heartbeat = service.health.loop("lane \(lane)", maximumSilence: .seconds(120))
    }

    /// How the thread ended, or that it runs.
    var outcome: Outcome { state.withLock { $0 } }

    private var key: String { "lane-\(report.lane)" }

    /// The thread's body.
    func run() {
        var failures = 0
        var wait = LaneWorker.backoffNanoseconds.first
        while true {
            let before = report.numbers.segments
            do throws(AssemblyError) {
                let outcome = try runUntilError(
                    readsPastErrors: failures >= LaneWorker.readAttempts)
                state.withLock { $0 = outcome }
                return
            } catch {
                service.health.set(key, because: "\(error)")
                service.log.error(
                    "lane_failed", metadata: ["lane": "\(report.lane)", "error": "\(error)"])
                let hasProgress = report.numbers.segments > before
                failures = hasProgress ? 1 : failures + 1
                if hasProgress { wait = LaneWorker.backoffNanoseconds.first }
                if options.drains, failures >= LaneWorker.drainAttempts {
                    state.withLock { $0 = .failed(error) }
                    return
                }
            }
            if !sleep(wait) {
                state.withLock { $0 = .stopped }
                return
            }
            wait = min(wait * 2, LaneWorker.backoffNanoseconds.last)
        }
    }

    private func runUntilError(readsPastErrors: Bool) throws(AssemblyError) -> Outcome {
        let start = report.numbers
        var options = options
        options.readsPastErrors = readsPastErrors
        var runner = try LaneRunner.start(
            lane: report.lane, spool: spool, options: options, rules: rules, book: book,
            report: report)
        service.log.info(
            "lane_started",
            metadata: ["lane": "\(report.lane)", "from": "\(report.numbers.next)"])
        if report.numbers.snapshotsRefused > start.snapshotsRefused {
            service.log.warning(
                "snapshot_refused",
                metadata: [
                    "lane": "\(report.lane)", "reason": "\(report.numbers.snapshotRefusal ?? "")",
                    "consequence": "packet segments from \(report.numbers.next) on are read again",
                ])
        }
        service.health.clear(key)
        while !gate.stop.isSet {
            heartbeat.beat()
            if gate.isPaused {
                _ = sleep(LaneWorker.pollNanoseconds)
                continue
            }
            let before = report.numbers
            switch try runner.step() {
            case .advanced: tell(since: before)
            case .idle: _ = sleep(LaneWorker.pollNanoseconds)
            case .waitingForCapture:
                service.log.throttled(
                    service.throttle, "drain-waits", level: .info, "drain_waits",
                    metadata: ["for": "earshot-capture to end"])
                _ = sleep(LaneWorker.pollNanoseconds)
            case .drained:
                tell(since: before)
                return .drained
            }
        }
        let before = report.numbers
        try runner.stop()
        tell(since: before)
        return .stopped
    }

    // What an operator must know of a segment.
    private func tell(since before: LaneReport.Numbers) {
        let now = report.numbers
        let lane = "\(report.lane)"
        if now.holes > before.holes || now.damagedBytes > before.damagedBytes {
            service.log.throttled(
                service.throttle, "damage-\(lane)", level: .warning, "spool_damage",
                metadata: [
                    "lane": "\(lane)", "before": "\(now.next)",
                    "bytes": "\(now.damagedBytes - before.damagedBytes)",
                ])
        }
        if now.segmentsMissing > before.segmentsMissing {
            service.log.throttled(
                service.throttle, "missing-\(lane)", level: .warning, "segments_missing",
                metadata: [
                    "lane": "\(lane)", "before": "\(now.next)",
                    "count": "\(now.segmentsMissing - before.segmentsMissing)",
                ])
        }
        if now.snapshotsFailed > before.snapshotsFailed {
            service.log.throttled(
                service.throttle, "snapshot-\(lane)", level: .warning, "snapshot_failed",
                metadata: [
                    "lane": "\(lane)", "error": "\(now.snapshotFailure ?? "")",
                    "consequence": "a restart reads again from the place before",
                ])
        }
        service.log.debug(
            "segment_assembled",
            metadata: [
                "lane": "\(lane)", "next": "\(now.next)",
                "packets": "\(now.packets - before.packets)",
                "calls": "\(now.calls - before.calls)",
            ])
    }

    /// Waits, in small steps, so that a stop is seen; false when one was.
    private func sleep(_ nanoseconds: Int64) -> Bool {
        var left = nanoseconds
        while left > 0 {
            if gate.stop.isSet { return false }
            heartbeat.beat()
            spool.time.sleep(nanoseconds: min(left, LaneWorker.pollNanoseconds))
            left -= LaneWorker.pollNanoseconds
        }
        return !gate.stop.isSet
    }
}
