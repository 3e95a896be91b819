// What a flow table told, as lines to compare: `>` is from the originator, `<` from the responder.

import Bytes
import Reassembly
import Wire

/// A consumer that writes everything down and checks the promises of `StreamConsumer`.
struct EventLog: StreamConsumer {
    var lines: [String] = []
    /// Whether lines are written; without, only the promises are checked.
    var isVerbose = true
    var deliveredBytes: UInt64 = 0
    var gapBytes: UInt64 = 0
    /// Broken promises.
    var faults: [String] = []
    var descriptions: [FlowID: FlowDescription] = [:]
    var positions: [StreamPosition] = []
    private var expected: [FlowID: [UInt64]] = [:]
    private var ended: [FlowID: [Bool]] = [:]

    private func prefix(_ flow: FlowID, _ direction: Direction) -> String {
        (flow == 0 ? "" : "#\(flow) ") + (direction == .fromOriginator ? ">" : "<")
    }

    private mutating func move(_ position: StreamPosition, _ count: UInt64) {
        let direction = Int(position.direction.rawValue)
        guard let at = expected[position.flow]?[direction] else {
            faults.append("bytes of a flow that is not open")
            return
        }
        if at != position.offset { faults.append("offset \(position.offset), expected \(at)") }
        if count == 0 { faults.append("an empty delivery") }
        if ended[position.flow]?[direction] == true { faults.append("bytes behind the end") }
        expected[position.flow]?[direction] = at + count
    }

    mutating func flowDescribed(_ flow: FlowID, _ description: FlowDescription, isNew: Bool) {
        if isNew == (expected[flow] != nil) { faults.append("isNew is wrong") }
        if isNew {
            expected[flow] = [0, 0]
            ended[flow] = [false, false]
        }
        descriptions[flow] = description
        guard isVerbose else { return }
        lines.append((flow == 0 ? "" : "#\(flow) ") + (isNew ? "open" : "changed"))
    }

    mutating func deliver(_ bytes: Span<UInt8>, at position: StreamPosition) {
        move(position, UInt64(bytes.count))
        deliveredBytes += UInt64(bytes.count)
        guard isVerbose else { return }
        positions.append(position)
        lines.append(
            "\(prefix(position.flow, position.direction)) \(position.offset):"
                + String(decoding: bytes))
    }

    mutating func gap(_ byteCount: UInt64, cause: GapCause, at position: StreamPosition) {
        move(position, byteCount)
        gapBytes += byteCount
        guard isVerbose else { return }
        lines.append(
            "\(prefix(position.flow, position.direction)) gap \(position.offset)+\(byteCount)"
                + " \(cause)")
    }

    mutating func streamEnded(
        _ flow: FlowID, _ direction: Direction, _ end: StreamEnd, at time: Timestamp
    ) {
        if ended[flow]?[Int(direction.rawValue)] != false { faults.append("a second end") }
        ended[flow]?[Int(direction.rawValue)] = true
        if isVerbose { lines.append("\(prefix(flow, direction)) \(end)") }
    }

    mutating func flowClosed(_ flow: FlowID, _ reason: CloseReason, at time: Timestamp) {
        if expected.removeValue(forKey: flow) == nil { faults.append("closed twice") }
        if isVerbose { lines.append((flow == 0 ? "" : "#\(flow) ") + "closed \(reason)") }
    }

    /// Lines without those that begin a flow.
    var news: [String] { lines.filter { !$0.hasSuffix("open") } }
}
