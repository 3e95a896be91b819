// One lane: packet segments in, call segments out, committed by name. Crash-only: after any error
// the value is thrown away, and a new one reads its way back to the same place.
//
// The calls found while packet segment N is read are call segment N. Whether N is done is whether
// call segment N is sealed (or was: ship removes what every sink has); so a repeated run writes the
// same bytes under the same name, or nothing. A segment without calls is sealed, too: its manifest
// says so.
//
// At a drain the calls of flows still open belong to the last packet segment. Which one is the last
// is known only when the capture has ended, so a draining lane seals one segment late (`pending`).

import Bytes
import Calls
import Compression
import Platform
import Spool
import Wire

/// What a step did.
public enum LaneStep: Equatable, Sendable {
    /// A packet segment was read.
    case advanced(UInt64)
    /// No packet segment is there yet.
    case idle
    /// A drain waits for the capture to end.
    case waitingForCapture
    /// A drain is over: everything is reported.
    case drained
}

/// Turns the packet segments of one lane into call segments.
public struct LaneRunner: ~Copyable {
    /// The lane.
    public let lane: UInt32
    let spool: LaneSpool
    let options: LaneOptions
    let rules: RulesSource
    let book: AssembleBook
    let report: LaneReport
    let stateFile: StateFile<LaneState>
    let snapshots: SnapshotStore

    var engine: Engine
    var feed = SegmentFeed()
    var reader: SegmentReader
    var writer: SegmentWriter
    var state: LaneState
    /// Segments below are sealed.
    var committed: UInt64
    /// The first segment that the engine has not seen; behind `committed` while a restart reads
    /// again.
    var position: UInt64
    /// The first segment after the last border at which no flow was open.
    var quietFrom: UInt64
    var rulesGeneration: UInt64
    /// The counters at the last border.
    var counts: [RoomCount]
    var calls: CallCounters
    var pending: PendingSegment?
    var segmentsSinceNote: UInt64 = 0
    var snapshot = ByteBuffer()
    /// Before this time (monotonic) only a stop writes a snapshot.
    var snapshotNotBefore: Int64 = .min

    /// Call record bytes written at once.
    static let writeBytes = 1 << 20

    /// Reads the next packet segment, if there is one.
    public mutating func step() throws(AssemblyError) -> LaneStep {
        guard let opened = try openNext() else { return try standStill() }
        try sealPending(isLast: false)
        takeRules()
        try process(opened)
        if !options.drains { try sealPending(isLast: false) }
        return .advanced(opened.name.sequence)
    }

    /// Keeps what is open for the next start. Call it between steps, then throw the value away.
    public mutating func stop() throws(AssemblyError) {
        try sealPending(isLast: false)
        noteIfPossible(.stop)
    }

    private mutating func openNext() throws(AssemblyError) -> OpenedSegment? {
        do throws(SpoolError) {
            return try reader.openNext()
        } catch {
            throw .spool(error)
        }
    }

    // The reader looks behind a missing segment only now and then: at the end it must.
    private mutating func openLast() throws(AssemblyError) -> OpenedSegment? {
        if let opened = try openNext() { return opened }
        let next = reader.nextSequence ?? 0
        let layout = spool.layout
        var hasMore = false
        do throws(IOError) {
            try spool.files.forEachName(in: layout.laneDirectory(.packets, lane)) { name in
                if case .sealed(let found) = LaneEntry(name, stage: .packets), found >= next {
                    hasMore = true
                }
                return !hasMore
            }
        } catch {
            if !error.isMissing { throw .spool(.io(error)) }
        }
        guard hasMore else { return nil }
        for _ in 0..<LaneRunner.triesForLast {
            if let opened = try openNext() { return opened }
        }
        return nil
    }

    /// More tries than a reader makes before it lists the directory.
    static let triesForLast = 4096

    private mutating func standStill() throws(AssemblyError) -> LaneStep {
        guard options.drains else {
            noteIfPossible(.idle)
            try noteProgress()
            return .idle
        }
        if try AssemblyError.wrap({ () throws(SpoolError) in try spool.isCaptureRunning() }) {
            return .waitingForCapture
        }
        // What was sealed before the capture ended is all there is now.
        guard let opened = try openLast() else {
            try finish()
            return .drained
        }
        try sealPending(isLast: false)
        takeRules()
        try process(opened)
        return .advanced(opened.name.sequence)
    }

    // At a border, so that one segment's calls were all judged by the same rules.
    private mutating func takeRules() {
        let current = rules.current
        guard current.generation != rulesGeneration else { return }
        engine.replaceRules(current.rules)
        if let filter = current.filter {
            engine.replaceFilter(ports: filter.ports, networks: filter.networks)
        }
        rulesGeneration = current.generation
    }

    private mutating func process(_ opened: OpenedSegment) throws(AssemblyError) {
        let name = SegmentName(stage: .calls, lane: lane, sequence: opened.name.sequence)
        var segment = PendingSegment(sequence: name.sequence, skipped: opened.skipped)
        try AssemblyError.wrap { () throws(SpoolError) in
            segment.isSealed = name.sequence < committed
            if !segment.isSealed {
                segment.isSealed = try SegmentWriter.isSealed(
                    name, layout: spool.layout, files: spool.files)
            }
            if !segment.isSealed { try writer.open(sequence: name.sequence) }
        }
        feed.begin(name.sequence)
        reading: while true {
            switch try read() {
            case .bytes: feed.run(into: &engine)
            case .damaged(let damage):
                segment.damagedBytes &+= damage.count
                feed.hole(into: &engine)
            case .end(let lostBytes):
                segment.damagedBytes &+= lostBytes
                break reading
            }
            if engine.output.count >= LaneRunner.writeBytes { try writeOutput(&segment) }
        }
        feed.end(into: &engine)
        try writeOutput(&segment)
        reader.close()
        segment.tally = feed.tally
        pending = segment
    }

    private mutating func read() throws(AssemblyError) -> SegmentRead {
        do throws(SpoolError) {
            return try reader.read(into: &feed.window)
        } catch {
            throw .spool(error)
        }
    }

    mutating func writeOutput(_ segment: inout PendingSegment) throws(AssemblyError) {
        defer { engine.output.removeAll() }
        guard !segment.isSealed, !engine.output.isEmpty else { return }
        segment.callBytes &+= UInt64(engine.output.count)
        do throws(SpoolError) {
            try writer.write(engine.output.span)
        } catch {
            throw .spool(error)
        }
    }
}
