// When memory runs short: the long bodies of calls that are not whole yet keep their beginnings,
// and `call:truncated` says so. That costs bytes; closing a connection in use would cost calls.

import Bytes
import HTTP

extension CallAssembler {
    /// What a body keeps when memory runs short, in bytes.
    static let shortBodyBytes = 16 << 10

    /// Cuts the long bodies of open messages.
    ///
    /// - Returns: The bytes freed.
    mutating func cutLongBodies() -> Int {
        let before = heldByteCount
        for flow in connectionOfFlow.indices where connectionOfFlow[flow] >= 0 {
            let handle = connectionOfFlow[flow]
            switch connections[handle].mode {
            case .http1, .other:
                var open: [Int32] = []
                connections[handle].forEachMessage { open.append($0) }
                for message in open { heldByteCount -= cutBody(message) }
            case .http2:
                let slot = connections[handle].extra
                let freed = http2[slot].cutLongBodies(
                    keeping: CallAssembler.shortBodyBytes, messages: &messages)
                heldByteCount -= freed.bytes
                counters.bodiesCutForMemory &+= freed.bodies
            case .webSocket, .tls, .tunnel: continue
            }
        }
        return before - heldByteCount
    }

    mutating func cutBody(_ message: Int32) -> Int {
        let freed = messages[message].cutBody(keeping: CallAssembler.shortBodyBytes)
        if freed > 0 { counters.bodiesCutForMemory &+= 1 }
        return freed
    }
}
