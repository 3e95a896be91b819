// WebSocket conversations after a 101. RFC 6455.

import Bytes
import HTTP
import Reassembly

extension CallAssembler {
    mutating func startWebSocket(_ handle: Int32, _ exchange: Exchange) {
        connections[handle].mode = .webSocket
    }

    mutating func runWebSocket(
        _ handle: Int32, _ direction: Direction, _ bytes: Span<UInt8>, _ moment: StreamMoment
    ) {
        counters.webSocketBytes &+= UInt64(bytes.count)
    }

    mutating func gapWebSocket(
        _ handle: Int32, _ direction: Direction, _ count: UInt64, _ moment: StreamMoment
    ) {}

    mutating func closeWebSocket(_ handle: Int32) {}
}
