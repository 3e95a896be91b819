// `state/ship-<sink>.json`: what a sink has acknowledged. A SinkCursor reads the same file; this
// one also keeps a file sink's mark.

public import Spool

/// How far a sink is.
public struct ShipCursor: Codable, Sendable, Equatable {
    /// The sink's name.
    public var sink: String
    /// What is acknowledged: everything before these places.
    public var acknowledged = LaneCursors()
    /// What is done beyond these places, by lane, when the newest goes first.
    public var ahead: [String: DoneAhead]?
    /// The first segment that was there for this sink, per lane: the ledger counts from it.
    public var began: LaneCursors?
    /// Totals since the spool began: `lines`, `bytes`, `batches`, `retries`, `dead`, `oversized`,
    /// `damaged_bytes`, `missing_segments`.
    public var totals: [String: UInt64] = [:]
    /// Wall clock of the last acknowledgement, nanoseconds since 1970.
    public var lastAcknowledgedNanoseconds: Int64?
    /// The file a file sink writes, and how much of it counts.
    public var mark: SinkMark?

    /// A sink that has nothing yet.
    public init(sink: String) { self.sink = sink }
}

extension ShipCursor {
    /// Whether segments of a lane are done out of order.
    func isAhead(_ lane: UInt32) -> Bool { ahead?[String(lane)] != nil }

    /// Whether all of a segment is done.
    func isDone(_ lane: UInt32, _ sequence: UInt64) -> Bool {
        if let place = acknowledged[lane], sequence < place.sequence { return true }
        return ahead?[String(lane)]?.contains(sequence) ?? false
    }

    /// Lines done of a segment.
    func linesDone(_ lane: UInt32, _ sequence: UInt64) -> UInt64 {
        if let place = acknowledged[lane], place.sequence == sequence, place.line > 0 {
            return place.line
        }
        return ahead?[String(lane)]?.linesDone(of: sequence) ?? 0
    }

    /// Notes how far a segment is.
    ///
    /// - Parameter inOrder: Whether everything before it is done or was never there.
    mutating func note(_ lane: UInt32, _ sequence: UInt64, line: UInt64, inOrder: Bool) {
        let isAtPlace = acknowledged[lane]?.sequence == sequence
        if inOrder || !isAhead(lane) || isAtPlace {
            acknowledged[lane] = Position(sequence: sequence, line: line)
        } else {
            ahead?[String(lane)]?.note(sequence, line: line)
        }
    }

    /// Notes that all of a segment is done.
    ///
    /// - Parameter inOrder: Whether everything before it is done or was never there.
    mutating func finish(_ lane: UInt32, _ sequence: UInt64, inOrder: Bool) {
        guard var done = ahead?[String(lane)] else {
            move(lane, to: Position(sequence: sequence + 1))
            return
        }
        if inOrder {
            done.forget(sequence)
            move(lane, to: done.absorb(Position(sequence: sequence + 1)))
            set(done.isEmpty ? nil : done, lane)
            return
        }
        done.finish(sequence)
        if let place = acknowledged[lane] { acknowledged[lane] = done.absorb(place) }
        ahead?[String(lane)] = done
    }

    /// A place never goes back: what was absorbed may lie ahead of what is passed over.
    private mutating func move(_ lane: UInt32, to place: Position) {
        acknowledged[lane] = max(acknowledged[lane] ?? place, place)
    }

    private mutating func set(_ done: DoneAhead?, _ lane: UInt32) {
        ahead?[String(lane)] = done
        if ahead?.isEmpty == true { ahead = nil }
    }

    /// From now on segments of a lane are done out of order.
    mutating func goAhead(_ lane: UInt32) {
        if ahead == nil { ahead = [:] }
        if ahead?[String(lane)] == nil { ahead?[String(lane)] = DoneAhead() }
    }

    /// No segment below `next` is left: the lane is in order again.
    ///
    /// - Returns: How many of those below were never there.
    mutating func comeTogether(_ lane: UInt32, next: UInt64) -> UInt64 {
        guard let done = ahead?[String(lane)], done.runs.last.map({ $0.last < next }) ?? true else {
            return 0
        }
        let start = acknowledged[lane]?.sequence ?? done.runs.first?.first ?? next
        let known = done.runs.reduce(UInt64(0)) { sum, run in
            run.first >= next ? sum : sum + (min(run.last, next - 1) - run.first + 1)
        }
        let line = done.linesDone(of: next)
        acknowledged[lane] = Position(sequence: max(next, start), line: line)
        set(nil, lane)
        let span = next > start ? next - start : 0
        return span > known ? span - known : 0
    }
}
