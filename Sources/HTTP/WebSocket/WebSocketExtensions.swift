// Sec-WebSocket-Extensions: what permessage-deflate was agreed on. RFC 6455 §9.1, RFC 7692 §7.1.

import Bytes

/// The agreed parameters of permessage-deflate.
public struct PerMessageDeflate: Equatable, Sendable, BitwiseCopyable {
    /// Whether the server resets its window after every message.
    public var hasServerNoContextTakeover = false
    /// Whether the client resets its window after every message.
    public var hasClientNoContextTakeover = false
    /// The server's window, 8 to 15 bits.
    public var serverMaxWindowBits = 15
    /// The client's window, 8 to 15 bits.
    public var clientMaxWindowBits = 15

    /// Creates the default parameters.
    public init() {}

    /// Reads the first permessage-deflate of a response's Sec-WebSocket-Extensions; nil without
    /// one.
    ///
    /// Unknown parameters and values out of range are passed over.
    public init?(_ field: Span<UInt8>) {
        var isFound = false
        var start = 0
        while start < field.count, !isFound {
            let end = Scan.firstIndex(of: 0x2C, in: field, from: start) ?? field.count
            isFound = read(field.slice(start, end - start))
            start = end + 1
        }
        guard isFound else { return nil }
    }

    /// Reads one extension with its parameters.
    private mutating func read(_ element: Span<UInt8>) -> Bool {
        var start = 0
        var isFirst = true
        while start <= element.count {
            let end = Scan.firstIndex(of: 0x3B, in: element, from: start) ?? element.count
            let part = element.slice(start, end - start).withoutBlanks
            start = end + 1
            if isFirst {
                guard part.equalsIgnoringCase("permessage-deflate") else { return false }
                isFirst = false
                continue
            }
            let equals = Scan.firstIndex(of: 0x3D, in: part) ?? part.count
            let name = part.slice(0, equals).withoutBlanks
            let value = equals < part.count ? part.from(equals + 1).withoutBlanks : part.slice(0, 0)
            set(name, value)
        }
        return !isFirst
    }

    private mutating func set(_ name: Span<UInt8>, _ value: Span<UInt8>) {
        if name.equalsIgnoringCase("server_no_context_takeover") {
            hasServerNoContextTakeover = true
        } else if name.equalsIgnoringCase("client_no_context_takeover") {
            hasClientNoContextTakeover = true
        } else if name.equalsIgnoringCase("server_max_window_bits") {
            serverMaxWindowBits = PerMessageDeflate.windowBits(value) ?? serverMaxWindowBits
        } else if name.equalsIgnoringCase("client_max_window_bits") {
            clientMaxWindowBits = PerMessageDeflate.windowBits(value) ?? clientMaxWindowBits
        }
    }

    /// A number from 8 to 15, quoted or not.
    private static func windowBits(_ text: Span<UInt8>) -> Int? {
        var value = 0
        for index in text.indices where text[index] != 0x22 {
            guard text[index].isASCIIDigit else { return nil }
            value = value * 10 + Int(text[index] - 0x30)
            if value > 15 { return nil }
        }
        return value >= 8 ? value : nil
    }
}

extension Span where Element == UInt8 {
    /// The bytes without blanks and tabs at both ends.
    var withoutBlanks: Span<UInt8> {
        @_lifetime(copy self) get {
            var start = 0
            var end = count
            while start < end, self[start] == 0x20 || self[start] == 0x09 { start += 1 }
            while end > start, self[end - 1] == 0x20 || self[end - 1] == 0x09 { end -= 1 }
            return slice(start, end - start)
        }
    }
}
