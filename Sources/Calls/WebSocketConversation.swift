// A WebSocket conversation behind a 101: two parsers, the heads of its upgrade, the piece under
// way.

import Bytes
import HTTP

/// The state of a connection that became a WebSocket.
struct WebSocketConversation: ~Copyable {
    /// The client's direction, then the server's.
    var parsers: InlineArray<2, WebSocketParser> = InlineArray { _ in WebSocketParser() }
    var piece = WebSocketPiece()
    /// Copies of the upgrade's messages, handles; the request's method is empty when it was not
    /// seen.
    var request: Int32 = -1
    var response: Int32 = -1
    /// Pieces written.
    var pieceCount: UInt32 = 0

    /// Bytes held.
    var heldByteCount: Int {
        parsers[0].heldByteCount + parsers[1].heldByteCount + piece.heldByteCount
    }

    /// Takes bytes up to a border at most.
    mutating func receive(
        _ bytes: Span<UInt8>, _ side: Int, at moment: StreamMoment,
        counters: inout WebSocketCounters
    ) {
        let payload = counters.payloadBytes
        let skipped = counters.skippedBytes
        let given = piece.tallies[side].messageCount
        piece.side = side
        parsers[side].receive(bytes, at: moment, counters: &counters, events: &piece)
        if piece.tallies[side].messageCount == given {
            piece.underWay[side] &+= counters.payloadBytes &- payload
        }
        // Behind lost framing nothing can be read any more.
        piece.noteGap(counters.skippedBytes &- skipped, isInsideMessage: false)
    }

    /// Takes note of missing bytes.
    mutating func gap(
        _ count: UInt64, _ side: Int, at moment: StreamMoment, counters: inout WebSocketCounters
    ) {
        piece.side = side
        let inside = parsers[side].byteCountToBorder
        let framing = counters.framingGapBytes
        if !parsers[side].isLost, count <= UInt64(inside), parsers[side].isInsidePayload {
            piece.noteGap(count, isInsideMessage: true)
        }
        parsers[side].gap(count, at: moment, counters: &counters, events: &piece)
        piece.noteGap(counters.framingGapBytes &- framing, isInsideMessage: false)
    }

    /// A direction is over.
    mutating func end(_ side: Int, counters: inout WebSocketCounters) {
        piece.side = side
        parsers[side].end(counters: &counters, events: &piece)
    }
}
