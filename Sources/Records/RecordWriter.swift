// Pair list → one line of NDJSON: `[["key","value"],…]` and a line feed. spec: message format 1.1,
// 1.8.
//
// Keys and values are valid UTF-8 already: PairList sees to it. Empty values are never written.

public import Bytes

/// Writes call records as lines.
public enum RecordWriter {
    /// Appends the line of `list`; nothing at all when no pair has a value.
    ///
    /// - Returns: Whether a line was written.
    @discardableResult
    public static func append(_ list: borrowing PairList, to line: inout ByteBuffer) -> Bool {
        var isFirst = true
        for pair in list.pairs where pair.value.count > 0 {
            line.append(isFirst ? 0x5B : 0x2C)
            isFirst = false
            line.append(jsonPair: list.span(pair.key), list.span(pair.value))
        }
        if isFirst { return false }
        line.append("]\n" as StaticString)
        return true
    }

    /// Appends `text`, valid UTF-8, as the inside of a JSON string.
    public static func escape(_ text: Span<UInt8>, into buffer: inout ByteBuffer) {
        buffer.append(jsonEscaping: text)
    }
}
