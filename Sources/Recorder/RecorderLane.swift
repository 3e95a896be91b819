// What the threads of a lane tell each other and the world: numbers, published a few times a
// second.

import Platform
import Spool
import Synchronization

/// The public face of one lane.
public final class RecorderLane: Sendable {
    struct State: Sendable {
        var counters = RecorderCounters()
        var lost = LostPackets()
        var sources: [SourceNumbers] = []
        /// Segments handed to the sealer, until it reports.
        var inFlight: [UInt64: SegmentContent] = [:]
        /// What was to be said by segments that failed.
        var returned: [SegmentContent] = []
        /// Unprocessed segments deleted to make room, and their bytes: said by no manifest yet.
        var droppedSegments = PacketCount()
    }

    /// The lane.
    public let lane: UInt32
    let state = Mutex(State())
    /// Bytes of the open segment's file.
    let openBytes = Atomic<UInt64>(0)

    init(lane: UInt32) { self.lane = lane }

    /// What the lane did so far.
    public var counters: RecorderCounters { state.withLock { $0.counters } }

    /// What the lane did not store so far.
    public var lost: LostPackets { state.withLock { $0.lost } }

    /// What came from outside, by interface index.
    public var sources: [SourceNumbers] { state.withLock { $0.sources } }

    /// Publishes the numbers of an interface: the capture thread does, some times a second.
    func publish(_ numbers: SourceNumbers, at index: Int) {
        state.withLock { state in
            while state.sources.count <= index { state.sources.append(SourceNumbers()) }
            state.sources[index] = numbers
        }
    }

    /// A segment was sealed.
    func sealed(_ segment: SealedSegment) {
        state.withLock { state in
            state.inFlight[segment.name.sequence] = nil
            state.counters.sealedSegments &+= 1
            state.counters.sealedBytes &+= segment.facts.storedBytes
        }
    }

    /// A segment was not sealed; what it should have said is said again, unless readers see it.
    func failed(_ name: SegmentName, isVisible: Bool) {
        state.withLock { state in
            state.counters.failedSegments &+= 1
            guard let content = state.inFlight.removeValue(forKey: name.sequence) else { return }
            if !isVisible { state.returned.append(content) }
        }
    }
}
