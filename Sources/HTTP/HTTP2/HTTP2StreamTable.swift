// The open streams of a connection: a dense array and an open-addressing index over it, probed
// linearly, with backward-shift deletion. Slots change on removal; nothing keeps one across frames.

/// Open streams by number.
struct HTTP2StreamTable {
    /// The streams, in no order that means anything.
    private(set) var streams: [HTTP2Stream] = []
    /// Slot + 1 by hash; 0 is free. A power of two, at most half full.
    private var index: [Int32] = []

    /// The number of open streams.
    var count: Int { streams.count }

    /// A stream by its slot, changed in place.
    subscript(slot: Int) -> HTTP2Stream {
        _read { yield streams[slot] }
        _modify { yield &streams[slot] }
    }

    /// The slot of a stream, nil when it is not open.
    func slot(of id: UInt32) -> Int? {
        // Most connections have few streams open: no hashing for those.
        if streams.count <= 8 {
            for slot in streams.indices where streams[slot].id == id { return slot }
            return nil
        }
        var place = home(id)
        while index[place] != 0 {
            let slot = Int(index[place]) - 1
            if streams[slot].id == id { return slot }
            place = (place &+ 1) & (index.count &- 1)
        }
        return nil
    }

    /// Adds a stream that is not open yet.
    mutating func insert(_ stream: HTTP2Stream) -> Int {
        streams.append(stream)
        if streams.count * 2 > index.count {
            rebuild(max(32, index.count * 2))
        } else {
            place(streams.count - 1)
        }
        return streams.count - 1
    }

    /// Removes the stream in a slot; the last one takes its slot.
    mutating func remove(at slot: Int) -> HTTP2Stream {
        let removed = streams[slot]
        unplace(slot)
        let last = streams.count - 1
        if slot != last {
            index[indexPlace(of: last)] = Int32(slot + 1)
            streams[slot] = streams[last]
        }
        streams.removeLast()
        if streams.isEmpty, index.count > 4096 { rebuild(32) }
        return removed
    }

    /// All stream numbers, ascending.
    func sortedIDs() -> [UInt32] { streams.map(\.id).sorted() }

    private func home(_ id: UInt32) -> Int {
        Int((id &* 0x9E37_79B1) >> 7) & (index.count &- 1)
    }

    private mutating func place(_ slot: Int) {
        var place = home(streams[slot].id)
        while index[place] != 0 { place = (place &+ 1) & (index.count &- 1) }
        index[place] = Int32(slot + 1)
    }

    private func indexPlace(of slot: Int) -> Int {
        var place = home(streams[slot].id)
        while Int(index[place]) != slot + 1 { place = (place &+ 1) & (index.count &- 1) }
        return place
    }

    /// Frees a slot's place and moves up what was pushed behind it.
    private mutating func unplace(_ slot: Int) {
        let mask = index.count &- 1
        var hole = indexPlace(of: slot)
        index[hole] = 0
        var next = (hole &+ 1) & mask
        while index[next] != 0 {
            let wanted = home(streams[Int(index[next]) - 1].id)
            if (next &- wanted) & mask >= (next &- hole) & mask {
                index[hole] = index[next]
                index[next] = 0
                hole = next
            }
            next = (next &+ 1) & mask
        }
    }

    private mutating func rebuild(_ capacity: Int) {
        index = [Int32](repeating: 0, count: capacity)
        for slot in streams.indices { place(slot) }
    }
}
