// The end of directions and of flows.

import Bytes
import Wire

extension FlowTable {
    /// Notes the end of a direction whose last byte was delivered.
    mutating func endIfOver(_ handle: Int32, _ direction: Int) {
        let half = flows[handle].halves[direction]
        guard half.isSynchronized, !half.isEnded, half.next >= half.finPlace, half.firstHeld < 0
        else { return }
        flows[handle].halves[direction].isEnded = true
        if flows[handle].isAnnounced { tellEnd(handle, direction, .finished) }
    }

    mutating func tellEnd(_ handle: Int32, _ direction: Int, _ end: StreamEnd) {
        events.append(
            .ended(handle, direction == 0 ? .fromOriginator : .fromResponder, end, clock))
    }

    // Returns whether the flow was closed.
    mutating func closeIfOver(_ handle: Int32) -> Bool {
        switch flows[handle].state {
        case .lingering, .free: return true
        case .open:
            guard flows[handle].halves[0].isEnded, flows[handle].halves[1].isEnded else {
                return false
            }
            close(handle, .ended)
            return true
        case .reset:
            guard !isAwaited(handle, 0), !isAwaited(handle, 1) else { return false }
            close(handle, .reset)
            return true
        }
    }

    // Whether data sent before the RST may still come.
    func isAwaited(_ handle: Int32, _ direction: Int) -> Bool {
        let half = flows[handle].halves[direction]
        if half.isBlocked { return true }
        guard half.isSeen, !half.isEnded, !half.hasFIN else { return false }
        let isSender = Int(flows[handle].resetDirection) == direction
        return half.acknowledged > half.next || (isSender && flows[handle].resetPlace > half.next)
    }

    /// Ends a flow: what is held goes out, holes are declared, the consumer is told.
    mutating func close(_ handle: Int32, _ reason: CloseReason) {
        flush(handle, reason == .evicted ? .memoryLimit : .lost)
        stopWaiting(handle, 0)
        stopWaiting(handle, 1)
        counters.noteClose(reason)
        if flows[handle].isAnnounced {
            for direction in 0..<2
            where reason == .reset && !flows[handle].halves[direction].isEnded {
                tellEnd(handle, direction, .reset)
            }
            events.append(.closed(handle, reason, clock))
        } else {
            counters.emptyFlows &+= 1
        }
        guard reason == .ended || reason == .reset else {
            free(handle)
            return
        }
        flows[handle].state = .lingering
        flows[handle].lastActivity = clock
        link(handle, .lingering)
    }

    /// Delivers or declares everything a flow still waits for.
    mutating func flush(_ handle: Int32, _ cause: GapCause) {
        for direction in 0..<2
        where !flows[handle].halves[direction].isSynchronized
            && flows[handle].halves[direction].isSeen
        {
            settle(handle, direction)
        }
        flows[handle].isOneSided = true
        // Earlier packets first, and before each what it acknowledges.
        while let direction = directionToFlush(handle) {
            let slot = flows[handle].halves[direction].firstHeld
            let end = min(held[slot].place, flows[handle].halves[direction].finPlace)
            declareGap(handle, direction, until: end, cause)
            if held[slot].place > end {
                dropBehindEnd(handle, direction)
                continue
            }
            giveUpOther(handle, direction, cause)
            deliverFirst(handle, direction)
        }
        for direction in 0..<2 { flushTail(handle, direction, cause) }
    }

    func directionToFlush(_ handle: Int32) -> Int? {
        let first = flows[handle].halves[0].firstHeld
        let second = flows[handle].halves[1].firstHeld
        if first < 0 { return second < 0 ? nil : 1 }
        if second < 0 { return 0 }
        return held[second].timestamp < held[first].timestamp ? 1 : 0
    }

    // What was acknowledged or cut, but never came.
    mutating func flushTail(_ handle: Int32, _ direction: Int, _ cause: GapCause) {
        let half = flows[handle].halves[direction]
        guard half.isSynchronized, half.isSeen, !half.isEnded else { return }
        var end = max(half.acknowledged, half.truncatedUntil)
        // One more than there is may be a FIN that was not seen.
        if end == half.next &+ 1, end > half.truncatedUntil { end = half.next }
        if half.hasFIN { end = half.finPlace }
        declareGap(handle, direction, until: end, cause)
        endIfOver(handle, direction)
    }

    /// Whether the end that reset a flow sends the next bytes all the same: then the RST was not
    /// its own, or was refused for want of a signature, and the connection lives. RFC 5961 §3,
    /// RFC 5925 §7.3.
    func wentOn(_ handle: Int32, _ packet: TCPPacket, _ count: Int) -> Bool {
        let flow = flows[handle]
        guard flow.state == .lingering, flow.resetPlace > 0, count > 0,
            !packet.flags.contains(.rst)
        else { return false }
        let direction = flow.direction(of: packet)
        guard direction == Int(flow.resetDirection) else { return false }
        let half = flow.halves[direction]
        return half.isSynchronized && !half.isEnded && !half.hasFIN
            && half.place(of: packet.sequence) == half.next && half.next >= flow.resetPlace
    }

    /// Follows a flow again that an RST had ended; to the consumer it is a new one, with a first
    /// packet of its own, so that no two calls get the same name.
    mutating func reopen(_ handle: Int32, _ packet: TCPPacket) {
        counters.invalidResets &+= 1
        counters.flowsOpened &+= 1
        flows[handle].state = .open
        flows[handle].isAnnounced = false
        flows[handle].resetDirection = 0
        flows[handle].resetPlace = 0
        flows[handle].isOneSided = false
        flows[handle].lastActivity = clock
        flows[handle].firstPacket = packet.timestamp
        flows[handle].firstSegment = packet.location.segment
        for side in 0..<2 {
            flows[handle].halves[side].base = flows[handle].halves[side].next
        }
        link(handle, .quiet)
    }
}
