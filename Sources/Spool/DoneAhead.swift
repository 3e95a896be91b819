// What a sink has done ahead of its place, when the newest goes first: runs of whole segments, and
// how far it is in those begun. Below the place everything is done; a run that reaches it is
// absorbed, so that the list stays short.

/// A run of segments.
public struct SequenceRun: Codable, Hashable, Sendable {
    /// The first one.
    public var first: UInt64
    /// The last one.
    public var last: UInt64

    /// Names a run.
    public init(first: UInt64, last: UInt64) {
        self.first = first
        self.last = last
    }
}

/// Segments of a lane done out of order.
public struct DoneAhead: Codable, Hashable, Sendable {
    /// Runs of whole segments, ascending, never touching.
    public private(set) var runs: [SequenceRun] = []
    /// Lines done of segments begun, by sequence.
    private var lines: [String: UInt64] = [:]

    /// Nothing is done ahead.
    public init() {}

    /// Whether nothing is.
    public var isEmpty: Bool { runs.isEmpty && lines.isEmpty }

    /// Whether all of a segment is done.
    public func contains(_ sequence: UInt64) -> Bool {
        var (low, high) = (0, runs.count)
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].last < sequence { low = middle + 1 } else { high = middle }
        }
        return low < runs.count && runs[low].first <= sequence
    }

    /// Lines done of a segment that is not done as a whole.
    public func linesDone(of sequence: UInt64) -> UInt64 { lines[String(sequence)] ?? 0 }

    /// Notes how far a segment is.
    public mutating func note(_ sequence: UInt64, line: UInt64) { lines[String(sequence)] = line }

    /// Forgets how far a segment is: another place knows.
    public mutating func forget(_ sequence: UInt64) { lines[String(sequence)] = nil }

    /// Notes that all of a segment is done.
    public mutating func finish(_ sequence: UInt64) {
        lines[String(sequence)] = nil
        if contains(sequence) { return }
        let index = runs.firstIndex { $0.first > sequence } ?? runs.count
        runs.insert(SequenceRun(first: sequence, last: sequence), at: index)
        if index + 1 < runs.count, runs[index + 1].first == sequence + 1 {
            runs[index].last = runs[index + 1].last
            runs.remove(at: index + 1)
        }
        if index > 0, runs[index - 1].last + 1 == sequence {
            runs[index - 1].last = runs[index].last
            runs.remove(at: index)
        }
    }

    /// Takes the runs that begin at or below a place, and says where it moves to.
    public mutating func absorb(_ place: Position) -> Position {
        var place = place
        while let run = runs.first, run.first <= place.sequence {
            if run.last >= place.sequence { place = Position(sequence: run.last + 1) }
            runs.removeFirst()
        }
        return place
    }

    /// The number of segments done.
    public var count: UInt64 { runs.reduce(0) { $0 + ($1.last - $1.first + 1) } }
}
