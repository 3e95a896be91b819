// One stored line → pair list, for shipping, replay and tests. Strict: what is no message is
// refused.

import Bytes

/// Reads call records back.
public enum RecordReader {
    /// Reads one line into `list`, which is emptied first.
    ///
    /// Values may be strings or numbers, as the import library accepts them; a number keeps its
    /// text.
    ///
    /// - Throws: `RecordError` with the offset of the fault; `list` is then empty.
    public static func read(
        _ line: Span<UInt8>, into list: inout PairList
    ) throws(RecordError) {
        list.removeAll()
        var cursor = JSONCursor(line)
        do throws(RecordError) {
            try readMessage(&cursor, line, into: &list)
        } catch {
            list.removeAll()
            throw error
        }
    }

    static func readMessage(
        _ cursor: inout JSONCursor, _ line: Span<UInt8>, into list: inout PairList
    ) throws(RecordError) {
        try readPairs(&cursor, line, into: &list)
        try cursor.expectEnd()
    }

    /// Reads an array of pairs at the cursor and appends them to `list`.
    ///
    /// - Parameters:
    ///   - cursor: A cursor over `text`.
    ///   - text: The whole text, for the numbers in it.
    ///   - list: Where the pairs go.
    public static func readPairs(
        _ cursor: inout JSONCursor, _ text: Span<UInt8>, into list: inout PairList
    ) throws(RecordError) {
        try cursor.expect(0x5B)
        if cursor.take(0x5D) { return }
        repeat {
            try cursor.expect(0x5B)
            let keyStart = list.arena.count
            try cursor.readString(into: &list.arena)
            let key = PairText(.arena, keyStart, list.arena.count - keyStart)
            try cursor.expect(0x2C)
            let valueStart = list.arena.count
            if cursor.peek() == 0x22 {
                try cursor.readString(into: &list.arena)
            } else {
                let number = try cursor.readNumber()
                list.arena.append(text.slice(number.lowerBound, number.count))
            }
            let value = PairText(.arena, valueStart, list.arena.count - valueStart)
            try cursor.expect(0x5D)
            list.append(key: key, value: value)
        } while cursor.take(0x2C)
        try cursor.expect(0x5D)
    }
}
