// From a 5-tuple's hash to the flows with it: open addressing, eight bytes a slot.

/// A table of flow handles by hash; who compares keys is the flow table.
struct FlowIndex: ~Copyable {
    // The tag (it gives the home position, too) in the upper, handle + 1 in the lower half.
    var slots: [UInt64]
    var count = 0

    /// - Parameter capacity: A power of two.
    init(capacity: Int = 1024) {
        slots = Array(repeating: 0, count: capacity)
    }

    @inline(__always) var mask: Int { slots.count &- 1 }

    /// The position where a search begins.
    @inline(__always) func home(_ tag: UInt32) -> Int { Int(truncatingIfNeeded: tag) & mask }

    /// The position behind another.
    @inline(__always) func next(_ position: Int) -> Int { (position &+ 1) & mask }

    /// The next handle with this tag at or after `position`, which is moved to it.
    @inline(__always) func find(_ tag: UInt32, from position: inout Int) -> Int32? {
        while true {
            let slot = slots[position]
            if slot == 0 { return nil }
            if UInt32(truncatingIfNeeded: slot >> 32) == tag {
                return Int32(truncatingIfNeeded: slot) &- 1
            }
            position = next(position)
        }
    }

    static func slot(_ tag: UInt32, _ handle: Int32) -> UInt64 {
        UInt64(tag) << 32 | UInt64(UInt32(bitPattern: handle &+ 1))
    }

    /// Adds a handle.
    mutating func insert(_ tag: UInt32, _ handle: Int32) {
        if (count + 1) * 4 > slots.count * 3 { grow() }
        place(FlowIndex.slot(tag, handle))
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

    /// Removes a handle that was inserted with `tag`.
    mutating func remove(_ tag: UInt32, _ handle: Int32) {
        let wanted = FlowIndex.slot(tag, handle)
        var position = home(tag)
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
