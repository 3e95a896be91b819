// The pieces of a request-target. RFC 9112 §3.2, RFC 3986 §3.

import Bytes

/// Where path and query of a request-target lie.
struct TargetParts: Equatable {
    /// Whether it is in absolute form: `scheme://authority/path`.
    var hasScheme = false
    /// The end of what goes into the URL: the query is left out.
    var pathEnd: Int
    /// The first byte of the query, behind `?`; the end when there is none.
    var queryStart: Int
    /// Where `user:password@` stands in an absolute target; empty when there is none.
    var userInfo = 0..<0

    init(_ target: Span<UInt8>) {
        let question = Scan.firstIndex(of: 0x3F, in: target)
        pathEnd = question ?? target.count
        queryStart = question.map { $0 + 1 } ?? target.count
        guard target.count > 0, target[0] != 0x2F else { return }
        var offset = 0
        while offset < pathEnd, offset < 16, TargetParts.isSchemeByte(target[offset]) {
            offset += 1
        }
        hasScheme =
            offset > 0 && offset + 2 < target.count && target[offset] == 0x3A
            && target[offset + 1] == 0x2F && target[offset + 2] == 0x2F
        if hasScheme {
            let start = offset + 3
            let rest = target.slice(start, max(pathEnd - start, 0))
            let length = Scan.firstIndex(of: 0x2F, in: rest) ?? rest.count
            let count = TargetParts.userInfoCount(rest.slice(0, length))
            userInfo = start..<(start + count)
        }
    }

    /// How many bytes of an authority are `user:password@`. RFC 3986 §3.2.1.
    static func userInfoCount(_ authority: Span<UInt8>) -> Int {
        var offset = authority.count
        while offset > 0 {
            if authority[offset - 1] == 0x40 { return offset }
            offset -= 1
        }
        return 0
    }

    static func isSchemeByte(_ byte: UInt8) -> Bool {
        byte.isASCIIDigit || (byte | 0x20) &- 0x61 < 26 || byte == 0x2B || byte == 0x2D
            || byte == 0x2E
    }
}

extension ByteBuffer {
    /// Appends `bytes` with ASCII letters in lower case.
    mutating func append(lowercasing bytes: Span<UInt8>) {
        let start = count
        append(bytes)
        for index in start..<count { self[index] = self[index].asciiLowercased }
    }

    /// Appends text with its percent-escapes off.
    ///
    /// - Returns: Whether every escape was well formed; else nothing is appended.
    mutating func append(percentDecoding bytes: Span<UInt8>) -> Bool {
        let start = count
        var offset = 0
        while offset < bytes.count {
            var byte = bytes[offset]
            offset += 1
            if byte == 0x25 {
                guard offset + 1 < bytes.count, let high = bytes[offset].hexDigitValue,
                    let low = bytes[offset + 1].hexDigitValue
                else {
                    truncate(to: start)
                    return false
                }
                byte = high << 4 | low
                offset += 2
            }
            append(byte)
        }
        return true
    }

    /// Appends form-decoded text: `+` is a blank, `%xx` a byte.
    ///
    /// - Returns: Whether every escape was well formed; else nothing is appended.
    mutating func append(urlDecoding bytes: Span<UInt8>) -> Bool {
        let start = count
        var offset = 0
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            if byte == 0x2B {
                append(0x20)
            } else if byte == 0x25 {
                guard offset + 1 < bytes.count, let high = bytes[offset].hexDigitValue,
                    let low = bytes[offset + 1].hexDigitValue
                else {
                    truncate(to: start)
                    return false
                }
                append(high << 4 | low)
                offset += 2
            } else {
                append(byte)
            }
        }
        return true
    }
}
