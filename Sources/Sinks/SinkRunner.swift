// One sink's thread: reads call segments, cuts batches, delivers them, moves the cursor. Each sink
// has its own, so that a dead sink never slows another. Lanes take turns, a segment at a time;
// within a lane order is kept. What is held in memory: one batch and one piece of a segment.

public import Logging
public import Platform
public import Spool
public import Telemetry

/// Ships to one sink until it is told to stop, or all is shipped.
public final class SinkRunner {
    /// What a runner needs of its surroundings.
    public struct Surroundings {
        /// The spool.
        public var layout: SpoolLayout
        /// The file system.
        public var files: any FileSystem
        /// The clocks.
        public var time: any TimeSource
        /// The wish to stop.
        public var control: StopControl
        /// The log.
        public var log: Logger
        /// Where a sink that takes nothing is a reason against being ready.
        public var health: HealthState?
        /// Makes the source of a lane, from a sequence on.
        public var source: (_ lane: UInt32, _ from: UInt64?) -> any CallSource
        /// The lanes there are now.
        public var lanes: () throws(IOError) -> [UInt32]

        /// The surroundings in a spool.
        public init(
            layout: SpoolLayout, files: any FileSystem, time: any TimeSource,
            control: StopControl, log: Logger, health: HealthState? = nil
        ) {
            self.layout = layout
            self.files = files
            self.time = time
            self.control = control
            self.log = log
            self.health = health
            source = { lane, sequence in
                SegmentSource(files: files, layout: layout, lane: lane, from: sequence)
            }
            lanes = { () throws(IOError) in try layout.lanes(.calls, files: files) }
        }
    }

    /// Why a runner returned.
    public enum End: Sendable, Equatable {
        /// It was told to stop.
        case stopped
        /// Everything sealed is shipped.
        case drained
        /// The sink takes nothing any more.
        case ended(String)
        /// A drain gave up: the sink took nothing for too long. The cursor is kept.
        case gaveUp(String)
    }

    enum Progress {
        case done
        case nothing
        case stop
        case rewind
    }

    let name: String
    let sink: any Sink
    let settings: SinkSettings
    let world: Surroundings
    let instruments: SinkInstruments
    let throttle = LogThrottle(interval: .seconds(30))
    let dead: DeadLetters
    let store: StateFile<ShipCursor>
    let statusStore: StateFile<SinkStatus>
    let heartbeat: Heartbeat?

    var cursor: ShipCursor
    var committed: ShipCursor
    var machine: DeliveryMachine
    var sources: [UInt32: any CallSource] = [:]
    /// Errors in a row while a lane was read.
    var readFailures: [UInt32: Int] = [:]
    /// Under `newestFirst`: where the live end of a lane is, what lies behind it, when to look.
    var fronts: [UInt32: LaneFront] = [:]
    var pace: Pace
    var endReason: String?
    var uncommittedBytes = 0
    var hasUncommitted = false
    var hasUncommittedLines = false
    var lastCommit: Int64
    var lastStatus: Int64 = .min
    var shownMood = ""
    var trouble: String?
    var troubleSince: Int64?
    /// Whether to end when everything sealed is shipped.
    var isDraining = false
    /// When a line was last acknowledged or buried, or a segment passed (monotonic).
    var lastProgress: Int64

    /// Loads the cursor and brings the sink to it.
    ///
    /// - Throws: `SpoolError` when the cursor cannot be read; `SinkError` when the sink's file
    ///   cannot.
    public init(
        name: String, sink: any Sink, settings: SinkSettings, world: Surroundings,
        metrics: MetricsRegistry, heartbeat: Heartbeat? = nil, seed: UInt64
    ) throws {
        self.name = name
        self.sink = sink
        self.settings = settings
        self.world = world
        self.heartbeat = heartbeat
        instruments = SinkInstruments(sink: name, metrics: metrics)
        dead = DeadLetters(sink: name, layout: world.layout, files: world.files)
        store = StateFile(
            ShipCursor.self, name: SinkCursor.fileName(sink: name), layout: world.layout,
            files: world.files)
        statusStore = StateFile(
            SinkStatus.self, name: SinkStatus.fileName(sink: name), layout: world.layout,
            files: world.files)
        machine = DeliveryMachine(policy: settings.retry, seed: seed)
        pace = Pace(bytesPerSecond: settings.backfillBytesPerSecond)
        let loaded = try store.load()
        if let fallback = loaded?.fallback {
            world.log.warning(
                "cursor_damaged",
                metadata: [
                    "sink": "\(name)", "error": "\(fallback)",
                    "consequence": "the cursor before it is used; some batches may repeat",
                ])
        }
        cursor = loaded?.value ?? ShipCursor(sink: name)
        committed = cursor
        lastCommit = world.time.monotonicNanoseconds()
        lastProgress = lastCommit
        try sink.rewind(to: cursor.mark)
        // A sink that appends must know where it began before the first line goes out.
        cursor.mark = try sink.settle()
        if cursor.mark != committed.mark { try store.store(cursor) }
        committed = cursor
    }

