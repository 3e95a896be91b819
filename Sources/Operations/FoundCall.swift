// Where a call's packets are: its lane, its flow, its time, out of its record.

public import Assembly
import Bytes
import Records
import Spool

/// What a record says of its packets.
public struct FoundCall: Sendable, Equatable {
    /// The lane.
    public var lane: UInt32
    /// Where its first packet is stored.
    public var segment: UInt64
    /// The flow.
    public var flow: FlowSpec
    /// Its first and its last packet.
    public var first: Int64
    /// The time of its last byte.
    public var last: Int64

    /// Packets before and behind a call that are exported with it, in nanoseconds: handshakes and
    /// acknowledgements.
    public static let margin: Int64 = 1_000_000_000

    /// The time of its packets, with a margin.
    public var time: TimeRange {
        TimeRange(from: first - FoundCall.margin, to: last + FoundCall.margin)
    }

    /// Looks for calls; one in several pieces is several records.
    public static func find(
        _ selection: CallSelection, lanes: Set<UInt32> = [], in spool: LaneSpool
    ) throws -> [FoundCall] {
        var calls = RetainedCalls(spool, selection)
        var found: [FoundCall] = []
        var fields = CallFields()
        try calls.forEach(lanes: lanes) { line, place in
            try fields.read(line.extracting(0..<(line.count - 1)))
            if let call = FoundCall(fields, place) { found.append(call) }
        }
        return found
    }

    private init?(_ call: borrowing CallFields, _ place: LinePlace) {
        let times = [
            call.number("call:request_start"), call.number("call:request_end"),
            call.number("call:response_start"), call.number("call:response_end"),
        ].compactMap { $0 }
        guard let first = times.min(), let last = times.max(),
            let client = call.text("call:client").flatMap({ FlowSpec.endpoint($0) }),
            let server = call.text("call:server").flatMap({ FlowSpec.endpoint($0) })
        else { return nil }
        lane = call.number("call:lane").flatMap { UInt32(exactly: $0) } ?? place.lane
        segment = call.number("call:segment").flatMap { UInt64(exactly: $0) } ?? place.sequence
        let vni = call.number("call:vni").flatMap { UInt32(exactly: $0) }
        flow = FlowSpec(client, server, vni: vni)
        self.first = first
        self.last = last
    }
}
