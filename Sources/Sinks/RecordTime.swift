// When a record's response was on the wire: the `now` pair, read without parsing the line.

import Bytes

/// Reads the time out of a call record.
enum RecordTime {
    /// The `now` of the first line in epoch milliseconds; nil when it has none.
    ///
    /// The unescaped text `["now","` cannot stand inside a JSON string, so the last one found is
    /// the pair itself.
    static func milliseconds(ofFirstLine lines: Span<UInt8>) -> Int64? {
        let end = Scan.firstIndex(of: 0x0A, in: lines) ?? lines.count
        let needle: StaticString = "[\"now\",\""
        let width = needle.utf8CodeUnitCount
        var start = end - width
        while start >= 0 {
            if lines[start] == 0x5B, lines.slice(start, width).equals(needle) {
                var value: Int64 = 0
                var offset = start + width
                while offset < end, offset < start + width + 15, lines[offset].isASCIIDigit {
                    value = value * 10 + Int64(lines[offset] - 0x30)
                    offset += 1
                }
                return offset > start + width ? value : nil
            }
            start -= 1
        }
        return nil
    }
}
