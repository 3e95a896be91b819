// Which rules are about which key: judged once per key, kept in a small table. Keys repeat from
// call to call; values do not.

import Bytes

/// A bounded table from keys to rows of bits.
struct KeyCache: ~Copyable {
    /// The most keys kept; when one more comes, all are forgotten.
    static let maximumKeys = 1024
    /// The longest key kept, in bytes.
    static let maximumKeyBytes = 256
    /// How many slots are looked at for a key.
    static let maximumProbes = 8

    private struct Slot {
        var hash: UInt64 = 0
        var offset: UInt32 = 0
        var count: UInt32 = 0
        var row: UInt32 = 0
    }

    private var slots: [Slot]
    private var keys = ByteBuffer(capacity: 16 << 10)
    private var used = 0
    /// Words per row.
    let width: Int
    /// The rows, `width` words each.
    private(set) var rows: [UInt64] = []
    /// How often the table was emptied.
    private(set) var clears: UInt64 = 0

    init(width: Int) {
        self.width = width
        slots = Array(repeating: Slot(), count: KeyCache.maximumKeys * 2)
    }

    /// A hash of a key; never 0.
    static func hash(_ key: Span<UInt8>) -> UInt64 {
        let count = key.count
        var hash = FoldHash(seed: UInt64(truncatingIfNeeded: count))
        guard count >= 8 else {
            var word: UInt64 = 0
            for index in 0..<count { word = word << 8 | UInt64(key[index]) }
            hash.combine(word)
            return hash.value | 1
        }
        var offset = 0
        while offset &+ 8 < count {
            hash.combine(key.littleEndian(UInt64.self, at: offset))
            offset &+= 8
        }
        // The last word overlaps the one before: no loop over single bytes.
        hash.combine(key.littleEndian(UInt64.self, at: count &- 8))
        return hash.value | 1
    }

    /// Whether two keys of the same length are the same.
    private static func areEqual(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        let count = left.count
        guard count >= 8 else { return left.equals(right) }
        var offset = 0
        while offset &+ 8 < count {
            if left.littleEndian(UInt64.self, at: offset)
                != right.littleEndian(UInt64.self, at: offset)
            {
                return false
            }
            offset &+= 8
        }
        return left.littleEndian(UInt64.self, at: count &- 8)
            == right.littleEndian(UInt64.self, at: count &- 8)
    }

    /// The first word of a key's row; nil when the key is not known.
    func row(of key: Span<UInt8>, hash: UInt64) -> Int? {
        var index = Int(truncatingIfNeeded: hash >> 8) & (slots.count - 1)
        for _ in 0..<KeyCache.maximumProbes {
            let slot = slots[index]
            if slot.hash == 0 { return nil }
            if slot.hash == hash, Int(slot.count) == key.count,
                KeyCache.areEqual(keys.span(from: Int(slot.offset), count: key.count), key)
            {
                return Int(slot.row) * width
            }
            index = (index + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Adds a key with an empty row and returns the row's first word; nil when it is not to be
    /// kept.
    mutating func add(_ key: Span<UInt8>, hash: UInt64) -> Int? {
        guard key.count <= KeyCache.maximumKeyBytes else { return nil }
        if used == KeyCache.maximumKeys { removeAll() }
        var index = Int(truncatingIfNeeded: hash >> 8) & (slots.count - 1)
        for _ in 0..<KeyCache.maximumProbes {
            if slots[index].hash == 0 {
                slots[index] = Slot(
                    hash: hash, offset: UInt32(keys.count), count: UInt32(key.count),
                    row: UInt32(used))
                keys.append(key)
                let row = used * width
                used += 1
                if rows.count < used * width { rows += [UInt64](repeating: 0, count: width) }
                for word in row..<(row + width) { rows[word] = 0 }
                return row
            }
            index = (index + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Sets a word of a row.
    mutating func setWord(_ index: Int, _ value: UInt64) { rows[index] = value }

    private mutating func removeAll() {
        for index in slots.indices { slots[index] = Slot() }
        keys.removeAll()
        used = 0
        clears += 1
    }
}
