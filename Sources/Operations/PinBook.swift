// Pins by name: packets and calls of a time range that retention leaves alone until they are
// unpinned.

public import Assembly
import Platform
import Spool

/// Reads and writes the pins of a spool.
public struct PinBook {
    /// One pin with what it keeps.
    public struct Entry: Sendable, Equatable, Encodable {
        /// Its name.
        public var name: String
        /// The packet time that was asked for.
        public var fromNanoseconds: Int64?
        /// The first moment behind it.
        public var toNanoseconds: Int64?
        /// When it was made.
        public var madeNanoseconds: Int64?
        /// Segments kept that are there.
        public var segments = 0
        /// Their bytes.
        public var bytes: UInt64 = 0
    }

    /// Why a pin cannot be made or removed.
    public enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
        /// Nothing of that time is retained.
        case nothingRetained
        /// There is a pin of that name.
        case exists(String)
        /// There is no pin of that name.
        case unknown(String)
        /// The name is none.
        case badName(String)

        /// One line.
        public var description: String {
            switch self {
            case .nothingRetained: "no segment of that time is retained: nothing to pin"
            case .exists(let name): "there is a pin '\(name)' already: choose another --name"
            case .unknown(let name): "there is no pin '\(name)': see 'earshot pin --list'"
            case .badName(let name):
                "'\(name)' is no name: use letters, digits, dots and dashes, at most 64"
            }
        }
    }

    private let spool: LaneSpool
    private let store: StateFile<Pins>

    /// The most runs kept: every housekeeping looks at all of them.
    public static let maximumRuns = 4096

    /// Opens the pins of a spool.
    public init(_ spool: LaneSpool) {
        self.spool = spool
        store = StateFile(
            Pins.self, name: Pins.fileName, layout: spool.layout, files: spool.files)
    }

    /// Makes a pin.
    ///
    /// - Parameters:
    ///   - name: Its name; nil takes the next free number.
    ///   - time: The packets' time.
    ///   - lanes: The lanes; empty is all.
    /// - Returns: What it keeps.
    public func pin(name: String?, time: TimeRange, lanes: Set<UInt32>) throws -> Entry {
        if let name, !PinBook.isName(name) { throw Failure.badName(name) }
        let lock = try SpoolLock(role: "pins", layout: spool.layout, files: spool.files)
        var pins = try store.load()?.value ?? Pins()
        let taken = Set(pins.ranges.compactMap(\.name))
        if let name, taken.contains(name) { throw Failure.exists(name) }
        var number = 1
        while taken.contains("pin-\(number)") { number += 1 }
        let name = name ?? "pin-\(number)"
        let runs = try runs(of: time, lanes)
        if runs.isEmpty { throw Failure.nothingRetained }
        for var run in runs {
            run.name = name
            run.fromNanoseconds = time.from
            run.toNanoseconds = time.to
            run.madeNanoseconds = spool.time.wallNanoseconds()
            pins.ranges.append(run)
        }
        guard pins.ranges.count <= PinBook.maximumRuns else {
            throw SpoolError.unwritable(
                path: store.path, reason: "\(PinBook.maximumRuns) runs are the most; unpin some")
        }
        try store.store(pins)
        _ = consume lock
        return try entries().first { $0.name == name } ?? Entry(name: name)
    }

    /// Removes a pin.
    public func unpin(_ name: String) throws {
        let lock = try SpoolLock(role: "pins", layout: spool.layout, files: spool.files)
        var pins = try store.load()?.value ?? Pins()
        let before = pins.ranges.count
        pins.ranges.removeAll { PinBook.name(of: $0) == name }
        guard pins.ranges.count < before else { throw Failure.unknown(name) }
        try store.store(pins)
        _ = consume lock
    }

    /// All pins, oldest first.
    public func entries() throws -> [Entry] {
        let pins = try store.load()?.value ?? Pins()
        var entries: [Entry] = []
        for run in pins.ranges {
            let name = PinBook.name(of: run)
            if !entries.contains(where: { $0.name == name }) {
                entries.append(
                    Entry(
                        name: name, fromNanoseconds: run.fromNanoseconds,
                        toNanoseconds: run.toNanoseconds, madeNanoseconds: run.madeNanoseconds))
            }
            guard let index = entries.firstIndex(where: { $0.name == name }) else { continue }
            for sequence in try RetainedSegments.sequences(run.stage, run.lane, in: spool) {
                let segment = SegmentName(stage: run.stage, lane: run.lane, sequence: sequence)
                guard run.contains(segment) else { continue }
                entries[index].segments += 1
                let status = try spool.files.status(spool.layout.sealedPath(segment))
                entries[index].bytes += UInt64(clamping: status?.size ?? 0)
            }
        }
        return entries
    }

    /// Runs without a name were written by hand.
    private static func name(of run: Pins.Range) -> String { run.name ?? "unnamed" }

    static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 64
            && text.unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil)
                    || $0 == "-" || $0 == "." || $0 == "_"
            }
    }

    /// The calls of packet segment N are call segment N: a run has the same numbers in both stages.
    private func runs(of time: TimeRange, _ lanes: Set<UInt32>) throws -> [Pins.Range] {
        var numbers: [UInt32: ClosedRange<UInt64>] = [:]
        func add(_ lane: UInt32, _ sequences: ClosedRange<UInt64>) {
            let known = numbers[lane] ?? sequences
            numbers[lane] =
                min(
                    known.lowerBound, sequences.lowerBound)...max(
                    known.upperBound, sequences.upperBound)
        }
        for stage in SpoolStage.allCases {
            for lane in try RetainedSegments.lanes(stage, lanes, in: spool) {
                let all = try RetainedSegments.all(stage, lane, in: spool)
                let found = all.filter { segment in
                    guard let last = segment.last else { return false }
                    return time.overlaps(segment.first ?? last, last)
                }
                if let first = found.first, let last = found.last {
                    add(lane, first.sequence...last.sequence)
                }
                // The range may reach into the segment that is being written.
                let timed = all.last { $0.last != nil }
                if let newest = all.last, let timed, let last = timed.last,
                    last >= time.from ?? .min, time.to.map({ $0 > last }) ?? true
                {
                    add(lane, timed.sequence...newest.sequence + 1)
                }
            }
        }
        return numbers.sorted { $0.key < $1.key }.flatMap { lane, sequences in
            SpoolStage.allCases.map { stage in
                Pins.Range(
                    stage: stage, lane: lane, first: sequences.lowerBound,
                    last: sequences.upperBound)
            }
        }
    }
}
