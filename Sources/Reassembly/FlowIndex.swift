// From a 5-tuple's hash to the first flow with it: open addressing, eight bytes a slot.

/// A table of flow handles by hash; who compares keys is the flow table.
struct FlowIndex: ~Copyable {
    // Tag (the hash's upper half, also the home position) in the upper, handle + 1 in the lower
    // half.
    var slots: [UInt64]
    var count = 0

    init(capacity: Int = 1024) {
        slots = Array(repeating: 0, count: capacity)
    }

    @inline(__always) var mask: Int { slots.count &- 1 }

    @inline(__always) static func tag(_ hash: UInt64) -> UInt64 { hash >> 32 }

    /// The position where a search for `hash` begins.
    @inline(__always) func home(_ hash: UInt64) -> Int {
        Int(truncatingIfNeeded: FlowIndex.tag(hash)) & mask
    }

    /// The next handle with this hash at or after `position`, which is moved to it.
    @inline(__always) func find(_ hash: UInt64, from position: inout Int) -> Int32? {
        let tag = FlowIndex.tag(hash)
        while true {
            let slot = slots[position]
            if slot == 0 { return nil }
            if slot >> 32 == tag { return Int32(truncatingIfNeeded: slot & 0xFFFF_FFFF) &- 1 }
            position = (position &+ 1) & mask
        }
    }

    @inline(__always) func next(_ position: Int) -> Int { (position &+ 1) & mask }

    /// Adds a handle.
    mutating func insert(_ hash: UInt64, _ handle: Int32) {
        if (count + 1) * 4 > slots.count * 3 { grow() }
        place(FlowIndex.tag(hash) << 32 | UInt64(UInt32(handle + 1)))
        count += 1
    }

    mutating func place(_ slot: UInt64) {
        var position = Int(truncatingIfNeeded: slot >> 32) & mask
        while slots[position] != 0 { position = next(position) }
        slots[position] = slot
    }

    mutating func grow() {
        let old = slots
        slots = Array(repeating: 0, count: old.count * 2)
        for slot in old where slot != 0 { place(slot) }
    }

    /// Removes a handle that was inserted with `hash`.
    mutating func remove(_ hash: UInt64, _ handle: Int32) {
        let wanted = FlowIndex.tag(hash) << 32 | UInt64(UInt32(handle + 1))
        var position = home(hash)
        while slots[position] != wanted {
            guard slots[position] != 0 else { return }
            position = next(position)
        }
        count -= 1
        // Shift back what follows, so that no search stops too early.
        var hole = position
        var probe = next(position)
        while slots[probe] != 0 {
            let origin = Int(truncatingIfNeeded: slots[probe] >> 32) & mask
            if (probe &- origin) & mask >= (probe &- hole) & mask {
                slots[hole] = slots[probe]
                hole = probe
            }
            probe = next(probe)
        }
        slots[hole] = 0
    }
}
