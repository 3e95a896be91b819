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
    /// What is done beyond these places, by lane, when the newest goes first.
    public var ahead: [String: DoneAhead]?
    /// The first segment that was there for this sink, per lane.
    public var began: LaneCursors?
    /// Totals since the spool began, by name: lines acknowledged, refused, retried, bytes.
    public var totals: [String: UInt64] = [:]
    /// Wall clock of the last acknowledgement, nanoseconds since 1970.
    public var lastAcknowledgedNanoseconds: Int64?

    /// A sink that has nothing yet.
    public init(sink: String) { self.sink = sink }

    /// How many lines of a segment are done; nil is all of them.
    public func linesDone(_ lane: UInt32, _ sequence: UInt64) -> UInt64? {
        if let place = acknowledged[lane] {
            if sequence < place.sequence { return nil }
            if sequence == place.sequence, place.line > 0 { return place.line }
        }
        guard let ahead = ahead?[String(lane)] else { return 0 }
        return ahead.contains(sequence) ? nil : ahead.linesDone(of: sequence)
    }

    /// The file's name in `state/` for a sink whose name is letters, digits, dots, dashes.
    public static func fileName(sink: String) -> String { "ship-\(sink).json" }
}
