// Retained packet segments to calls once more, without committing anything: what
// `earshot replay --reassemble` does. The same engine as a lane's, so the same calls with the same
// ids, as far as the flows are seen from their beginning.

import Bytes
public import Calls
import Compression
public import Rules
import Spool

/// Assembles retained packets of one lane.
public struct SpoolReading: ~Copyable {
    /// What came of it.
    public struct Tally: Sendable, Equatable {
        /// Segments read.
        public var segments: UInt64 = 0
        /// Packets read.
        public var packets: UInt64 = 0
        /// Segments deleted while they were wanted.
        public var vanished: UInt64 = 0
        /// Bytes of segments that gave nothing.
        public var damagedBytes: UInt64 = 0
        /// Flows still open when reading ended; their calls were not reported.
        public var openFlows = 0

        /// Nothing was read.
        public init() {}
    }

    private let spool: LaneSpool
    private let lane: UInt32
    private var engine: Engine
    private var feed = SegmentFeed()
    /// What came of it so far.
    public private(set) var tally = Tally()

    /// Prepares to read.
    ///
    /// - Parameters:
    ///   - spool: The spool.
    ///   - lane: The lane.
    ///   - options: The way from packets to calls.
    ///   - rules: The logging rules; nil keeps everything.
    public init(
        _ spool: LaneSpool, lane: UInt32, options: EngineOptions, rules: RuleSet?
    ) {
        var options = options
        options.calls.lane = lane
        self.spool = spool
        self.lane = lane
        engine = Engine(options, rules: rules)
    }

    /// Reads segments in order and hands on the lines of each.
    ///
    /// - Parameters:
    ///   - sequences: The segments, ascending.
    ///   - drains: Whether everything open is reported at the end.
    ///   - take: Gets whole lines and the segment they were found in.
    public mutating func read(
        _ sequences: [UInt64], drains: Bool, _ take: (Span<UInt8>, UInt64) throws -> Void
    ) throws {
        for sequence in sequences { try read(sequence, take) }
        if drains {
            engine.drain()
            try take(engine.output.span, sequences.last ?? 0)
            engine.output.removeAll()
        }
        tally.openFlows = engine.flowCount
    }

    private mutating func read(
        _ sequence: UInt64, _ take: (Span<UInt8>, UInt64) throws -> Void
    ) throws {
        var reader = SegmentReader(
            files: spool.files, layout: spool.layout, stage: .packets, lane: lane, from: sequence)
        guard let opened = try reader.openNext(), opened.name.sequence == sequence else {
            tally.vanished += 1
            return
        }
        feed.begin(sequence)
        reading: while true {
            switch try reader.read(into: &feed.window) {
            case .bytes: feed.run(into: &engine)
            case .damaged(let damage):
                tally.damagedBytes &+= damage.count
                feed.hole(into: &engine)
            case .end(let lost):
                tally.damagedBytes &+= lost
                break reading
            }
            try hand(sequence, take)
        }
        feed.end(into: &engine)
        try hand(sequence, take)
        tally.segments += 1
        tally.packets &+= feed.tally.packets
    }

    private mutating func hand(
        _ sequence: UInt64, _ take: (Span<UInt8>, UInt64) throws -> Void
    ) throws {
        if engine.output.isEmpty { return }
        try take(engine.output.span, sequence)
        engine.output.removeAll()
    }
}
