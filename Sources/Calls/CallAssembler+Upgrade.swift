// Connections that leave HTTP/1: h2c, WebSocket, tunnels.

import Bytes
import HTTP
import Reassembly

/// What a 101 response switches to.
enum UpgradeKind: Sendable {
    case none, http2, webSocket, other
}

extension CallAssembler {
    func upgradeKind(_ exchange: Exchange) -> UpgradeKind {
        for message in [exchange.response, exchange.request] where message >= 0 {
            guard let value = messages[message].firstValue("upgrade") else { continue }
            let text = messages[message].span(value)
            if text.equalsIgnoringCase("websocket") { return .webSocket }
            if text.equalsIgnoringCase("h2c") { return .http2 }
            return .other
        }
        return .other
    }

    mutating func startUpgrade(_ kind: UpgradeKind, _ handle: Int32, _ exchange: Exchange) {
        switch kind {
        case .http2: startHTTP2(handle)
        case .webSocket: startWebSocket(handle)
        case .other, .none: connections[handle].mode = .tunnel
        }
    }

    mutating func startHTTP2(_ handle: Int32) { connections[handle].mode = .http2 }

    mutating func startWebSocket(_ handle: Int32) { connections[handle].mode = .webSocket }

    func detectHTTP2(_ handle: Int32, _ direction: Direction, _ bytes: Span<UInt8>) -> Bool { false }

    mutating func runHTTP2(
        _ handle: Int32, _ direction: Direction, _ bytes: Span<UInt8>, _ moment: StreamMoment
    ) {
        counters.http2Bytes &+= UInt64(bytes.count)
    }

    mutating func runWebSocket(
        _ handle: Int32, _ direction: Direction, _ bytes: Span<UInt8>, _ moment: StreamMoment
    ) {
        counters.webSocketBytes &+= UInt64(bytes.count)
    }

    mutating func gapHTTP2(
        _ handle: Int32, _ direction: Direction, _ count: UInt64, _ moment: StreamMoment
    ) {}

    mutating func gapWebSocket(
        _ handle: Int32, _ direction: Direction, _ count: UInt64, _ moment: StreamMoment
    ) {}

    mutating func endExtra(_ handle: Int32, _ direction: Direction, isOrderly: Bool) {}

    mutating func closeExtra(_ handle: Int32) {}
}