    /// Ships until told to stop, or, with `drain`, until everything sealed is shipped.
    ///
    /// A drain ends, too, when the sink took nothing for the time set.
    public func run(drain: Bool) -> End {
        isDraining = drain
        lastProgress = world.time.monotonicNanoseconds()
        showMood()
        var end: End?
        while end == nil {
            heartbeat?.beat()
            if mustStop {
                end = stopping
                break
            }
            switch turn() {
            case .done: break
            case .rewind: rewind()
            case .stop: end = endReason.map { .ended($0) } ?? stopping
            case .nothing:
                commitWhenIdle()
                if drain && isDrained() {
                    end = .drained
                } else {
                    pause(settings.pollNanoseconds)
                }
            }
        }
        finish(end ?? .stopped)
        return end ?? .stopped
    }

    /// Whether to leave everything as it is and return.
    var mustStop: Bool { world.control.isRequested || isOverdue }

    /// Whether a drain has waited long enough for a sink that takes nothing.
    private var isOverdue: Bool {
        guard isDraining, let limit = settings.drainTimeoutNanoseconds else { return false }
        return world.time.monotonicNanoseconds() - lastProgress >= limit
    }

    /// What an early end is to be called.
    private var stopping: End {
        if world.control.isRequested || !isOverdue { return .stopped }
        let seconds = (world.time.monotonicNanoseconds() - lastProgress) / 1_000_000_000
        let reason = machine.lastReason.isEmpty ? trouble ?? "" : machine.lastReason
        return .gaveUp("took nothing for \(seconds) s" + (reason.isEmpty ? "" : ": \(reason)"))
    }

    /// One segment of each lane.
    private func turn() -> Progress {
        var isAnyDone = false
        for lane in lanes() ?? [] {
            if settings.order == .newestFirst { lookAhead(lane) }
            let progress = deliverNextSegment(of: lane)
            switch progress {
            case .done: isAnyDone = true
            case .nothing: break
            case .stop, .rewind: return progress
            }
        }
        let progress = backfill()
        switch progress {
        case .done: isAnyDone = true
        case .nothing: break
        case .stop, .rewind: return progress
        }
        return isAnyDone ? .done : .nothing
    }

    /// nil when nobody can tell: then a drain is not over.
    private func lanes() -> [UInt32]? {
        do throws(IOError) {
            return try world.lanes()
        } catch {
            note("\(error)")
            return nil
        }
    }

    private func isDrained() -> Bool {
        guard let lanes = lanes() else { return false }
        for lane in lanes {
            do throws(SpoolError) {
                if let front = fronts[lane], front.hasBacklog { return false }
                let next = fronts[lane]?.next ?? cursor.acknowledged[lane]?.sequence ?? 0
                if try source(lane).hasMore(from: next) { return false }
            } catch {
                note("\(error)")
                return false
            }
        }
        return true
    }

    /// Errors in a row after which what the device does not give counts as a hole.
    static let readAttempts = 4

    func source(_ lane: UInt32) -> any CallSource {
        if let source = sources[lane] { return source }
        let from = fronts[lane]?.next ?? cursor.acknowledged[lane]?.sequence
        let source = world.source(lane, from)
        source.readsPastErrors = readFailures[lane, default: 0] >= SinkRunner.readAttempts
        sources[lane] = source
        return source
    }

    /// Waits, in pieces, so that a wish to stop is heard.
    func pause(_ nanoseconds: Int64) {
        let until = world.time.monotonicNanoseconds() + nanoseconds
        while !mustStop {
            heartbeat?.beat()
            let left = until - world.time.monotonicNanoseconds()
            if left <= 0 { return }
            world.time.sleep(nanoseconds: min(left, 50_000_000))
            writeStatusIfDue()
        }
    }

    private func finish(_ end: End) {
        _ = commit()
        do throws(SinkError) {
            try sink.close()
            // The file is finished: the cursor no longer needs its mark.
            cursor.mark = nil
            hasUncommitted = true
            _ = commit()
        } catch { note("\(error)") }
        if case .ended = end { instruments.show("ended") }
        writeStatus(end)
    }
}
