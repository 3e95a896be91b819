// Every payload byte's fate, and every flow's: payload = delivered + retransmitted + overlap +
// after the end + stray + still held.

/// Counters of reassembly.
public struct ReassemblyCounters: Sendable, BitwiseCopyable {
    /// TCP segments received.
    public var packets: UInt64 = 0
    /// Payload bytes received.
    public var payloadBytes: UInt64 = 0
    /// Payload bytes delivered, each once.
    public var deliveredBytes: UInt64 = 0
    /// Payload bytes that were already delivered.
    public var retransmittedBytes: UInt64 = 0
    /// Payload bytes that overlapped held ones.
    public var overlapBytes: UInt64 = 0
    /// Overlapping bytes that differed from those that came first.
    public var overlapDifferentBytes: UInt64 = 0
    /// Payload bytes beyond the FIN, after the flow ended, or in an RST.
    public var afterEndBytes: UInt64 = 0
    /// Payload bytes with sequence numbers of no connection known, or in an ignored RST.
    public var strayBytes: UInt64 = 0
    /// Missing bytes declared because their packet never came.
    public var gapLostBytes: UInt64 = 0
    /// Missing bytes declared because the capture had cut them.
    public var gapTruncatedBytes: UInt64 = 0
    /// Missing bytes declared because a buffer was full.
    public var gapBufferBytes: UInt64 = 0
    /// Missing bytes declared because memory was short.
    public var gapMemoryBytes: UInt64 = 0
    /// Segments held out of order.
    public var outOfOrderPackets: UInt64 = 0
    /// Segments held until the other direction caught up.
    public var heldForOrderPackets: UInt64 = 0
    /// Segments without payload of no known flow.
    public var strayPackets: UInt64 = 0
    /// RST segments ignored: outside the window, or the sender went on.
    public var invalidResets: UInt64 = 0
    /// Packets far ahead of the clock that moved it not, being alone.
    public var timeLeaps: UInt64 = 0
    /// How often the clock went back with packets that agreed on it.
    public var timeSetBacks: UInt64 = 0
    /// Flows opened.
    public var flowsOpened: UInt64 = 0
    /// Directions picked up without their SYN.
    public var midstreamDirections: UInt64 = 0
    /// Flows of which one direction was never seen.
    public var oneSidedFlows: UInt64 = 0
    /// Flows that never carried a byte.
    public var emptyFlows: UInt64 = 0
    /// Second vantage points of a connection.
    public var vantagePoints: UInt64 = 0
    /// Flows closed after both ends finished.
    public var flowsEnded: UInt64 = 0
    /// Flows closed by RST.
    public var flowsReset: UInt64 = 0
    /// Flows closed for silence.
    public var flowsIdle: UInt64 = 0
    /// Flows closed by a new connection with their addresses.
    public var flowsReplaced: UInt64 = 0
    /// Flows closed to make room.
    public var flowsEvicted: UInt64 = 0
    /// Flows closed at the end of the input.
    public var flowsDrained: UInt64 = 0

    /// Creates counters at zero.
    public init() {}

    /// Calls `body` with every counter's name and value.
    public func forEach(_ body: (_ name: StaticString, _ value: UInt64) -> Void) {
        body("tcp_packets", packets)
        body("tcp_payload_bytes", payloadBytes)
        body("tcp_delivered_bytes", deliveredBytes)
        body("tcp_retransmitted_bytes", retransmittedBytes)
        body("tcp_overlap_bytes", overlapBytes)
        body("tcp_overlap_different_bytes", overlapDifferentBytes)
        body("tcp_after_end_bytes", afterEndBytes)
        body("tcp_stray_bytes", strayBytes)
        body("tcp_gap_lost_bytes", gapLostBytes)
        body("tcp_gap_truncated_bytes", gapTruncatedBytes)
        body("tcp_gap_buffer_bytes", gapBufferBytes)
        body("tcp_gap_memory_bytes", gapMemoryBytes)
        body("tcp_out_of_order_packets", outOfOrderPackets)
        body("tcp_held_for_order_packets", heldForOrderPackets)
        body("tcp_stray_packets", strayPackets)
        body("tcp_invalid_resets", invalidResets)
        body("tcp_time_leaps", timeLeaps)
        body("tcp_time_set_backs", timeSetBacks)
        body("tcp_flows_opened", flowsOpened)
        body("tcp_midstream_directions", midstreamDirections)
        body("tcp_one_sided_flows", oneSidedFlows)
        body("tcp_empty_flows", emptyFlows)
        body("tcp_vantage_points", vantagePoints)
        body("tcp_flows_ended", flowsEnded)
        body("tcp_flows_reset", flowsReset)
        body("tcp_flows_idle", flowsIdle)
        body("tcp_flows_replaced", flowsReplaced)
        body("tcp_flows_evicted", flowsEvicted)
        body("tcp_flows_drained", flowsDrained)
    }

    mutating func noteGap(_ count: UInt64, _ cause: GapCause) {
        switch cause {
        case .lost: gapLostBytes &+= count
        case .truncated: gapTruncatedBytes &+= count
        case .bufferLimit: gapBufferBytes &+= count
        case .memoryLimit: gapMemoryBytes &+= count
        }
    }

    mutating func noteClose(_ reason: CloseReason) {
        switch reason {
        case .ended: flowsEnded &+= 1
        case .reset: flowsReset &+= 1
        case .idle: flowsIdle &+= 1
        case .replaced: flowsReplaced &+= 1
        case .evicted: flowsEvicted &+= 1
        case .drained: flowsDrained &+= 1
        }
    }

    /// Adds another table's counters.
    public mutating func add(_ other: ReassemblyCounters) {
        for field in ReassemblyCounters.fields { self[keyPath: field] &+= other[keyPath: field] }
    }

    // For the rare uses that touch every counter alike.
    static var fields: [WritableKeyPath<ReassemblyCounters, UInt64>] {
        [
            \.packets, \.payloadBytes, \.deliveredBytes, \.retransmittedBytes, \.overlapBytes,
            \.overlapDifferentBytes, \.afterEndBytes, \.strayBytes, \.gapLostBytes,
            \.gapTruncatedBytes, \.gapBufferBytes, \.gapMemoryBytes, \.outOfOrderPackets,
            \.heldForOrderPackets, \.strayPackets, \.invalidResets, \.timeLeaps,
            \.timeSetBacks, \.flowsOpened, \.midstreamDirections, \.oneSidedFlows, \.emptyFlows,
            \.vantagePoints, \.flowsEnded,
            \.flowsReset, \.flowsIdle, \.flowsReplaced, \.flowsEvicted, \.flowsDrained,
        ]
    }
}
