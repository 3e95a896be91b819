// The codings of a Content-Encoding header. RFC 9110 §8.4.1 and §5.6.1 (lists); RFC 8878, RFC 7932.

import Bytes

/// A coding a body may be in.
public enum ContentCoding: UInt8, Sendable, CaseIterable {
    /// `gzip` or `x-gzip`.
    case gzip
    /// `deflate`: a zlib stream, or the raw deflate that some servers send for it.
    case deflate
    /// `br`.
    case brotli
    /// `zstd`.
    case zstd

    /// The most codings one body may be in, one inside the other.
    public static let maximumCount = 4

    /// Reads a header's value: codings in the order they were applied, `identity` left out.
    ///
    /// - Returns: nil when one is unknown or there are more than `maximumCount`.
    static func parse(_ value: Span<UInt8>) -> CodingList? {
        var list = CodingList()
        var start = 0
        while start <= value.count {
            let end = Scan.firstIndex(of: 0x2C, in: value, from: start) ?? value.count
            let name = trim(value.extracting(start..<end))
            start = end + 1
            if name.isEmpty || name.equalsIgnoringCase("identity") { continue }
            guard let coding = named(name), list.append(coding) else { return nil }
        }
        return list
    }

    private static func named(_ name: Span<UInt8>) -> ContentCoding? {
        if name.equalsIgnoringCase("gzip") || name.equalsIgnoringCase("x-gzip") { return .gzip }
        if name.equalsIgnoringCase("br") { return .brotli }
        if name.equalsIgnoringCase("deflate") { return .deflate }
        if name.equalsIgnoringCase("zstd") { return .zstd }
        return nil
    }

    @_lifetime(copy text)
    private static func trim(_ text: Span<UInt8>) -> Span<UInt8> {
        var start = 0
        var end = text.count
        while start < end, text[start] == 0x20 || text[start] == 0x09 { start += 1 }
        while end > start, text[end - 1] == 0x20 || text[end - 1] == 0x09 { end -= 1 }
        return text.extracting(start..<end)
    }
}

/// A few codings, held in place.
struct CodingList {
    private var codings: InlineArray<4, ContentCoding> = .init(repeating: .gzip)
    private(set) var count = 0

    /// Whether there was room.
    mutating func append(_ coding: ContentCoding) -> Bool {
        guard count < ContentCoding.maximumCount else { return false }
        codings[count] = coding
        count += 1
        return true
    }

    subscript(index: Int) -> ContentCoding { codings[index] }
}
