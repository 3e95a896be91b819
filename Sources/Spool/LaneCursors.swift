// How far a reader is, per lane.

/// A place in a lane: a line of a segment.
public struct Position: Codable, Hashable, Comparable, Sendable {
    /// The segment.
    public var sequence: UInt64
    /// Lines of it that are done; 0 is its start.
    public var line: UInt64

    /// Names a place.
    public init(sequence: UInt64, line: UInt64 = 0) {
        self.sequence = sequence
        self.line = line
    }

    /// Orders by segment, then line.
    public static func < (left: Position, right: Position) -> Bool {
        (left.sequence, left.line) < (right.sequence, right.line)
    }
}

/// Where a reader goes on, per lane.
///
/// In JSON: `{"lanes": {"0": {"sequence": 12, "line": 0}}}`.
public struct LaneCursors: Codable, Equatable, Sendable {
    private var lanes: [String: Position] = [:]

    /// No lane was begun.
    public init() {}

    /// Where a lane goes on; nil when it was not begun.
    public subscript(lane: UInt32) -> Position? {
        get { lanes[String(lane)] }
        set { lanes[String(lane)] = newValue }
    }

    /// The lanes begun, in order.
    public var started: [UInt32] { lanes.keys.compactMap { UInt32($0) }.sorted() }
}

/// How far assemble is: `state/assemble.json`. Segments below a lane's position are assembled,
/// their call segments sealed.
public struct AssembleState: Codable, Equatable, Sendable {
    /// The next packet segment per lane.
    public var next = LaneCursors()
    /// The oldest packet segment per lane that a restart must read again (that of the last
    /// snapshot); retention keeps it and those after it.
    public var needed = LaneCursors()

    /// Nothing was assembled.
    public init() {}

    /// The file's name in `state/`.
    public static let fileName = "assemble.json"
}

/// How far one sink is: `state/ship-<sink>.json`.
public struct SinkCursor: Codable, Equatable, Sendable {
    /// The sink's name.
    public var sink: String
    /// What is acknowledged: everything before these places.
    public var acknowledged = LaneCursors()
    /// Totals since the spool began, by name: lines acknowledged, refused, retried, bytes.
    public var totals: [String: UInt64] = [:]
    /// Wall clock of the last acknowledgement, nanoseconds since 1970.
    public var lastAcknowledgedNanoseconds: Int64?

    /// A sink that has nothing yet.
    public init(sink: String) { self.sink = sink }

    /// The file's name in `state/` for a sink whose name is letters, digits, dots, dashes.
    public static func fileName(sink: String) -> String { "ship-\(sink).json" }
}

/// Segments an operator wants kept: `state/pins.json`.
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
    }

    /// The pinned runs.
    public var ranges: [Range] = []

    /// Nothing is pinned.
    public init() {}

    /// The file's name in `state/`.
    public static let fileName = "pins.json"

    /// Whether a segment is pinned.
    public func contain(_ name: SegmentName) -> Bool {
        ranges.contains {
            $0.stage == name.stage && $0.lane == name.lane && $0.first <= name.sequence
                && name.sequence <= $0.last
        }
    }
}
