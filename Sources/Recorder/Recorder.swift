// From packets to sealed segments: for each lane a pool, an intake for the thread that captures,
// and a thread that writes; beside them one thread that seals and one that keeps house.
//
// A byte's way: ring → intake (one copy, finished pcapng block) → buffer → LZ4 → hidden file →
// sealed.

public import Platform
public import Spool
import Synchronization

/// Records packets in lanes.
public final class Recorder: Sendable {
    /// The settings.
    public let options: RecorderOptions
    /// The lanes' numbers.
    public let lanes: [RecorderLane]
    /// What guards the room.
    public let gate: StorageGate
    /// What recovery found, by lane.
    public let recovered: [RecoveryReport]

    private let channels: [LaneChannel]
    private let sealer: Sealer
    private let layout: SpoolLayout
    private let files: any FileSystem
    private let time: any TimeSource
    private let events: RecorderEvents
    private let threads = Mutex<[WorkerThread]>([])
    private let isEnding = StopFlag()
    private let keeper = Mutex<WorkerThread?>(nil)

    /// Prepares the spool: recovers what a crash left open, fills the pools.
    ///
    /// - Throws: `SpoolError` when the spool cannot be used.
    public init(
        options: RecorderOptions, limits: RetentionLimits, layout: SpoolLayout,
        files: any FileSystem = LiveFiles(), time: any TimeSource = SystemTime(),
        events: RecorderEvents = .ignored
    ) throws(SpoolError) {
        self.options = options
        self.layout = layout
        self.files = files
        self.time = time
        self.events = events
        try layout.prepare(files: files, stages: [.packets], lanes: options.lanes)
        let lanes = (0..<options.lanes).map { RecorderLane(lane: $0) }
        self.lanes = lanes
        recovered = try Self.recover(options, layout, files, time)
        let gate = try StorageGate(
            limits: limits, layout: layout, files: files, time: time, lanes: lanes, events: events)
        self.gate = gate
        channels = lanes.map { _ in
            LaneChannel(poolBytes: options.poolBytes, bufferBytes: options.bufferBytes)
        }
        do throws(IOError) {
            sealer = try Sealer(layout, files, time, options.lanes) { report in
                Self.settle(report, lanes, gate, layout, files, events)
            }
        } catch {
            throw .io(error)
        }
    }

    /// The intake of a lane, for the one thread that captures for it.
    public func intake(of lane: Int) -> PacketIntake {
        PacketIntake(channel: channels[lane], waitsForBuffers: options.source == .files)
    }

    /// Starts the writers.
    public func start() throws(IOError) {
        for lane in channels.indices {
            let thread = try WorkerThread(name: "write-\(lane)") { [self] in
                LaneThread(channel: channels[lane], time: time).run(makeWriter(lane: lane))
            }
            threads.withLock { $0.append(thread) }
        }
        let thread = try WorkerThread(name: "keep") { [self] in keepHouse() }
        keeper.withLock { $0 = thread }
    }

    /// Says that no more packets come for a lane.
    public func close(lane: Int) { channels[lane].full.close() }

    /// Waits until every lane is closed, written and sealed.
    public func finish() {
        for thread in threads.withLock({ $0 }) { thread.join() }
        sealer.waitUntilIdle()
        sealer.stop()
        isEnding.set()
        keeper.withLock { $0 }?.join()
    }

    /// Buffers that wait for a lane's writer, and buffers there are.
    public func backlog(of lane: Int) -> (waiting: Int, capacity: Int) {
        (channels[lane].full.count, channels[lane].free.capacity)
    }

    func makeWriter(lane: Int) -> LaneWriter {
        LaneWriter(
            lane: lanes[lane].lane, options: options, channel: channels[lane], status: lanes[lane],
            layout: layout, files: files, sealer: sealer, time: time, events: events, gate: gate,
            nextSequence: recovered[lane].nextSequence)
    }

    static func settle(
        _ report: SealReport, _ lanes: [RecorderLane], _ gate: StorageGate,
        _ layout: SpoolLayout, _ files: any FileSystem, _ events: RecorderEvents
    ) {
        switch report {
        case .sealed(let segment):
            lanes[Int(segment.name.lane)].sealed(segment)
            gate.add(segment)
            events.send(.sealed(segment))
        case .failed(let name, let error, let path):
            // The last step may fail, of flushing the directory: readers see the segment then.
            let isVisible =
                path == nil
                && (try? SegmentWriter.isSealed(name, layout: layout, files: files)) == true
            lanes[Int(name.lane)].failed(name, isVisible: isVisible)
            events.send(.sealFailed(name, error, path: path))
        }
    }

    private static func recover(
        _ options: RecorderOptions, _ layout: SpoolLayout, _ files: any FileSystem,
        _ time: any TimeSource
    ) throws(SpoolError) -> [RecoveryReport] {
        let assembled = try StateFile(
            AssembleState.self, name: AssembleState.fileName, layout: layout, files: files
        ).load()?.value
        var reports: [RecoveryReport] = []
        for lane in 0..<options.lanes {
            let report = try Recovery.run(
                .packets, lane: lane, layout: layout, files: files,
                wallNanoseconds: time.wallNanoseconds(),
                nextAtLeast: assembled?.next[lane]?.sequence ?? 0
            ) {
                PacketInspector(software: options.software)
            }
            reports.append(report)
        }
        return reports
    }

    private func keepHouse() {
        while !isEnding.isSet {
            gate.housekeep()
            for _ in 0..<10 where !isEnding.isSet { time.sleep(nanoseconds: 100_000_000) }
        }
    }
}

extension Sealer {
    fileprivate convenience init(
        _ layout: SpoolLayout, _ files: any FileSystem, _ time: any TimeSource, _ lanes: UInt32,
        observer: @escaping @Sendable (SealReport) -> Void
    ) throws(IOError) {
        try self.init(
            files: files, layout: layout, time: time, maximumInFlight: 4 * Int(lanes) + 4,
            observer: observer)
    }
}
