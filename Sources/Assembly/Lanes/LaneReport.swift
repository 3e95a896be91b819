// What a lane tells the rest of the process: written at segment borders, read by metrics and logs.

import Synchronization

/// The news of one lane.
public final class LaneReport: Sendable {
    /// The numbers.
    public struct Numbers: Sendable {
        /// Counters of the rooms, of segments whose calls this process sealed.
        public var counts: [RoomCount] = []
        /// Segments done.
        public var segments: UInt64 = 0
        /// Segments read again after a restart, calls thrown away.
        public var segmentsReadAgain: UInt64 = 0
        /// Packet segments that were missing.
        public var segmentsMissing: UInt64 = 0
        /// Places where packet segments were damaged.
        public var holes: UInt64 = 0
        /// Bytes of them that gave nothing.
        public var damagedBytes: UInt64 = 0
        /// Packets read.
        public var packets: UInt64 = 0
        /// Captured bytes of them.
        public var packetBytes: UInt64 = 0
        /// Calls written.
        public var calls: UInt64 = 0
        /// Bytes of call records written, before compression.
        public var callBytes: UInt64 = 0
        /// Snapshots written.
        public var snapshots: UInt64 = 0
        /// Bytes of them.
        public var snapshotBytes: UInt64 = 0
        /// The time they took, in nanoseconds.
        public var snapshotNanoseconds: UInt64 = 0
        /// Snapshots not written because they would have been over their limit.
        public var snapshotsOverLimit: UInt64 = 0
        /// Snapshots and places that could not be written.
        public var snapshotsFailed: UInt64 = 0
        /// Why the last one could not.
        public var snapshotFailure: String?
        /// Snapshots that could not be read at a start.
        public var snapshotsRefused: UInt64 = 0
        /// Why the last one could not.
        public var snapshotRefusal: String?
        /// Bytes held in flows and messages.
        public var heldBytes = 0
        /// Flows followed.
        public var flows = 0
        /// The next packet segment.
        public var next: UInt64 = 0
        /// The last packet's time.
        public var lastNanoseconds: Int64?
    }

    /// The lane.
    public let lane: UInt32
    private let state = Mutex(Numbers())

    /// Begins at zero.
    public init(lane: UInt32) { self.lane = lane }

    /// The numbers now.
    public var numbers: Numbers { state.withLock { $0 } }

    func update(_ change: (inout Numbers) -> Void) { state.withLock { change(&$0) } }
}
