// Which decoders are fuzzed. Each takes any bytes and must come back: a trap, a hang, memory that
// grows, or a broken invariant (a failed precondition here) is a finding.

import Bytes

/// A decoder under test.
enum Driver: String, CaseIterable {
    case capture, packet, segments, http1, http2, websocket, snapshot, body, rules, record, lz4
    case state

    func run(_ input: Span<UInt8>) {
        switch self {
        case .capture: fuzzCapture(input)
        case .packet: fuzzPacket(input)
        case .segments: fuzzSegments(input)
        case .http1: fuzzConnection(input, .http1)
        case .http2: fuzzConnection(input, .http2)
        case .websocket: fuzzConnection(input, .webSocket)
        case .snapshot: fuzzSnapshot(input)
        case .body: fuzzBody(input)
        case .rules: fuzzRules(input)
        case .record: fuzzRecord(input)
        case .lz4: fuzzLZ4(input)
        case .state: fuzzState(input)
        }
    }
}
