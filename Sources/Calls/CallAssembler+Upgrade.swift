// Connections that leave HTTP/1 by 101: h2c, WebSocket, anything else.

import Bytes
import HTTP
import Reassembly

/// What a 101 response switches to.
enum UpgradeKind: Sendable {
    case http2, webSocket, other
}

extension CallAssembler {
    func upgradeKind(_ exchange: Exchange) -> UpgradeKind {
        let kind = upgradeKind(exchange.response)
        return kind == .other ? upgradeKind(exchange.request) : kind
    }

    func upgradeKind(_ message: Int32) -> UpgradeKind {
        guard message >= 0, let value = messages[message].firstValue("upgrade") else {
            return .other
        }
        let text = messages[message].span(value)
        if text.equalsIgnoringCase("websocket") { return .webSocket }
        return text.equalsIgnoringCase("h2c") ? .http2 : .other
    }

    /// The 101 of the exchange at `index` is whole: what follows is another protocol.
    mutating func takeUpgrade(_ handle: Int32, _ index: Int) {
        let exchange = connections[handle].exchanges[index]
        switch upgradeKind(exchange) {
        case .http2:
            // The request is answered twice: by the 101, and on stream 1 (RFC 7540 §3.2).
            let request = copy(exchange.request)
            if exchange.request < 0 {
                // An interim response without its request; the final one follows on stream 1.
                counters.interimResponses &+= 1
                release(exchange.response)
                connections[handle].exchanges.remove(at: index)
            } else {
                emitIfDone(handle, index)
            }
            startHTTP2(handle, upgradedBy: request)
        case .webSocket:
            startWebSocket(handle, exchange)
            emitIfDone(handle, index)
        case .other:
            connections[handle].mode = .tunnel
            emitIfDone(handle, index)
        }
    }

    // A message's double in a slot of its own, -1 for none.
    mutating func copy(_ message: Int32) -> Int32 {
        guard message >= 0 else { return -1 }
        let double = messages[message].copied()
        let (handle, _) = messages.claim { Message() }
        messages[handle] = double
        heldByteCount += held(handle)
        return handle
    }

    mutating func endExtra(_ handle: Int32, _ direction: Direction, isOrderly: Bool) {
        switch connections[handle].mode {
        case .http2: endHTTP2(handle, direction)
        case .webSocket: endWebSocket(handle, direction)
        case .http1, .tls, .tunnel, .other: return
        }
    }

    mutating func closeExtra(_ handle: Int32) {
        switch connections[handle].mode {
        case .http2: closeHTTP2(handle)
        case .webSocket: closeWebSocket(handle)
        case .http1, .tls, .tunnel, .other: return
        }
    }
}
