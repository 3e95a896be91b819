// Bytes before their turn: kept sorted, without overlap, first come first kept.

import Bytes
import Wire

extension FlowTable {
    /// Memory that released segments may keep in all.
    static let spareLimit = 16 << 20

    /// Holds bytes, leaving out what is held already.
    mutating func hold(
        _ bytes: Span<UInt8>, _ missing: UInt64, _ place: UInt64, _ packet: TCPPacket,
        _ handle: Int32, _ direction: Int
    ) {
        var previous: Int32 = -1
        var current = flows[handle].halves[direction].firstHeld
        var from = place
        let end = place &+ UInt64(bytes.count)
        while current >= 0, held[current].end <= from, held[current].place < from {
            previous = current
            current = held[current].next
        }
        // Fill what is free between held segments.
        while from < end, current >= 0 {
            let nextPlace = held[current].place
            if from < nextPlace {
                let until = min(end, nextPlace)
                let piece = bytes.slice(Int(from &- place), Int(until &- from))
                previous = insert(piece, from, packet, handle, direction, after: previous)
                from = until
                continue
            }
            let overlapEnd = min(end, held[current].end)
            if overlapEnd > from {
                compare(bytes, place, from, overlapEnd, with: current)
                from = overlapEnd
            }
            guard from >= held[current].end else { break }
            previous = current
            current = held[current].next
        }
        if from < end {
            let piece = bytes.slice(Int(from &- place), Int(end &- from))
            previous = insert(piece, from, packet, handle, direction, after: previous)
        }
        noteCut(missing, end, previous, current, packet, handle, direction)
    }

    // The cut belongs to the segment that ends where it begins, or to the one that covers its
    // beginning: the bytes held count more.
    mutating func noteCut(
        _ missing: UInt64, _ end: UInt64, _ previous: Int32, _ current: Int32,
        _ packet: TCPPacket, _ handle: Int32, _ direction: Int
    ) {
        guard missing > 0 else { return }
        if current >= 0, held[current].place <= end, held[current].end > end {
            let covered = held[current].end &- end
            if missing > covered {
                held[current].missing = max(held[current].missing, missing &- covered)
            }
            return
        }
        var slot = previous
        if slot < 0 || held[slot].end != end {
            slot = insert(Span(), end, packet, handle, direction, after: previous)
        }
        held[slot].missing = max(held[slot].missing, missing)
    }

    mutating func compare(
        _ bytes: Span<UInt8>, _ place: UInt64, _ from: UInt64, _ until: UInt64,
        with other: Int32
    ) {
        let mine = bytes.slice(Int(from &- place), Int(until &- from))
        counters.overlapBytes &+= UInt64(mine.count)
        let different = differences(mine, other, Int(from &- held[other].place))
        counters.overlapDifferentBytes &+= different
    }

    func differences(_ bytes: Span<UInt8>, _ slot: Int32, _ offset: Int) -> UInt64 {
        let theirs = held[slot].bytes.span(from: offset, count: bytes.count)
        var count: UInt64 = 0
        for index in bytes.indices where bytes[index] != theirs[index] { count &+= 1 }
        return count
    }

    mutating func insert(
        _ bytes: Span<UInt8>, _ place: UInt64, _ packet: TCPPacket, _ handle: Int32,
        _ direction: Int, after previous: Int32
    ) -> Int32 {
        let slot = claimHeld(bytes)
        held[slot].place = place
        held[slot].missing = 0
        held[slot].timestamp = packet.timestamp
        held[slot].arrival = clock
        held[slot].location = packet.location
        held[slot].acknowledgement = packet.acknowledgement
        held[slot].hasAcknowledgement = packet.flags.contains(.ack)
        append(slot, handle, direction, after: previous)
        return slot
    }

    mutating func append(
        _ slot: Int32, _ handle: Int32, _ direction: Int, after previous: Int32
    ) {
        if previous >= 0 {
            held[slot].next = held[previous].next
            held[previous].next = slot
        } else {
            held[slot].next = flows[handle].halves[direction].firstHeld
            flows[handle].halves[direction].firstHeld = slot
        }
        let cost = held[slot].cost
        flows[handle].halves[direction].heldCount += 1
        flows[handle].halves[direction].heldBytes += cost
        heldByteCount += cost
        heldPayloadByteCount += held[slot].bytes.count
    }

    // A slot with a copy of `bytes`. Memory much larger than that is not kept for it: what is held
    // takes at most about five times what it counts.
    mutating func claimHeld(_ bytes: Span<UInt8>) -> Int32 {
        let (slot, isReused) = held.claim { HeldSegment() }
        if isReused { spareByteCount -= held[slot].bytes.capacity }
        if held[slot].bytes.capacity > 4 * bytes.count + 1024 {
            held[slot].bytes = ByteBuffer(bytes)
        } else {
            held[slot].bytes.removeAll()
            held[slot].bytes.append(bytes)
        }
        return slot
    }

    /// Takes the first held segment off its list; its slot is the caller's until `releaseHeld`.
    mutating func popHeld(_ handle: Int32, _ direction: Int) -> Int32 {
        let slot = flows[handle].halves[direction].firstHeld
        let cost = held[slot].cost
        flows[handle].halves[direction].firstHeld = held[slot].next
        flows[handle].halves[direction].heldCount -= 1
        flows[handle].halves[direction].heldBytes -= cost
        heldByteCount -= cost
        heldPayloadByteCount -= held[slot].bytes.count
        return slot
    }

    /// Gives a segment's slot back.
    @usableFromInline mutating func releaseHeld(_ slot: Int32) {
        if spareByteCount + held[slot].bytes.capacity > FlowTable.spareLimit {
            held[slot].bytes = ByteBuffer()
        }
        spareByteCount += held[slot].bytes.capacity
        held.release(slot)
    }

    /// Keeps the limits by declaring what is waited for missing.
    mutating func enforceLimits(_ handle: Int32, _ direction: Int) {
        while flows[handle].halves[direction].firstHeld >= 0,
            flows[handle].halves[direction].heldBytes > options.heldBytesPerDirection
                || Int(flows[handle].halves[direction].heldCount) > options.heldSegmentsPerDirection
        {
            expire(handle, direction, .bufferLimit)
        }
        guard heldByteCount > options.heldBytes else { return }
        if isFollowed(handle), flows[handle].halves[direction].isBlocked {
            wait(handle, direction)
        }
        while heldByteCount > options.heldBytes, let first = waiting.first {
            expire(first.flow, Int(first.direction), .memoryLimit)
        }
    }
}
