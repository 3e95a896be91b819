// The little of a record that `earshot top` shows, read from the line's two ends: bodies in between
// are neither decoded nor copied. Order of the keys: docs/RECORD_FORMAT.md.

import Assembly
import Bytes
public import Records

/// What is looked at of one call.
public struct CallGlance: Sendable, Equatable {
    /// The method; nil when no request was seen.
    public var method: String?
    /// `http://host/path`; nil when no request was seen.
    public var url: String?
    /// The status; nil when no response was seen.
    public var status: Int?
    /// Packet time of the latest byte.
    public var end: Int64?
    /// From the request's first byte to the response's last, nanoseconds; nil when one is missing,
    /// or when the record is a piece of a longer response.
    public var latency: Int64?
    /// Whether it is a call of its own: no later piece of one, no conversation behind an upgrade.
    public var isCall = true

    /// Saw nothing yet.
    public init() {}
}

/// Reads glances; keeps its memory between them.
public struct CallGlancer: ~Copyable {
    private var text = ByteBuffer()

    /// The most bytes of a text that is kept.
    static let maximumTextBytes = 4096
    /// The first of Earshot's own keys. Its quotes unescaped, it cannot stand inside a string.
    private static let ownKeys: StaticString = "[\"call:id\","

    /// Reads nothing yet.
    public init() {}

    /// Reads a line, without its line feed.
    public mutating func read(_ line: Span<UInt8>) throws(RecordError) -> CallGlance {
        var glance = CallGlance()
        var cursor = JSONCursor(line)
        try readFront(&cursor, &glance)
        guard let start = CallGlancer.ownKeys(in: line) else { return glance }
        var back = JSONCursor(line.from(start))
        try readBack(&back, &glance)
        return glance
    }

    // Method, URL and status are the first pairs, as far as they are there.
    private mutating func readFront(
        _ cursor: inout JSONCursor, _ glance: inout CallGlance
    ) throws(RecordError) {
        try cursor.expect(0x5B)
        repeat {
            try cursor.expect(0x5B)
            let key = try readText(&cursor)
            guard key == "request_method" || key == "request_url" || key == "response_code" else {
                return
            }
            try cursor.expect(0x2C)
            let value = try readText(&cursor)
            try cursor.expect(0x5D)
            switch key {
            case "request_method": glance.method = value
            case "request_url": glance.url = value
            case _: glance.status = Int(value)
            }
        } while cursor.take(0x2C)
    }

    private mutating func readBack(
        _ cursor: inout JSONCursor, _ glance: inout CallGlance
    ) throws(RecordError) {
        var times: [String: Int64] = [:]
        var isPiece = false
        repeat {
            try cursor.expect(0x5B)
            let key = try readText(&cursor)
            // Trailers follow, and nothing of interest.
            guard key.hasPrefix("call:") else { break }
            try cursor.expect(0x2C)
            let value = try readText(&cursor)
            try cursor.expect(0x5D)
            switch key {
            case "call:request_start", "call:request_end", "call:response_start",
                "call:response_end":
                times[key] = Int64(value)
            case "call:protocol" where value == "websocket": glance.isCall = false
            case "call:piece":
                isPiece = true
                if value != "1" { glance.isCall = false }
            case _: break
            }
        } while cursor.take(0x2C)
        glance.end = times.values.max()
        guard !isPiece, let start = times["call:request_start"],
            let end = times["call:response_end"], end >= start
        else { return }
        glance.latency = end - start
    }

    private mutating func readText(_ cursor: inout JSONCursor) throws(RecordError) -> String {
        text.removeAll()
        try cursor.readString(into: &text)
        return String(
            decoding: text.span(from: 0, count: min(text.count, CallGlancer.maximumTextBytes)))
    }

    private static func ownKeys(in line: Span<UInt8>) -> Int? {
        var start = line.count - ownKeys.utf8CodeUnitCount
        while start >= 0 {
            if line[start] == 0x5B, line.slice(start, ownKeys.utf8CodeUnitCount).equals(ownKeys) {
                return start
            }
            start -= 1
        }
        return nil
    }
}
