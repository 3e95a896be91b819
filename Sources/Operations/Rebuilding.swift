// Calls once more from packets, with today's parser and rules.
//
// A call's id comes from its flow's first packet: a flow that is picked up in its middle gives
// other ids. So reading begins with the oldest segment retained, unless the operator knows better.

public import Assembly
import Bytes
public import Calls
import Platform
import Records
public import Rules
import Spool

/// Builds retained calls again.
public struct Rebuilding {
    /// What it came to.
    public struct Tally: Sendable, Equatable {
        /// What reading came to, over all lanes.
        public var reading = SpoolReading.Tally()
        /// Calls found.
        public var calls: UInt64 = 0
        /// Of them, those that were picked.
        public var picked: UInt64 = 0
    }

    private let spool: LaneSpool
    /// Which calls.
    public var selection = CallSelection()
    /// The lanes; empty is all.
    public var lanes: Set<UInt32> = []
    /// How long before the range reading begins; nil is with the oldest segment retained.
    public var leadNanoseconds: Int64?
    /// How long behind the range calls are waited for that began in it.
    public var tailNanoseconds: Int64 = 600_000_000_000
    /// The way from packets to calls.
    public var options = EngineOptions()
    /// The logging rules; nil keeps everything.
    public var rules: RuleSet?

    /// Chooses a spool.
    public init(_ spool: LaneSpool) { self.spool = spool }

    /// Calls `body` with every record picked, its line feed included.
    public func forEach(
        _ body: (Span<UInt8>, LinePlace) throws -> Void
    ) throws -> Tally {
        var tally = Tally()
        for lane in try RetainedSegments.lanes(.packets, lanes, in: spool) {
            try read(lane, &tally, body)
        }
        return tally
    }

    /// The host that the first call retained names; nil when none is.
    public static func recordedHost(in spool: LaneSpool) throws -> String? {
        struct Found: Error {}
        var host: String?
        var calls = RetainedCalls(spool, CallSelection())
        var fields = CallFields()
        do {
            try calls.forEach { line, _ in
                try fields.read(line.extracting(0..<(line.count - 1)))
                host = fields.text("host")
                throw Found()
            }
        } catch is Found {}
        return host
    }

    private func read(
        _ lane: UInt32, _ tally: inout Tally, _ body: (Span<UInt8>, LinePlace) throws -> Void
    ) throws {
        let all = try RetainedSegments.all(.packets, lane, in: spool)
        let wanted = all.filter { isWanted($0) }
        // What is open at the end of all packets is reported when no more can come.
        let isAll = wanted.last?.sequence == all.last?.sequence
        let drains = try isAll && !spool.isCaptureRunning()
        var reading = SpoolReading(spool, lane: lane, options: options, rules: rules)
        var fields = CallFields()
        var place = LinePlace(lane: lane, sequence: 0, line: 0)
        var counts = Tally()
        try reading.read(wanted.map(\.sequence), drains: drains) { lines, sequence in
            if place.sequence != sequence {
                place = LinePlace(lane: lane, sequence: sequence, line: 0)
            }
            var start = 0
            while let end = Scan.firstIndex(of: 0x0A, in: lines, from: start) {
                let line = lines.extracting(start..<(end + 1))
                start = end + 1
                counts.calls += 1
                if try takes(line, &fields) {
                    counts.picked += 1
                    try body(line, place)
                }
                place.line += 1
            }
        }
        tally.calls += counts.calls
        tally.picked += counts.picked
        tally.reading.segments += reading.tally.segments
        tally.reading.packets += reading.tally.packets
        tally.reading.vanished += reading.tally.vanished
        tally.reading.damagedBytes += reading.tally.damagedBytes
        tally.reading.openFlows += reading.tally.openFlows
    }

    private func isWanted(_ segment: RetainedSegment) -> Bool {
        guard let last = segment.last else { return true }
        if let leadNanoseconds, let from = selection.time.from, last < from - leadNanoseconds {
            return false
        }
        guard let to = selection.time.to else { return true }
        let (end, isNever) = to.addingReportingOverflow(tailNanoseconds)
        return isNever || (segment.first ?? last) < end
    }

    private func takes(_ line: Span<UInt8>, _ fields: inout CallFields) throws -> Bool {
        if !selection.time.isOpen {
            guard let time = CallTime.nanoseconds(of: line), selection.time.contains(time) else {
                return false
            }
        }
        if selection.isTimeOnly { return true }
        try fields.read(line.extracting(0..<(line.count - 1)))
        return selection.takes(fields)
    }
}
