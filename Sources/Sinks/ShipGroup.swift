// All sinks of a process: a thread each, and one that keeps house: backlog numbers, retention.

public import Logging
public import Platform
public import Spool
import Synchronization
public import Telemetry

/// Ships a spool to several sinks at once.
public final class ShipGroup: Sendable {
    /// How one sink's thread ended.
    public enum Outcome: Sendable, Equatable {
        /// As its runner says.
        case end(SinkRunner.End)
        /// It could not begin: one line.
        case failed(String)
    }

    /// How long a request under way may last after a stop was asked for.
    public static let graceNanoseconds: Int64 = 10_000_000_000
    /// House is kept this often.
    public static let housekeepingNanoseconds: Int64 = 10_000_000_000
    /// Keeping house takes at most one part in so many of the time: it looks at every segment.
    static let housekeepingShare: Int64 = 50

    private let seats: [SinkSeat]
    private let layout: SpoolLayout
    private let files: any FileSystem
    private let time: any TimeSource
    private let log: Logger
    private let metrics: MetricsRegistry
    private let health: HealthState
    private let control = StopControl()
    private let outcomes = Mutex<[String: Outcome]>([:])

    /// Creates a group; nothing starts yet.
    public init(
        seats: [SinkSeat], layout: SpoolLayout, files: any FileSystem, time: any TimeSource,
        log: Logger, metrics: MetricsRegistry, health: HealthState
    ) {
        self.seats = seats
        self.layout = layout
        self.files = files
        self.time = time
        self.log = log
        self.metrics = metrics
        self.health = health
    }

    /// Ships until a stop is asked for, or, with `drain`, until all is shipped everywhere.
    ///
    /// - Parameters:
    ///   - drain: Whether to end when everything sealed is shipped.
    ///   - retainNanoseconds: How long call segments stay after every sink has acknowledged them.
    ///   - waitForStop: Waits so many nanoseconds; true when a stop was asked for.
    /// - Returns: How each sink ended, by name.
    public func run(
        drain: Bool, retainNanoseconds: Int64, waitForStop: (Int64) -> Bool
    ) throws -> [String: Outcome] {
        var threads: [WorkerThread] = []
        for (index, seat) in seats.enumerated() {
            threads.append(try WorkerThread(name: "sink-\(index)") { self.work(seat, drain) })
        }
        let house = Housekeeping(
            sinks: seats.map(\.name), layout: layout, files: files, time: time, log: log,
            metrics: metrics, retainNanoseconds: retainNanoseconds)
        let beat = health.loop("ship")
        health.clear("starting")
        var nextHousekeeping = time.monotonicNanoseconds()
        while !isAllOver {
            if waitForStop(100_000_000) {
                control.request(
                    deadline: time.monotonicNanoseconds() + ShipGroup.graceNanoseconds)
                break
            }
            beat.beat()
            let start = time.monotonicNanoseconds()
            if start >= nextHousekeeping {
                house.keep()
                let end = time.monotonicNanoseconds()
                nextHousekeeping =
                    end
                    + max(
                        ShipGroup.housekeepingNanoseconds,
                        (end - start) * ShipGroup.housekeepingShare)
            }
            if hasFailure { break }
        }
        if hasFailure { control.request(deadline: time.monotonicNanoseconds()) }
        for thread in threads { thread.join() }
        house.keep()
        return outcomes.withLock { $0 }
    }

    private var isAllOver: Bool { outcomes.withLock { $0.count } == seats.count }

    private var hasFailure: Bool {
        outcomes.withLock { outcomes in
            outcomes.values.contains { outcome in
                if case .failed = outcome { return true }
                return false
            }
        }
    }

    private func work(_ seat: SinkSeat, _ drain: Bool) {
        let outcome: Outcome
        do {
            let world = SinkRunner.Surroundings(
                layout: layout, files: files, time: time, control: control, log: log,
                health: health)
            // An answer may take its timeout ten times over (CurlTransport): only then is it a
            // hang.
            let heartbeat = health.loop("sink \(seat.name)", maximumSilence: .seconds(600))
            let runner = try SinkRunner(
                name: seat.name, sink: seat.make(control), settings: seat.settings, world: world,
                metrics: metrics, heartbeat: heartbeat, seed: try SystemRandom.seed())
            let end = runner.run(drain: drain)
            heartbeat.retire()
            if case .ended(let reason) = end {
                log.notice("sink_ended", metadata: ["sink": "\(seat.name)", "reason": "\(reason)"])
            }
            outcome = .end(end)
        } catch {
            outcome = .failed("\(seat.name): \(error)")
        }
        outcomes.withLock { $0[seat.name] = outcome }
    }
}
