// Is this the first line of a message? RFC 9112 §3 and §4, read as leniently as real peers do.
//
// Request: any method token, any target, `HTTP/d.d`. Response: `HTTP/d.d ddd`. Nothing else is
// HTTP/1.

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
        for index in 0..<min(bytes.count, 5)
        where bytes[index].asciiLowercased != prefix.byte(at: index) {
            return .neither
        }
        guard bytes.count >= 6 else { return .needMore }
        var line = StartLine(kind: .response)
        guard bytes[5].isASCIIDigit else { return .neither }
        let versionEnd = endOfVersion(bytes, from: 5)
        guard versionEnd < bytes.count else { return tooLong(bytes) }
        guard isBlank(bytes[versionEnd]) else { return .neither }
        line.version = version(bytes, from: 5, to: versionEnd)
        var offset = skipBlanks(bytes, from: versionEnd)
        let digitsStart = offset
        while offset < bytes.count, bytes[offset].isASCIIDigit { offset += 1 }
        guard offset < bytes.count else { return tooLong(bytes) }
        guard let status = status(bytes, from: digitsStart, to: offset) else { return .neither }
        line.status = status
        let next = bytes[offset]
        guard isBlank(next) || next == 0x0D || next == 0x0A else { return .neither }
        guard let end = Scan.firstIndex(of: 0x0A, in: bytes, from: offset) else { return .needMore }
        line.byteCount = end + 1
        return .line(line)
    }

    // Three digits; leading zeros and further digits are read over, as lenient clients do.
    static func status(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int? {
        var offset = start
        while end - offset > 3, bytes[offset] == 0x30 { offset += 1 }
        guard end - offset >= 3, end - start <= 8 else { return nil }
        var status = 0
        for index in offset..<(offset + 3) { status = status * 10 + Int(bytes[index] &- 0x30) }
        return status >= 100 ? status : nil
    }

    // Versions and codes of absurd length are no start lines.
    static func tooLong(_ bytes: Span<UInt8>) -> Verdict { bytes.count > 64 ? .neither : .needMore }

    // Digits and dots; odd peers send `1.`, `1.01`, or a NUL in between.
    static func endOfVersion(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var offset = start
        while offset < bytes.count, offset - start < 16,
            bytes[offset].isASCIIDigit || bytes[offset] == 0x2E || bytes[offset] == 0
        {
            offset += 1
        }
        return offset
    }

    // Major × 10 + the first digit of minor.
    static func version(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
        let major = Int(bytes[start] &- 0x30)
        var offset = start + 1
        while offset < end, !bytes[offset].isASCIIDigit { offset += 1 }
        let minor = offset < end ? Int(bytes[offset] &- 0x30) : major == 1 ? 1 : 0
        return major * 10 + minor
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
        guard isBlank(bytes[offset]) else { return .neither }
        let targetStart = skipBlanks(bytes, from: offset)
        guard targetStart < bytes.count else { return .needMore }
        guard let lineFeed = Scan.firstIndex(of: 0x0A, in: bytes, from: targetStart) else {
            return hasControl(bytes, from: targetStart, to: bytes.count) ? .neither : .needMore
        }
        var end = lineFeed
        while end > targetStart, isLineBlank(bytes[end - 1]) { end -= 1 }
        guard let versionStart = versionStart(bytes, from: targetStart, to: end) else {
            return .neither
        }
        var targetEnd = versionStart
        while targetEnd > targetStart, isLineBlank(bytes[targetEnd - 1]) { targetEnd -= 1 }
        guard targetEnd < versionStart, targetEnd > targetStart else { return .neither }
        line.version = version(bytes, from: versionStart + 5, to: end)
        // The HTTP/2 preface is no request (RFC 9113 §3.4).
        if line.version == 20, bytes.slice(0, offset).equals("PRI") { return .neither }
        line.target = TextRange(targetStart, targetEnd - targetStart)
        line.byteCount = lineFeed + 1
        return .line(line)
    }

    // The last word of the line, when it is `HTTP/` and a version.
    static func versionStart(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int? {
        var word = end
        while word > start, !isBlank(bytes[word - 1]) { word -= 1 }
        guard word > start, end - word >= 6, end - word <= 20 else { return nil }
        let text: StaticString = "http/"
        for index in 0..<5 where bytes[word + index].asciiLowercased != text.byte(at: index) {
            return nil
        }
        guard bytes[word + 5].isASCIIDigit, endOfVersion(bytes, from: word + 5) == end else {
            return nil
        }
        return word
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

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
