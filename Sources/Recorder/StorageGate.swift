// Whether there is room for packets: the budget, the free-space floor, and what may be deleted.
//
// Rule: unprocessed segments are deleted only under drop-oldest. At the limit nothing more is
// stored but markers, which say how much was refused and fit into the reserve.

import Platform
import Spool
import Synchronization

/// Guards the room of the packet stage for all lanes.
public final class StorageGate: Sendable {
    private struct State: Sendable {
        var retention: Retention
        var lastLook: Int64
        var isAllowed = true
        var deletedSegments: UInt64 = 0
        var droppedSegments: UInt64 = 0
    }

    private let layout: SpoolLayout
    private let files: any FileSystem
    private let time: any TimeSource
    private let events: RecorderEvents
    private let state: Mutex<State>
    private let lanes: [RecorderLane]

    /// How often the file system is asked for its free space.
    static let lookNanoseconds: Int64 = 1_000_000_000

    init(
        limits: RetentionLimits, layout: SpoolLayout, files: any FileSystem, time: any TimeSource,
        lanes: [RecorderLane], events: RecorderEvents
    ) throws(SpoolError) {
        self.layout = layout
        self.files = files
        self.time = time
        self.events = events
        self.lanes = lanes
        state = Mutex(
            State(
                retention: try Retention(.packets, limits: limits, layout: layout, files: files),
                lastLook: time.monotonicNanoseconds()))
    }

    /// Bytes of all sealed segments and manifests.
    public var storedBytes: UInt64 { state.withLock { $0.retention.inventory.bytes } }

    /// Whether packets are stored now.
    public var isAllowed: Bool { state.withLock { $0.isAllowed } }

    /// Segments deleted so far: processed ones, and unprocessed ones to make room.
    public var deleted: (processed: UInt64, unprocessed: UInt64) {
        state.withLock { ($0.deletedSegments, $0.droppedSegments) }
    }

    /// Whether a buffer of packets may be stored.
    func mayStore(now: Int64) -> Bool {
        let open = openBytes
        let (isAllowed, wasAllowed) = state.withLock { state in
            if now - state.lastLook >= Self.lookNanoseconds { look(&state, now: now) }
            let before = state.isAllowed
            state.isAllowed = state.retention.admission(openBytes: open) == .accept
            return (state.isAllowed, before)
        }
        if isAllowed != wasAllowed { tell(isAllowed) }
        return isAllowed
    }

    /// Whether a marker may be stored: it comes out of the reserve, so that refusals can be said.
    func mayStoreMarker(now: Int64) -> Bool {
        state.withLock { $0.retention.admission(openBytes: 0) != .noFreeSpace }
            || lanes.contains { !$0.lost.isZero }
    }

    /// Asks the file system again.
    func refresh(now: Int64) { state.withLock { look(&$0, now: now) } }

    private func look(_ state: inout State, now: Int64) {
        state.lastLook = now
        do throws(SpoolError) {
            try state.retention.look()
        } catch {
            // Unknown free space keeps what was known: the write itself will tell.
        }
    }

    /// Counts a segment just sealed.
    func add(_ segment: SealedSegment) { state.withLock { $0.retention.add(segment) } }

    /// Deletes what may go: once a second, or when there is no room.
    public func housekeep() {
        let open = openBytes
        let wall = time.wallNanoseconds()
        do throws(SpoolError) {
            let processed = try processedBelow()
            let report = try state.withLock { state throws(SpoolError) in
                let report = try state.retention.collect(
                    wallNanoseconds: wall, openBytes: open, processedBelow: processed)
                state.deletedSegments &+= report.deleted
                state.droppedSegments &+= UInt64(report.dropped.count)
                state.lastLook = time.monotonicNanoseconds()
                return report
            }
            for (index, name) in report.dropped.enumerated() {
                guard let lane = lanes.first(where: { $0.lane == name.lane }) ?? lanes.first else {
                    break
                }
                // Bytes are known for all of them together only.
                let bytes = index == 0 ? report.droppedBytes : 0
                lane.state.withLock {
                    $0.droppedSegments.add(PacketCount(packets: 1, bytes: bytes))
                }
            }
        } catch {
            events.send(.housekeepingFailed(error))
        }
        _ = mayStore(now: time.monotonicNanoseconds())
    }

    private func processedBelow() throws(SpoolError) -> (UInt32) -> UInt64 {
        let file = StateFile(
            AssembleState.self, name: AssembleState.fileName, layout: layout, files: files)
        let assembled = try file.load()?.value
        return { lane in
            let next = assembled?.next[lane]?.sequence ?? 0
            return min(next, assembled?.needed[lane]?.sequence ?? next)
        }
    }

    private var openBytes: UInt64 {
        lanes.reduce(0) { $0 &+ $1.openBytes.load(ordering: .relaxed) }
    }

    private func tell(_ isAllowed: Bool) {
        if isAllowed { return events.send(.storageAllowed) }
        let open = openBytes
        let reason = state.withLock { $0.retention.admission(openBytes: open) }
        switch reason {
        case .accept: break
        case .overBudget: events.send(.storageRefused("the budget is used up"))
        case .noFreeSpace: events.send(.storageRefused("the file system is at its floor"))
        }
    }
}
