// One WebSocket message as a JSON object.

import Bytes
import HTTP

extension WebSocketPiece {
    static func append(
        _ message: WebSocketMessage, _ payload: borrowing ByteBuffer, isCut: Bool,
        _ binaryBodies: BinaryBodies, to text: inout ByteBuffer
    ) {
        append(
            message, payload.span, isReadable: true, isCut: isCut, binaryBodies, to: &text)
    }

    static func append(
        _ message: WebSocketMessage, _ payload: Span<UInt8>, isReadable: Bool, isCut: Bool,
        _ binaryBodies: BinaryBodies, to text: inout ByteBuffer
    ) {
        text.append(text.isEmpty ? "[{\"time\":\"" : ",{\"time\":\"" as StaticString)
        text.append(decimal: UInt64(max(message.start.timestamp.nanoseconds, 0)))
        text.append("\",\"type\":\"" as StaticString)
        text.append(name(message.opcode))
        text.append(0x22)
        var content = payload
        if isReadable, message.opcode == .close, payload.count >= 2 {
            text.append(",\"code\":\"" as StaticString)
            text.append(decimal: UInt64(payload.bigEndian(UInt16.self, at: 0)))
            text.append(0x22)
            content = payload.from(2)
        }
        let mayBeText = isReadable && message.opcode != .binary
        if mayBeText, isCut || message.isEndedEarly {
            content = content.slice(0, content.countWithoutCutScalar)
        }
        appendContent(content, mayBeText: mayBeText, message, binaryBodies, to: &text)
        if message.missingByteCount > 0 {
            text.append(",\"missing\":\"" as StaticString)
            text.append(decimal: message.missingByteCount)
            text.append(0x22)
        }
        if isCut || message.isEndedEarly { text.append(",\"truncated\":\"true\"" as StaticString) }
        if !isReadable { text.append(",\"compressed\":\"true\"" as StaticString) }
        text.append(0x7D)
    }

    static func appendContent(
        _ content: Span<UInt8>, mayBeText: Bool, _ message: WebSocketMessage,
        _ binaryBodies: BinaryBodies, to text: inout ByteBuffer
    ) {
        if content.isEmpty, message.opcode != .text { return }
        if mayBeText, content.isValidUTF8 {
            text.append(",\"text\":\"" as StaticString)
            text.append(jsonEscaping: content)
        } else if binaryBodies == .omit {
            text.append(",\"bytes\":\"" as StaticString)
            text.append(decimal: UInt64(content.count))
        } else {
            text.append(",\"base64\":\"" as StaticString)
            text.append(base64: content)
        }
        text.append(0x22)
    }

    static func name(_ opcode: WebSocketOpcode) -> StaticString {
        switch opcode {
        case .text: "text"
        case .binary: "binary"
        case .close: "close"
        case .ping: "ping"
        case .pong: "pong"
        case .unknown: "unknown"
        }
    }
}
