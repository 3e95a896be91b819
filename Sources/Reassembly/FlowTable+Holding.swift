// Bytes before their turn: kept sorted, without overlap, first come first kept.

import Bytes
import Wire

extension FlowTable {
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
                previous = insert(piece, 0, from, packet, handle, direction, after: previous)
                from = until
                continue
            }
            let overlapEnd = min(end, held[current].end)
            if overlapEnd > from { compare(bytes, place, from, overlapEnd, with: current) }
            from = max(from, overlapEnd)
            previous = current
            current = held[current].next
        }
        if from < end || missing > 0 {
            let piece = bytes.slice(Int(min(from, end) &- place), Int(end &- min(from, end)))
            _ = insert(
                piece, missing, min(from, end), packet, handle, direction, after: previous)
        }
    }

    mutating func compare(
        _ bytes: Span<UInt8>, _ place: UInt64, _ from: UInt64, _ until: UInt64,
        with other: Int32
    ) {
        let count = Int(until &- from)
        counters.overlapBytes &+= UInt64(count)
        let start = Int(from &- held[other].place)
        for step in 0..<count
        where bytes[Int(from &- place) + step] != held[other].bytes[start + step] {
            counters.overlapDifferentBytes &+= 1
        }
    }

    mutating func insert(
        _ bytes: Span<UInt8>, _ missing: UInt64, _ place: UInt64, _ packet: TCPPacket,
        _ handle: Int32, _ direction: Int, after previous: Int32
    ) -> Int32 {
        let (slot, _) = held.claim { HeldSegment() }
        held[slot].place = place
        held[slot].bytes.removeAll()
        held[slot].bytes.append(bytes)
        held[slot].missing = missing
        held[slot].timestamp = packet.timestamp
        held[slot].location = packet.location
        held[slot].acknowledgement = packet.acknowledgement
        held[slot].hasAcknowledgement = packet.flags.contains(.ack)
        if previous >= 0 {
            held[slot].next = held[previous].next
            held[previous].next = slot
        } else {
            held[slot].next = flows[handle].halves[direction].firstHeld
            flows[handle].halves[direction].firstHeld = slot
        }
        flows[handle].halves[direction].heldCount += 1
        flows[handle].halves[direction].heldBytes += bytes.count
        heldByteCount += bytes.count
        return slot
    }

    /// Takes the first held segment off its list; its slot is the caller's until `release`.
    mutating func popHeld(_ handle: Int32, _ direction: Int) {
        let slot = flows[handle].halves[direction].firstHeld
        flows[handle].halves[direction].firstHeld = held[slot].next
        flows[handle].halves[direction].heldCount -= 1
        flows[handle].halves[direction].heldBytes -= held[slot].bytes.count
        heldByteCount -= held[slot].bytes.count
        held[slot].bytes.trim(toCapacity: 64 << 10)
        held.release(slot)
    }

    /// Keeps the limits by declaring what is waited for missing.
    mutating func enforceLimits<C: StreamConsumer & ~Copyable>(
        _ handle: Int32, _ direction: Int, into consumer: inout C
    ) {
        while flows[handle].halves[direction].heldBytes > options.heldBytesPerDirection
            || flows[handle].halves[direction].heldCount > options.heldSegmentsPerDirection
        {
            let before = flows[handle].halves[direction].heldCount
            force(handle, direction, .bufferLimit, into: &consumer)
            guard flows[handle].halves[direction].heldCount < before else { break }
        }
        while heldByteCount > options.heldBytes, let timer = timers.first {
            timers.popFirst()
            guard isCurrent(timer), timer.subject < 2 else { continue }
            flows[timer.flow].halves[Int(timer.subject)].hasTimer = false
            force(timer.flow, Int(timer.subject), .memoryLimit, into: &consumer)
        }
    }
}
