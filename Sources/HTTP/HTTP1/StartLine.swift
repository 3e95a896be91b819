// Is this the first line of a message? RFC 9112 §3 and §4, read as leniently as real peers do.
//
// Request: any method token, any target, `HTTP/d.d`. Response: `HTTP/d.d ddd`. Nothing else is HTTP/1.

import Bytes

/// A recognised start line, as ranges in the bytes that were looked at.
public struct StartLine: Equatable, Sendable, BitwiseCopyable {
    /// What a line begins.
    public enum Kind: Sendable, BitwiseCopyable {
        case request
        case response
    }

    /// What bytes turn out to be.
    public enum Verdict: Equatable, Sendable, BitwiseCopyable {
        /// A whole start line.
        case line(StartLine)
        /// So far it could be one; the line's end is not there yet.
        case needMore
        /// No start line.
        case neither
    }

    /// Request or response.
    public var kind: Kind
    /// The method; empty in a response.
    public var method = TextRange()
    /// The request-target; empty in a response.
    public var target = TextRange()
    /// The status code; 0 in a request.
    public var status = 0
    /// The version's digits, major × 10 + minor.
    public var version = 11
    /// The number of bytes of the line with its line end.
    public var byteCount = 0

    /// The longest method taken for one, in bytes.
    public static let longestMethod = 40

    /// Looks at the beginning of `bytes` for either kind.
    public static func read(_ bytes: Span<UInt8>) -> Verdict {
        let verdict = readStatus(bytes)
        return verdict == .neither ? readRequest(bytes) : verdict
    }

    /// Looks at the beginning of `bytes` for a status line.
    public static func readStatus(_ bytes: Span<UInt8>) -> Verdict {
        bytes.count > 0 ? readStatusLine(bytes) : .needMore
    }

    /// Looks at the beginning of `bytes` for a request line.
    public static func readRequest(_ bytes: Span<UInt8>) -> Verdict {
        bytes.count > 0 ? readRequestLine(bytes) : .needMore
    }

    // `HTTP/1.1 200 OK`
    static func readStatusLine(_ bytes: Span<UInt8>) -> Verdict {
        let prefix: StaticString = "http/"
        let have = min(bytes.count, 5)
        for index in 0..<have {
            if bytes[index].asciiLowercased != prefix.byte(at: index) { return .neither }
        }
        guard bytes.count >= 6 else { return .needMore }
        var line = StartLine(kind: .response)
        var offset = 5
        guard let version = readVersion(bytes, at: &offset) else {
            return offset >= bytes.count ? .needMore : .neither
        }
        line.version = version
        let blanks = skipBlanks(bytes, from: offset)
        guard blanks < bytes.count else { return .needMore }
        guard blanks > offset else { return .neither }
        offset = blanks
        var digits = 0
        while digits < 3, offset < bytes.count, bytes[offset].isASCIIDigit {
            line.status = line.status * 10 + Int(bytes[offset] &- 0x30)
            digits += 1
            offset += 1
        }
        guard digits == 3 else { return offset >= bytes.count ? .needMore : .neither }
        guard line.status >= 100 else { return .neither }
        guard offset < bytes.count else { return .needMore }
        let next = bytes[offset]
        guard next == 0x20 || next == 0x09 || next == 0x0D || next == 0x0A else { return .neither }
        guard let end = Scan.firstIndex(of: 0x0A, in: bytes, from: offset) else { return .needMore }
        line.byteCount = end + 1
        return .line(line)
    }

    // `GET /path?query HTTP/1.1`
    static func readRequestLine(_ bytes: Span<UInt8>) -> Verdict {
        var line = StartLine(kind: .request)
        var offset = 0
        let first = bytes[0] | 0x20
        guard first >= 0x61, first <= 0x7A else { return .neither }
        while offset < bytes.count, isTokenByte(bytes[offset]) { offset += 1 }
        guard offset <= longestMethod else { return .neither }
        guard offset < bytes.count else { return .needMore }
        line.method = TextRange(0, offset)
        guard bytes[offset] == 0x20 || bytes[offset] == 0x09 else { return .neither }
        let targetStart = skipBlanks(bytes, from: offset)
        guard targetStart < bytes.count else { return .needMore }
        guard let lineFeed = Scan.firstIndex(of: 0x0A, in: bytes, from: targetStart) else {
            return hasControl(bytes, from: targetStart, to: bytes.count) ? .neither : .needMore
        }
        var end = lineFeed
        while end > targetStart, isLineBlank(bytes[end - 1]) { end -= 1 }
        guard let (versionStart, version) = readVersionBackwards(bytes, endingAt: end) else {
            return .neither
        }
        var targetEnd = versionStart
        while targetEnd > targetStart, isLineBlank(bytes[targetEnd - 1]) { targetEnd -= 1 }
        guard targetEnd < versionStart, targetEnd > targetStart else { return .neither }
        // The HTTP/2 preface is no request (RFC 9113 §3.4).
        if version == 20, bytes.slice(0, Int(line.method.count)).equals("PRI") { return .neither }
        line.version = version
        line.target = TextRange(targetStart, targetEnd - targetStart)
        line.byteCount = lineFeed + 1
        return .line(line)
    }

    // Digits around a dot; several digits are read, since odd peers send them.
    static func readVersion(_ bytes: Span<UInt8>, at offset: inout Int) -> Int? {
        guard offset < bytes.count, bytes[offset].isASCIIDigit else { return nil }
        let major = Int(bytes[offset] &- 0x30)
        offset += 1
        guard offset < bytes.count, bytes[offset] == 0x2E else { return nil }
        offset += 1
        guard offset < bytes.count, bytes[offset].isASCIIDigit else { return nil }
        let minor = Int(bytes[offset] &- 0x30)
        offset += 1
        return major * 10 + minor
    }

    static func readVersionBackwards(_ bytes: Span<UInt8>, endingAt end: Int) -> (Int, Int)? {
        let start = end - 8
        guard start >= 0 else { return nil }
        let text: StaticString = "http/"
        for index in 0..<5 where bytes[start + index].asciiLowercased != text.byte(at: index) {
            return nil
        }
        var offset = start + 5
        guard let version = readVersion(bytes, at: &offset), offset == end else { return nil }
        return (start, version)
    }

    static func skipBlanks(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var offset = start
        while offset < bytes.count, bytes[offset] == 0x20 || bytes[offset] == 0x09 { offset += 1 }
        return offset
    }

    // A target may hold any byte that is no control; a NUL or an escape says: not HTTP.
    static func hasControl(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Bool {
        var offset = start
        while offset < end {
            let byte = bytes[offset]
            if byte < 0x20, byte != 0x09, byte != 0x0D { return true }
            offset += 1
        }
        return false
    }

    static func isLineBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

    /// Whether a byte may stand in a token. RFC 9110 §5.6.2.
    @inlinable static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E, 0x5F, 0x60, 0x7C, 0x7E: true
        default: false
        }
    }
}
