// Is this really the first line of a message? Asked where a stream is lost, behind a hole or before
// anything was recognised, when a line of a body may look like a start line.
//
// A target as RFC 9112 §3.2 has it, a method that is known or stands alone, and behind the line a
// field or the end of the head. In the order of messages none of this is asked.

import Bytes

extension StartLine {
    /// The longest field name looked for behind a start line, in bytes.
    static let longestName = 256

    /// Turns a verdict down that the rest of the bytes does not bear out.
    ///
    /// - Parameters:
    ///   - verdict: What `read` said of `bytes`.
    ///   - isAnyMethod: Whether methods nobody has registered count; they do not where the first
    ///     byte may lie inside a word.
    static func confirm(
        _ verdict: Verdict, in bytes: Span<UInt8>, isAnyMethod: Bool
    ) -> Verdict {
        switch verdict {
        case .neither: return .neither
        case .needMore: return mayBegin(bytes, isAnyMethod: isAnyMethod) ? .needMore : .neither
        case .line(let line):
            if line.kind == .request {
                let isKnown = Methods.contain(bytes.slice(0, Int(line.method.count)))
                guard isKnown || isAnyMethod, line.hasTarget(in: bytes),
                    isKnown || !line.hasBlankInTarget(in: bytes)
                else { return .neither }
            }
            switch beginsField(bytes.from(line.byteCount)) {
            case .yes: return verdict
            case .no: return .neither
            case .needMore: return .needMore
            }
        }
    }

    /// Whether bytes without the line's end may become a start line.
    static func mayBegin(_ bytes: Span<UInt8>, isAnyMethod: Bool) -> Bool {
        var end = 0
        while end < bytes.count, isTokenByte(bytes[end]) { end += 1 }
        // A status line: `HTTP/` was compared byte for byte.
        guard end < bytes.count, isBlank(bytes[end]) else { return true }
        let isKnown = Methods.contain(bytes.slice(0, end))
        guard isKnown || isAnyMethod else { return false }
        let start = skipBlanks(bytes, from: end)
        guard start < bytes.count else { return true }
        var targetEnd = start
        while targetEnd < bytes.count, !isLineBlank(bytes[targetEnd]), bytes[targetEnd] != 0x0A {
            targetEnd += 1
        }
        let isWhole = targetEnd < bytes.count
        guard isTarget(bytes.slice(start, targetEnd - start), isWhole: isWhole) else {
            return false
        }
        guard !isKnown, isWhole else { return true }
        // Behind the target only the version may stand.
        let text: StaticString = "http/"
        let version = skipBlanks(bytes, from: targetEnd)
        for index in 0..<min(bytes.count - version, 5)
        where bytes[version + index].asciiLowercased != text.byte(at: index) {
            return false
        }
        return true
    }

    /// Whether a request line's target is one of the four forms of RFC 9112 §3.2.
    func hasTarget(in bytes: Span<UInt8>) -> Bool {
        StartLine.isTarget(
            bytes.slice(Int(target.offset), Int(target.count)), isWhole: true)
    }

    func hasBlankInTarget(in bytes: Span<UInt8>) -> Bool {
        for index in 0..<Int(target.count)
        where StartLine.isLineBlank(bytes[Int(target.offset) + index]) {
            return true
        }
        return false
    }

    /// Whether a line is as most are: a known method and a target without blanks, or a status.
    func isCommon(in bytes: Span<UInt8>) -> Bool {
        kind == .response
            || Methods.contain(bytes.slice(0, Int(method.count))) && !hasBlankInTarget(in: bytes)
    }

    /// Whether bytes begin, as far as they go, with a known method or with `HTTP/`.
    static func mayBeCommon(_ bytes: Span<UInt8>) -> Bool {
        var end = 0
        while end < bytes.count, isTokenByte(bytes[end]) { end += 1 }
        let word = bytes.slice(0, end)
        if end == bytes.count { return Methods.haveOne(beginningWith: word) || isVersion(word) }
        return isBlank(bytes[end]) ? Methods.contain(word) : isVersion(word)
    }

    private static func isVersion(_ word: Span<UInt8>) -> Bool {
        let text: StaticString = "http"
        for index in 0..<min(word.count, 4)
        where word[index].asciiLowercased != text.byte(at: index) {
            return false
        }
        return word.count <= 4
    }

    // origin-form, absolute-form, authority-form, asterisk-form.
    private static func isTarget(_ text: Span<UInt8>, isWhole: Bool) -> Bool {
        guard text.count > 0 else { return !isWhole }
        if text[0] == 0x2F { return true }
        if text[0] == 0x2A { return text.count == 1 }
        // A scheme or a host with a colon behind it; an address in brackets.
        if text[0] == 0x5B { return true }
        var offset = 0
        while offset < text.count, isHostByte(text[offset]) { offset += 1 }
        guard offset < text.count else { return !isWhole }
        return offset > 0 && text[offset] == 0x3A
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E, 0x5F: true
        default: false
        }
    }

    private enum Answer { case yes, no, needMore }

    // `name:`, or the empty line that ends a head.
    private static func beginsField(_ bytes: Span<UInt8>) -> Answer {
        guard bytes.count > 0 else { return .needMore }
        if bytes[0] == 0x0A { return .yes }
        if bytes[0] == 0x0D {
            guard bytes.count > 1 else { return .needMore }
            return bytes[1] == 0x0A ? .yes : .no
        }
        var offset = 0
        while offset < bytes.count, offset <= longestName, isTokenByte(bytes[offset]) {
            offset += 1
        }
        guard offset > 0, offset <= longestName else { return .no }
        while offset < bytes.count, isBlank(bytes[offset]) { offset += 1 }
        guard offset < bytes.count else { return .needMore }
        return bytes[offset] == 0x3A ? .yes : .no
    }
}
