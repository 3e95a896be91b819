// The place noted now and then, with the flows that are open there.
//
// A place that cannot be written (a full disk, say) is no reason to stand still: the one before is
// good, the packet segments since it are kept, and the next border tries again.

import Bytes
import Calls
import Platform
import Spool

extension LaneRunner {
    /// Why a place is noted.
    enum NoteReason {
        /// Enough segments were read since the last one.
        case due
        /// There is nothing to do.
        case idle
        /// The process ends.
        case stop
    }

    /// Without snapshots: how many segments a restart reads again at most.
    static let rewindSegments: UInt64 = 128
    /// Snapshots take at most one part in so many of the time.
    static let snapshotShare: Int64 = 20
    /// About what a snapshot holds of a flow beside its held bytes.
    static let snapshotBytesPerFlow = 1024

    /// Writes down how far the lane is; a failure is counted.
    mutating func noteIfPossible(_ reason: NoteReason) {
        do throws(AssemblyError) {
            try notePlace(reason)
        } catch {
            let text = "\(error)"
            segmentsSinceNote = reason == .due ? 0 : segmentsSinceNote
            report.update { numbers in
                numbers.snapshotsFailed &+= 1
                numbers.snapshotFailure = text
            }
        }
    }

    private mutating func notePlace(_ reason: NoteReason) throws(AssemblyError) {
        // While a restart reads again, the engine is not where the calls are: nothing to note.
        guard segmentsSinceNote > 0, pending == nil, position == committed else { return }
        var place = LaneState(next: committed, from: committed)
        if quietFrom != committed {
            if reason == .idle { return }
            let now = spool.time.monotonicNanoseconds()
            if reason == .due, now < snapshotNotBefore { return }
            place.oldest = engine.oldestNeededSegment
            if isSavable {
                place.snapshot = try writeSnapshot(since: now)
            } else {
                report.update { $0.snapshotsOverLimit &+= 1 }
                let farthest = LaneRunner.rewindSegments
                let limit = committed > farthest ? committed - farthest : 0
                place.from = max(quietFrom, place.oldest ?? 0, limit)
                place.oldest = nil
            }
        }
        try store(place)
        segmentsSinceNote = 0
    }

    private var isSavable: Bool {
        let about =
            engine.heldByteCount + max(engine.flowCount, 0) * LaneRunner.snapshotBytesPerFlow
        return about <= options.snapshotLimitBytes
    }

    /// With nothing to do: status shall show what is done, though a restart would read it again.
    mutating func noteProgress() throws(AssemblyError) {
        let book = book
        let (lane, next, needed) = (lane, committed, state.from)
        try AssemblyError.wrap { () throws(SpoolError) in
            try book.note(lane, next: next, needed: needed)
        }
    }

    private mutating func writeSnapshot(since start: Int64) throws(AssemblyError) -> String {
        snapshot.removeAll()
        FlowSnapshot.append(
            engine, lane: lane, next: committed, settings: options.engine.stateFingerprint,
            to: &snapshot)
        let store = snapshots
        let next = committed
        do throws(IOError) {
            let name = try store.write(snapshot.span, before: next)
            let size = UInt64(snapshot.count)
            snapshot.trim(toCapacity: 16 << 20)
            let end = spool.time.monotonicNanoseconds()
            snapshotNotBefore = end + (end - start) * LaneRunner.snapshotShare
            report.update { numbers in
                numbers.snapshots &+= 1
                numbers.snapshotBytes &+= size
                numbers.snapshotNanoseconds &+= UInt64(max(end - start, 0))
            }
            return name
        } catch {
            snapshot.trim(toCapacity: 16 << 20)
            throw .spool(.io(error))
        }
    }

    mutating func store(_ place: LaneState) throws(AssemblyError) {
        let file = stateFile
        let snapshots = snapshots
        let book = book
        let lane = lane
        try AssemblyError.wrap { () throws(SpoolError) in
            try file.store(place)
            do throws(IOError) {
                try snapshots.removeAll(but: place.snapshot)
            } catch {
                throw .io(error)
            }
            try book.note(lane, next: place.next, needed: place.from)
        }
        state = place
    }
}
