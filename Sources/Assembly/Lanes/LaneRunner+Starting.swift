// The way back: place, snapshot, and what a crash left behind.

import Bytes
import Calls
import Platform
import Spool
import Wire

extension LaneRunner {
    /// Takes a lane up where it was left.
    ///
    /// - Parameters:
    ///   - lane: The lane.
    ///   - spool: The spool, prepared, with the lock on assembling held.
    ///   - options: The settings.
    ///   - rules: The rules in force.
    ///   - book: The file that says how far all lanes are.
    ///   - report: Where the lane's numbers go.
    public static func start(
        lane: UInt32, spool: LaneSpool, options: LaneOptions, rules: RulesSource,
        book: AssembleBook, report: LaneReport
    ) throws(AssemblyError) -> LaneRunner {
        var options = options
        options.engine.calls.lane = lane
        let current = rules.current
        if let filter = current.filter {
            options.engine.decoder.ports = filter.ports
            options.engine.decoder.vniFilter = filter.networks
        }
        let file = StateFile(
            LaneState.self, name: LaneState.fileName(lane: lane), layout: spool.layout,
            files: spool.files)
        let found = try AssemblyError.wrap { () throws(SpoolError) in
            try spool.layout.prepareLane(.calls, lane, files: spool.files)
            return try LaneStart.find(lane: lane, spool: spool, file: file)
        }
        var engine = Engine(options.engine, rules: current.rules)
        var place = found
        if let name = found.state.snapshot {
            let store = SnapshotStore(spool: spool, lane: lane)
            let settings = options.engine.stateFingerprint
            do throws(SnapshotRefusal) {
                try restore(name, found.state.from, settings, from: store, into: &engine)
            } catch {
                let text = "\(name): \(error)"
                report.update { numbers in
                    numbers.snapshotsRefused &+= 1
                    numbers.snapshotRefusal = text
                }
                place = try AssemblyError.wrap { () throws(SpoolError) in
                    try found.withoutSnapshot(lane: lane, spool: spool)
                }
                engine = Engine(options.engine, rules: current.rules)
            }
        }
        report.update { $0.next = place.state.from }
        // Without a place the oldest segment is the first; what is not there is not missing then.
        let from = place.state == LaneState() ? nil : place.state.from
        return LaneRunner(
            lane: lane, spool: spool, options: options, rules: rules, book: book, report: report,
            stateFile: file, snapshots: SnapshotStore(spool: spool, lane: lane),
            reader: SegmentReader(
                files: spool.files, layout: spool.layout, stage: .packets, lane: lane, from: from),
            writer: SegmentWriter(
                files: spool.files, layout: spool.layout, stage: .calls, lane: lane),
            place: place, rulesGeneration: current.generation, engine: engine)
    }

    private static func restore(
        _ name: String, _ next: UInt64, _ settings: UInt64, from store: SnapshotStore,
        into engine: inout Engine
    ) throws(SnapshotRefusal) {
        let bytes: [UInt8]?
        do throws(IOError) {
            bytes = try store.read(name)
        } catch {
            throw .unreadable("\(error)")
        }
        guard let bytes else { throw .missing }
        try FlowSnapshot.restore(
            bytes.span, lane: store.lane, next: next, settings: settings, into: &engine)
    }

    private init(
        lane: UInt32, spool: LaneSpool, options: LaneOptions, rules: RulesSource,
        book: AssembleBook, report: LaneReport, stateFile: StateFile<LaneState>,
        snapshots: SnapshotStore, reader: consuming SegmentReader,
        writer: consuming SegmentWriter, place: LaneStart, rulesGeneration: UInt64,
        engine: consuming Engine
    ) {
        self.lane = lane
        self.spool = spool
        self.options = options
        self.rules = rules
        self.book = book
        self.report = report
        self.stateFile = stateFile
        self.snapshots = snapshots
        self.reader = reader
        self.reader.readsPastErrors = options.readsPastErrors
        self.writer = writer
        self.rulesGeneration = rulesGeneration
        state = place.state
        committed = place.committed
        position = place.state.from
        quietFrom = place.state.from
        counts = RoomCount.all(of: engine)
        calls = engine.callCounters
        self.engine = engine
    }
}

/// Where a lane begins.
struct LaneStart: Equatable, Sendable {
    /// What the state file said, or what was made up for it.
    var state: LaneState
    /// Segments below are sealed.
    var committed: UInt64

    /// The most segments read again for want of a snapshot.
    static let fallbackSegments: UInt64 = 4096

    /// The place to begin at with an empty engine: where the oldest open flow began, or as near to
    /// it as packet segments are still there.
    func withoutSnapshot(lane: UInt32, spool: LaneSpool) throws(SpoolError) -> LaneStart {
        var copy = self
        copy.state.snapshot = nil
        let farthest = LaneStart.fallbackSegments
        let limit = state.from > farthest ? state.from - farthest : 0
        let wanted = max(limit, min(state.oldest ?? limit, state.from))
        var oldest: UInt64?
        do throws(IOError) {
            try spool.files.forEachName(in: spool.layout.laneDirectory(.packets, lane)) { name in
                if case .sealed(let sequence) = LaneEntry(name, stage: .packets),
                    sequence >= wanted
                {
                    oldest = min(oldest ?? .max, sequence)
                }
                return true
            }
        } catch {
            if !error.isMissing { throw .io(error) }
        }
        copy.state.from = min(oldest ?? state.from, state.from)
        return copy
    }

    /// Looks at the state file and at the call segments there are, and removes what a crash left
    /// open: its packets are read again.
    static func find(
        lane: UInt32, spool: LaneSpool, file: StateFile<LaneState>
    ) throws(SpoolError) -> LaneStart {
        let recovered = try Recovery.discard(
            .calls, lane: lane, layout: spool.layout, files: spool.files)
        let sealed = recovered.nextSequence
        var state: LaneState?
        do throws(SpoolError) {
            state = try file.load()?.value
        } catch {
            // The segments themselves tell what is done; without a place more is read again.
            guard case .damagedState = error else { throw error }
        }
        if let state { return LaneStart(state: state, committed: max(state.next, sealed)) }
        let farthest = LaneRunner.rewindSegments
        let from = sealed > farthest ? sealed - farthest : 0
        return LaneStart(state: LaneState(next: sealed, from: from), committed: sealed)
    }
}
