// The call records of a spool, line by line, as a selection picks them.

public import Assembly
import Bytes
import Compression
import Platform
import Records
import Spool

/// Where a line stands.
public struct LinePlace: Sendable, Hashable {
    /// The lane.
    public var lane: UInt32
    /// The call segment.
    public var sequence: UInt64
    /// The line's number in it, from 0.
    public var line: UInt64
}

/// Reads retained call records.
public struct RetainedCalls: ~Copyable {
    /// What reading came to.
    public struct Tally: Sendable, Equatable {
        /// Segments read.
        public var segments: UInt64 = 0
        /// Lines read.
        public var lines: UInt64 = 0
        /// Of them, those that were picked.
        public var picked: UInt64 = 0
        /// Lines that are no records.
        public var unreadable: UInt64 = 0
        /// Bytes of damaged blocks.
        public var damagedBytes: UInt64 = 0
        /// Segments that were deleted while they were wanted.
        public var vanished: UInt64 = 0
    }

    private let spool: LaneSpool
    private let selection: CallSelection
    private var fields = CallFields()
    private var window = ByteBuffer()
    /// What reading came to.
    public private(set) var tally = Tally()

    /// The most bytes of a line that is waited for.
    static let maximumLineBytes = 256 << 20

    /// Prepares to read.
    public init(_ spool: LaneSpool, _ selection: CallSelection) {
        self.spool = spool
        self.selection = selection
    }

    /// Calls `body` with every record picked, its line feed included, until it throws.
    public mutating func forEach(
        lanes wanted: Set<UInt32> = [], _ body: (Span<UInt8>, LinePlace) throws -> Void
    ) throws {
        for lane in try RetainedSegments.lanes(.calls, wanted, in: spool) {
            let segments = try RetainedSegments.calls(lane, in: selection.time, of: spool)
            for segment in segments { try read(lane, segment.sequence, body) }
        }
    }

    /// Calls `body` with the records picked of one segment.
    public mutating func read(
        _ lane: UInt32, _ sequence: UInt64, _ body: (Span<UInt8>, LinePlace) throws -> Void
    ) throws {
        var reader = SegmentReader(
            files: spool.files, layout: spool.layout, stage: .calls, lane: lane, from: sequence)
        guard let opened = try reader.openNext(), opened.name.sequence == sequence else {
            tally.vanished += 1
            return
        }
        tally.segments += 1
        var place = LinePlace(lane: lane, sequence: sequence, line: 0)
        var isBehindHole = false
        window.removeAll()
        while true {
            let read = try reader.read(into: &window)
            try takeLines(&place, &isBehindHole, body)
            switch read {
            case .bytes: continue
            case .damaged(let damage):
                tally.damagedBytes += damage.count
                window.removeAll()
                isBehindHole = true
            case .end(let lost):
                tally.damagedBytes += lost
                return
            }
        }
    }

    /// Hands on the whole lines in the window; the first one behind a hole has lost its beginning.
    private mutating func takeLines(
        _ place: inout LinePlace, _ isBehindHole: inout Bool,
        _ body: (Span<UInt8>, LinePlace) throws -> Void
    ) throws {
        var bytes = ByteBuffer()
        swap(&bytes, &window)
        var start = 0
        while let end = Scan.firstIndex(of: 0x0A, in: bytes.span, from: start) {
            let line = bytes.span(from: start, count: end - start)
            start = end + 1
            if isBehindHole {
                isBehindHole = false
                continue
            }
            tally.lines += 1
            if takes(line) {
                tally.picked += 1
                try body(bytes.span(from: start - line.count - 1, count: line.count + 1), place)
            }
            place.line += 1
        }
        bytes.removeFirst(start)
        if bytes.count > RetainedCalls.maximumLineBytes {
            bytes.removeAll()
            isBehindHole = true
        }
        swap(&bytes, &window)
    }

    private mutating func takes(_ line: Span<UInt8>) -> Bool {
        if !selection.time.isOpen {
            guard let time = CallTime.nanoseconds(of: line), selection.time.contains(time) else {
                return false
            }
        }
        if selection.isTimeOnly { return true }
        do throws(RecordError) {
            try fields.read(line)
        } catch {
            tally.unreadable += 1
            return false
        }
        return selection.takes(fields)
    }
}
