// The dynamic table of one HPACK decoder: a ring of entries over one run of bytes. RFC 7541 §2.3.2,
// §4.
//
// Names and values lie in `arena` in the order of insertion; what was evicted is given back by
// moving the rest to the front when it is worth it. Behind the last entry the arena serves as
// scratch.

import Bytes

/// An entry of a dynamic table.
struct HPACKEntry: BitwiseCopyable {
    /// Where its name begins, counted from the arena's first byte ever; the value follows the name.
    var offset = 0
    /// The length of the name.
    var nameByteCount: UInt32 = 0
    /// The length of the value.
    var valueByteCount: UInt32 = 0
    /// Whether the name was an unknown entry's.
    var hasUnknownName = false

    /// The entry's size (§4.1).
    var byteCount: Int { Int(nameByteCount) + Int(valueByteCount) + HPACKTable.entryOverhead }
}

/// A dynamic table.
struct HPACKTable: ~Copyable {
    /// What an entry costs beside its texts (§4.1).
    static let entryOverhead = 32
    /// The arena's size below which nothing is moved.
    static let compactionByteCount = 4096
    /// The arena's room that is never given back.
    static let ampleByteCount = 4 * compactionByteCount

    /// The texts of the entries, and scratch behind them.
    var arena = ByteBuffer()
    private var arenaStart = 0
    private var ring: [HPACKEntry] = []
    private var newest = 0
    /// The number of entries.
    private(set) var count = 0
    /// The size of all entries (§4.1).
    private(set) var byteCount = 0
    /// The size beyond which entries are evicted.
    private(set) var maximumByteCount: Int

    init(maximumByteCount: Int) { self.maximumByteCount = maximumByteCount }

    /// An entry, 0 being the newest.
    func entry(_ index: Int) -> HPACKEntry { ring[(newest &- index) & (ring.count &- 1)] }

    /// The name of an entry with its value right behind it.
    @_lifetime(borrow self)
    func text(_ entry: HPACKEntry) -> Span<UInt8> {
        arena.span(
            from: entry.offset &- arenaStart,
            count: Int(entry.nameByteCount) &+ Int(entry.valueByteCount))
    }

    /// The name of an entry.
    @_lifetime(borrow self)
    func name(_ entry: HPACKEntry) -> Span<UInt8> {
        arena.span(from: entry.offset &- arenaStart, count: Int(entry.nameByteCount))
    }

    /// The value of an entry.
    @_lifetime(borrow self)
    func value(_ entry: HPACKEntry) -> Span<UInt8> {
        arena.span(
            from: entry.offset &- arenaStart &+ Int(entry.nameByteCount),
            count: Int(entry.valueByteCount))
    }

    /// Appends a copy of an entry's name to the scratch.
    mutating func scratchName(of entry: HPACKEntry) {
        arena.append(copyOf: entry.offset &- arenaStart, count: Int(entry.nameByteCount))
    }

    /// Makes an entry of the scratch: a name of `nameByteCount` bytes from `start`, the rest the
    /// value.
    ///
    /// - Returns: How many entries were evicted for it; it is counted itself when it does not fit.
    mutating func commit(scratchFrom start: Int, nameByteCount: Int, hasUnknownName: Bool) -> Int {
        var entry = HPACKEntry()
        entry.offset = arenaStart + start
        entry.nameByteCount = UInt32(nameByteCount)
        entry.valueByteCount = UInt32(arena.count - start - nameByteCount)
        entry.hasUnknownName = hasUnknownName
        let size = entry.byteCount
        var evicted = 0
        while count > 0, byteCount + size > maximumByteCount {
            evictOldest()
            evicted += 1
        }
        if size > maximumByteCount {
            discardScratch(from: start)
            return evicted + 1
        }
        if count == ring.count { growRing() }
        newest = (newest &+ 1) & (ring.count &- 1)
        ring[newest] = entry
        count += 1
        byteCount += size
        compact()
        return evicted
    }

    /// Forgets the scratch from `start` on.
    mutating func discardScratch(from start: Int) {
        arena.truncate(to: start)
        if arena.capacity > HPACKTable.ampleByteCount { compact() }
    }

    /// Changes the size limit, evicting what no longer fits (§4.3).
    ///
    /// - Returns: How many entries were evicted.
    mutating func resize(toMaximum maximum: Int) -> Int {
        maximumByteCount = maximum
        var evicted = 0
        while byteCount > maximum {
            evictOldest()
            evicted += 1
        }
        compact()
        return evicted
    }

    /// Forgets all entries.
    mutating func removeAll() {
        arena.removeAll()
        arenaStart = 0
        count = 0
        byteCount = 0
        compact()
    }

    private mutating func evictOldest() {
        byteCount -= entry(count - 1).byteCount
        count -= 1
    }

    private mutating func growRing() {
        var grown = [HPACKEntry](repeating: HPACKEntry(), count: max(16, ring.count * 2))
        for index in 0..<count { grown[count - 1 - index] = entry(index) }
        ring = grown
        newest = max(count - 1, 0)
    }

    /// Gives back what evicted entries and long scratch took, when it is much.
    private mutating func compact() {
        let live = count > 0 ? entry(count - 1).offset - arenaStart : arena.count
        if live >= max(arena.count - live, HPACKTable.compactionByteCount) {
            arena.removeFirst(live)
            arenaStart += live
        }
        let ample = 4 * max(byteCount, HPACKTable.compactionByteCount)
        if arena.capacity > ample, arena.count <= ample / 4 { arena = ByteBuffer(arena.span) }
    }
}
