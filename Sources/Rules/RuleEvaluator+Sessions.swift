// copy_session_field: cookies of the request become session fields. spec: rules 3.6.

import Bytes
import Patterns
public import Records

extension RuleEvaluator {
    /// Appends `session_field:` pairs for the cookies in the list that the rules ask for.
    ///
    /// To be called where the pairs belong, after `response_body`, and before `apply`. Rule by
    /// rule, so that a cookie two rules ask for is there twice. Names are matched as they are
    /// written and lower-cased then; quotes around a value go.
    public mutating func appendSessionFields(to list: inout PairList) {
        if sessionPatterns.isEmpty { return }
        // One budget for a call: its cookies and its rules together.
        matcher.resetBudget()
        hasBudget = true
        let count = list.pairs.count
        for pattern in sessionPatterns {
            for index in 0..<count {
                let pair = list.pairs[index]
                guard pair.key.count == 21, list.span(pair.key).equals("request_header:cookie")
                else { continue }
                appendCookies(of: pair.value, pattern, &list)
            }
        }
    }

    private mutating func appendCookies(
        of header: PairText, _ pattern: Pattern, _ list: inout PairList
    ) {
        var offset = 0
        while offset < header.count {
            let length = list.span(header).from(offset).length(before: 0x3B)
            let cookie = header.part(offset, length)
            offset += length + 1
            let equals = list.span(cookie).length(before: 0x3D)
            guard equals < cookie.count else { continue }
            let name = list.trimmed(cookie.part(0, equals))
            var value = list.trimmed(cookie.part(equals + 1, cookie.count - equals - 1))
            guard name.count > 0 else { continue }
            switch matcher.matches(pattern, list.span(name)) {
            case .matched: break
            case .notMatched: continue
            case .limited:
                counters.pairsLimited &+= 1
                continue
            }
            if list.isQuoted(value) { value = value.part(1, value.count - 2) }
            list.append(key: list.sessionKey(name), value: value)
        }
    }
}

extension PairText {
    /// `length` bytes of the text, from `start`.
    fileprivate func part(_ start: Int, _ length: Int) -> PairText {
        PairText(storage, offset + start, length)
    }
}

extension PairList {
    /// `session_field:` and a cookie's name in lower case.
    fileprivate mutating func sessionKey(_ name: PairText) -> PairText {
        if Scan.asciiRun(in: span(name), from: 0) == name.count {
            return key("session_field:", lowercasing: name)
        }
        let lowered = String(decoding: span(name)).lowercased()
        let start = arena.count
        arena.append("session_field:" as StaticString)
        arena.append(utf8: lowered)
        return PairText(.arena, start, arena.count - start)
    }

    /// Whether a text stands between quotes.
    fileprivate func isQuoted(_ text: PairText) -> Bool {
        let bytes = span(text)
        return text.count >= 2 && bytes[0] == 0x22 && bytes[text.count - 1] == 0x22
    }

    /// A text without the blanks around it.
    fileprivate func trimmed(_ text: PairText) -> PairText {
        let bytes = span(text)
        var start = 0
        var end = text.count
        while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
        while end > start, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
        return text.part(start, end - start)
    }
}

extension Span where Element == UInt8 {
    /// How many bytes stand before the first `byte`; all when there is none.
    fileprivate func length(before byte: UInt8) -> Int {
        Scan.firstIndex(of: byte, in: self) ?? count
    }
}
