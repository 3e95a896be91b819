// A replacement text of Java's dialect: `$1`, `${name}`, `\x`. Taken apart once per rule.

import Bytes

/// What a match is replaced by.
public struct Replacement: Sendable {
    enum Part: Equatable, Sendable {
        case bytes([UInt8])
        case group(Int)
    }

    var parts: [Part] = []
    /// Why replacing fails as soon as there is a match, in the words of Java's exception.
    public private(set) var failure: String?

    /// Takes a replacement text apart.
    ///
    /// A faulty one is no error yet: Java finds the fault only when something is to be replaced.
    public init(parsing text: String, for pattern: Pattern) {
        var reader = ReplacementReader(text, pattern)
        failure = reader.parse()
        parts = failure == nil ? reader.parts : []
    }

    /// Appends what the match in `matcher` is replaced by.
    func append(
        to target: inout ByteBuffer, _ matcher: borrowing PatternMatcher, _ subject: Span<UInt8>
    ) {
        for part in parts {
            switch part {
            case .bytes(let bytes): target.append(bytes.span)
            case .group(let number):
                if let place = matcher.group(number) {
                    target.append(subject.slice(place.lowerBound, place.count))
                }
            }
        }
    }
}

/// A cursor over a replacement text.
private struct ReplacementReader {
    let text: [Unicode.Scalar]
    let groupCount: Int
    let names: [String: Int]
    var cursor = 0
    var parts: [Replacement.Part] = []
    var plain: [UInt8] = []

    init(_ text: String, _ pattern: Pattern) {
        self.text = Array(text.unicodeScalars)
        groupCount = pattern.groupCount
        names = pattern.groupNames
    }

    mutating func parse() -> String? {
        while cursor < text.count {
            let character = text[cursor]
            cursor += 1
            switch character {
            case "\\":
                guard cursor < text.count else { return "character to be escaped is missing" }
                plain += Array(String(text[cursor]).utf8)
                cursor += 1
            case "$":
                if let failure = parseReference() { return failure }
            default:
                plain += Array(String(character).utf8)
            }
        }
        flush()
        return nil
    }

    private mutating func flush() {
        if !plain.isEmpty { parts.append(.bytes(plain)) }
        plain = []
    }

    private mutating func parseReference() -> String? {
        guard cursor < text.count else { return "Illegal group reference: group index is missing" }
        if text[cursor] == "{" { return parseName() }
        guard var number = digit(at: cursor) else { return "Illegal group reference" }
        cursor += 1
        while let next = digit(at: cursor), number * 10 + next <= groupCount {
            number = number * 10 + next
            cursor += 1
        }
        guard number <= groupCount else { return "No group \(number)" }
        flush()
        parts.append(.group(number))
        return nil
    }

    private mutating func parseName() -> String? {
        cursor += 1
        var name = ""
        while cursor < text.count, text[cursor].isASCII,
            text[cursor].properties.isAlphabetic || digit(at: cursor) != nil
        {
            name.unicodeScalars.append(text[cursor])
            cursor += 1
        }
        guard let first = name.unicodeScalars.first else {
            return "named capturing group has 0 length name"
        }
        guard cursor < text.count, text[cursor] == "}" else {
            return "named capturing group is missing trailing '}'"
        }
        cursor += 1
        if first.properties.numericType != nil {
            return "capturing group name {\(name)} starts with digit character"
        }
        guard let number = names[name] else { return "No group with name {\(name)}" }
        flush()
        parts.append(.group(number))
        return nil
    }

    private func digit(at index: Int) -> Int? {
        guard index < text.count, text[index] >= "0", text[index] <= "9" else { return nil }
        return Int(text[index].value - 0x30)
    }
}
