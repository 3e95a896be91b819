// Line feeds in NDJSON: a record never holds a raw one.

import Bytes

/// Helpers over newline-ended records.
public enum Lines {
    /// The number of lines.
    public static func count(in bytes: Span<UInt8>) -> UInt64 {
        var lines: UInt64 = 0
        var offset = 0
        while let end = Scan.firstIndex(of: 0x0A, in: bytes, from: offset) {
            lines &+= 1
            offset = end + 1
        }
        return lines
    }
}
