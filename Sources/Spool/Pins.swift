// Segments an operator wants kept: `state/pins.json`. Retention leaves them, drop-oldest too; they
// count in the budget.

/// Segments an operator wants kept.
public struct Pins: Codable, Equatable, Sendable {
    /// A pinned run of segments.
    public struct Range: Codable, Equatable, Sendable {
        /// The stage.
        public var stage: SpoolStage
        /// The lane.
        public var lane: UInt32
        /// The first sequence.
        public var first: UInt64
        /// The last sequence.
        public var last: UInt64
        /// Why.
        public var reason: String
        /// The pin it belongs to; a pin is a run in each lane and stage.
        public var name: String?
        /// The packet time that was asked for, nanoseconds since 1970.
        public var fromNanoseconds: Int64?
        /// The first moment behind it.
        public var toNanoseconds: Int64?
        /// When it was made, wall clock.
        public var madeNanoseconds: Int64?

        /// Pins a run.
        public init(
            stage: SpoolStage, lane: UInt32, first: UInt64, last: UInt64, reason: String = ""
        ) {
            self.stage = stage
            self.lane = lane
            self.first = first
            self.last = last
            self.reason = reason
        }

        /// Whether a segment is in the run.
        public func contains(_ name: SegmentName) -> Bool {
            stage == name.stage && lane == name.lane && first <= name.sequence
                && name.sequence <= last
        }
    }

    /// The pinned runs.
    public var ranges: [Range] = []

    /// Nothing is pinned.
    public init() {}

    /// The file's name in `state/`.
    public static let fileName = "pins.json"

    /// Whether nothing is pinned.
    public var isEmpty: Bool { ranges.isEmpty }

    /// Whether a segment is pinned.
    public func contain(_ name: SegmentName) -> Bool { ranges.contains { $0.contains(name) } }
}
