// IPv4 and IPv6 reassembly. RFC 791 §3.2, RFC 8200 §4.5.
//
// Fragments may come in any order. Overlaps: the first bytes win. Datagrams are in a list by
// arrival: the oldest expires first, and goes first when a limit is reached. Time is packet time.

import Bytes

/// Puts datagrams together from their fragments, within limits.
struct Defragmenter: ~Copyable {
    let limits: DecoderLimits
    var slots = Slab<PartialDatagram>()
    var slotsByKey: [FragmentKey: Int32] = [:]
    /// The ends of the list by arrival; -1 when nothing is held.
    var oldest: Int32 = -1
    var newest: Int32 = -1
    /// What the datagrams held count against the limit.
    var heldBytes = 0
    /// Room that free slots keep for their next datagram.
    var idleBytes = 0
    /// When the oldest datagram will have waited too long.
    private(set) var nextExpiry = Timestamp(nanoseconds: .max)
    var completed = ByteBuffer()

    /// The largest payload of an IP datagram.
    static let maximumByteCount = 65_535

    init(_ limits: DecoderLimits) { self.limits = limits }

    /// The number of datagrams held.
    var count: Int { slotsByKey.count }

    /// Takes the bytes of the datagram that `insert` called complete.
    mutating func takeCompleted() -> ByteBuffer {
        var taken = ByteBuffer()
        swap(&taken, &completed)
        return taken
    }

    /// Adds a fragment, whose place and promised length are the cursor's.
    mutating func insert(
        _ payload: Span<UInt8>, _ cursor: LayerCursor, _ time: Timestamp,
        _ counters: inout WireCounters
    ) -> FragmentOutcome {
        let start = Int(cursor.fragmentOffset)
        // All fragments but the last are multiples of 8; a rest could belong nowhere.
        let wireLength = cursor.promised - cursor.offset
        let length = cursor.isLastFragment ? wireLength : wireLength & ~7
        guard length > 0, start + length <= Defragmenter.maximumByteCount else { return .malformed }
        let end = start + length
        let captured = min(payload.count, length)
        let slot = claim(FragmentKey(cursor), start, start + captured, time, &counters)
        guard slots[slot].fragmentCount < limits.fragmentsPerDatagram,
            makeRoom(for: captured, in: slot, &counters)
        else { return .overLimit }
        let before = slots[slot].cost
        slots[slot].fragmentCount += 1
        slots[slot].lastTime = max(slots[slot].lastTime, time)
        slots[slot].keep(payload.slice(0, captured), at: start)
        if captured < length {
            slots[slot].missing.append(
                FragmentPiece(start: Int32(start + captured), end: Int32(end)))
        }
        heldBytes += slots[slot].cost - before
        if cursor.isLastFragment, slots[slot].byteCount < 0 { slots[slot].byteCount = Int32(end) }
        if start == 0 || slots[slot].fragmentCount == 1 { slots[slot].protocolNumber = cursor.type }
        guard let prefix = slots[slot].capturedPrefix() else { return .held }
        return .completed(complete(slot, prefix, &counters))
    }

    /// The slot of a datagram: the one held, or a new one when the identification is used again.
    mutating func claim(
        _ key: FragmentKey, _ start: Int, _ end: Int, _ time: Timestamp,
        _ counters: inout WireCounters
    ) -> Int32 {
        if let slot = slotsByKey[key] {
            let age = time.nanoseconds(since: slots[slot].lastTime)
            let isReuse = age > limits.fragmentReuseNanoseconds && slots[slot].overlaps(start, end)
            guard isReuse else { return slot }
            drop(slot, isEviction: false, &counters)
        }
        if count >= limits.datagrams, oldest >= 0 { drop(oldest, isEviction: true, &counters) }
        return append(key, at: time)
    }

    /// Takes a slot for a new datagram at the end of the list.
    mutating func append(_ key: FragmentKey, at time: Timestamp) -> Int32 {
        let (slot, isReused) = slots.claim { PartialDatagram(key, at: time) }
        if isReused {
            idleBytes -= slots[slot].storage.capacity
            slots[slot].reset(key, at: time)
        }
        slotsByKey[key] = slot
        slots[slot].older = newest
        if newest >= 0 { slots[newest].newer = slot } else { oldest = slot }
        newest = slot
        heldBytes += slots[slot].cost
        updateExpiry()
        return slot
    }

    /// Gives up the oldest datagrams until a fragment fits; false when its own datagram went.
    mutating func makeRoom(
        for byteCount: Int, in slot: Int32, _ counters: inout WireCounters
    ) -> Bool {
        let cost = byteCount + PartialDatagram.fragmentOverhead
        while heldBytes + cost > limits.fragmentBytes {
            let victim = oldest
            drop(victim, isEviction: true, &counters)
            if victim == slot { return false }
        }
        return true
    }

    mutating func complete(
        _ slot: Int32, _ prefix: Int, _ counters: inout WireCounters
    ) -> CompletedDatagram {
        var bytes = ByteBuffer(capacity: prefix)
        slots[slot].copy(prefix, to: &bytes)
        completed = bytes
        let datagram = CompletedDatagram(
            protocolNumber: slots[slot].protocolNumber, byteCount: Int(slots[slot].byteCount),
            capturedByteCount: prefix)
        counters.datagramsReassembled &+= 1
        release(slot)
        return datagram
    }

    /// Gives up datagrams that have waited too long.
    mutating func expire(at time: Timestamp, _ counters: inout WireCounters) {
        while oldest >= 0, time >= nextExpiry { drop(oldest, isEviction: false, &counters) }
    }

    /// Gives up a datagram and counts what that costs.
    mutating func drop(_ slot: Int32, isEviction: Bool, _ counters: inout WireCounters) {
        let fragments = UInt64(slots[slot].fragmentCount)
        let bytes = UInt64(slots[slot].storage.count)
        if isEviction {
            counters.datagramsEvicted &+= 1
            counters.fragmentsEvicted &+= fragments
            counters.fragmentBytesEvicted &+= bytes
        } else {
            counters.datagramsExpired &+= 1
            counters.fragmentsExpired &+= fragments
            counters.fragmentBytesExpired &+= bytes
        }
        release(slot)
    }

    /// Takes a datagram off the list; its slot keeps some room for the next.
    mutating func release(_ slot: Int32) {
        let (older, newer) = (slots[slot].older, slots[slot].newer)
        if older >= 0 { slots[older].newer = newer } else { oldest = newer }
        if newer >= 0 { slots[newer].older = older } else { newest = older }
        heldBytes -= slots[slot].cost
        slotsByKey[slots[slot].key] = nil
        slots[slot].clear()
        if idleBytes + slots[slot].storage.capacity > limits.fragmentBytes / 4 {
            slots[slot].storage.trim(toCapacity: 0)
        }
        idleBytes += slots[slot].storage.capacity
        slots.release(slot)
        updateExpiry()
    }

    mutating func updateExpiry() {
        nextExpiry =
            oldest < 0
            ? Timestamp(nanoseconds: .max)
            : slots[oldest].firstTime.advanced(byNanoseconds: limits.fragmentTimeoutNanoseconds)
    }
}
