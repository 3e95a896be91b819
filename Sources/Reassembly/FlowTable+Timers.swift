// Windows, lingering, silence: everything that happens because packet time moves on.

import Bytes
import Wire

extension FlowTable {
    /// Sees to it that a direction's wait ends when the window is over.
    mutating func wait(_ handle: Int32, _ direction: Int) {
        if !flows[handle].halves[direction].isWaiting {
            flows[handle].halves[direction].isWaiting = true
            flows[handle].halves[direction].waitingSince = clock
        }
        guard !flows[handle].halves[direction].hasTimer else { return }
        flows[handle].halves[direction].hasTimer = true
        let since = flows[handle].halves[direction].waitingSince
        timers.push(
            FlowTimer(
                deadline: since.advanced(byNanoseconds: options.reorderWindowNanoseconds),
                flow: handle, generation: flows[handle].generation, subject: UInt8(direction)))
    }

    func isCurrent(_ timer: FlowTimer) -> Bool {
        flows[timer.flow].generation == timer.generation && flows[timer.flow].state != .free
    }

    mutating func runTimers<C: StreamConsumer & ~Copyable>(into consumer: inout C) {
        while let timer = timers.first, timer.deadline <= clock {
            timers.popFirst()
            guard isCurrent(timer) else { continue }
            if timer.subject == 2 {
                if flows[timer.flow].state == .lingering { free(timer.flow) }
                continue
            }
            guard flows[timer.flow].state != .lingering else { continue }
            expire(timer.flow, Int(timer.subject), into: &consumer)
        }
    }

    // A direction's timer fired: its wait may have begun anew since.
    mutating func expire<C: StreamConsumer & ~Copyable>(
        _ handle: Int32, _ direction: Int, into consumer: inout C
    ) {
        flows[handle].halves[direction].hasTimer = false
        guard flows[handle].halves[direction].isWaiting else { return }
        let since = flows[handle].halves[direction].waitingSince
        if clock.nanoseconds(since: since) < options.reorderWindowNanoseconds {
            wait(handle, direction)
            return
        }
        if flows[handle].state == .reset {
            close(handle, .reset, into: &consumer)
            return
        }
        force(handle, direction, .lost, into: &consumer)
    }

    /// Reports the end of a direction whose last byte was delivered.
    mutating func endIfOver<C: StreamConsumer & ~Copyable>(
        _ handle: Int32, _ direction: Int, into consumer: inout C
    ) {
        let half = flows[handle].halves[direction]
        guard half.isSynchronized, !half.isEnded, half.finPlace == half.next, half.firstHeld < 0
        else { return }
        flows[handle].halves[direction].isEnded = true
        if flows[handle].isAnnounced {
            consumer.streamEnded(
                handle, direction == 0 ? .fromOriginator : .fromResponder, .finished, at: clock)
        }
    }

    // Returns whether the flow was closed.
    mutating func closeIfOver<C: StreamConsumer & ~Copyable>(
        _ handle: Int32, into consumer: inout C
    ) -> Bool {
        switch flows[handle].state {
        case .lingering, .free: return true
        case .open:
            guard flows[handle].halves[0].isEnded, flows[handle].halves[1].isEnded else {
                return false
            }
            close(handle, .ended, into: &consumer)
            return true
        case .reset:
            guard !isWaiting(handle, 0), !isWaiting(handle, 1), !isBehindReset(handle) else {
                return false
            }
            close(handle, .reset, into: &consumer)
            return true
        }
    }

    // Data that an RST's number says was sent, and that may still come.
    func isBehindReset(_ handle: Int32) -> Bool {
        let place = flows[handle].resetPlace
        guard place != HalfStream.nowhere else { return false }
        for direction in 0..<2 {
            let half = flows[handle].halves[direction]
            guard half.isSeen, !half.isEnded else { continue }
            if half.acknowledged > half.next, half.finPlace == HalfStream.nowhere { return true }
        }
        return false
    }

    mutating func closeIdle<C: StreamConsumer & ~Copyable>(into consumer: inout C) {
        let timeouts = (options.halfOpenTimeoutNanoseconds, options.idleTimeoutNanoseconds)
        while oldest[0] >= 0,
            clock.nanoseconds(since: flows[oldest[0]].lastActivity) > timeouts.0
        {
            close(oldest[0], .idle, into: &consumer)
        }
        while oldest[1] >= 0,
            clock.nanoseconds(since: flows[oldest[1]].lastActivity) > timeouts.1
        {
            close(oldest[1], .idle, into: &consumer)
        }
    }

    /// Ends a flow: what is held goes out, holes are declared, the consumer is told.
    mutating func close<C: StreamConsumer & ~Copyable>(
        _ handle: Int32, _ reason: CloseReason, into consumer: inout C
    ) {
        flush(handle, reason == .evicted ? .memoryLimit : .lost, into: &consumer)
        unlink(handle)
        counters.noteClose(reason)
        if flows[handle].isAnnounced {
            if reason == .reset {
                consumer.streamEnded(handle, .fromOriginator, .reset, at: clock)
                consumer.streamEnded(handle, .fromResponder, .reset, at: clock)
            }
            consumer.flowClosed(handle, reason, at: clock)
        } else {
            counters.emptyFlows &+= 1
        }
        guard reason == .ended || reason == .reset else {
            free(handle)
            return
        }
        flows[handle].state = .lingering
        timers.push(
            FlowTimer(
                deadline: clock.advanced(byNanoseconds: options.lingerNanoseconds), flow: handle,
                generation: flows[handle].generation, subject: 2))
    }

    /// Delivers or declares everything a flow still waits for.
    mutating func flush<C: StreamConsumer & ~Copyable>(
        _ handle: Int32, _ cause: GapCause, into consumer: inout C
    ) {
        for direction in 0..<2
        where !flows[handle].halves[direction].isSynchronized
            && flows[handle].halves[direction].firstHeld >= 0
        {
            settle(handle, direction)
        }
        flows[handle].isOneSided = true
        // Earlier packets first, so that requests still come before their responses.
        while true {
            let direction = directionToFlush(handle)
            guard let direction else { break }
            let slot = flows[handle].halves[direction].firstHeld
            if held[slot].place > flows[handle].halves[direction].next {
                let isCut =
                    flows[handle].halves[direction].truncatedUntil
                    > flows[handle].halves[direction].next
                declareGap(
                    handle, direction, until: held[slot].place, isCut ? .truncated : cause,
                    into: &consumer)
            }
            // What it acknowledges will not come any more, either.
            giveUpOther(handle, direction, cause, into: &consumer)
            deliverFirst(handle, direction, into: &consumer)
        }
        for direction in 0..<2 { flushTail(handle, direction, cause, into: &consumer) }
    }

    func directionToFlush(_ handle: Int32) -> Int? {
        let first = flows[handle].halves[0].firstHeld
        let second = flows[handle].halves[1].firstHeld
        if first < 0 { return second < 0 ? nil : 1 }
        if second < 0 { return 0 }
        return held[second].timestamp < held[first].timestamp ? 1 : 0
    }

    // What was acknowledged or cut, but never came.
    mutating func flushTail<C: StreamConsumer & ~Copyable>(
        _ handle: Int32, _ direction: Int, _ cause: GapCause, into consumer: inout C
    ) {
        let half = flows[handle].halves[direction]
        guard half.isSynchronized, half.isSeen, !half.isEnded else { return }
        if half.truncatedUntil > half.next {
            declareGap(
                handle, direction, until: half.truncatedUntil, .truncated, into: &consumer)
        }
        var end = half.acknowledged
        if half.finPlace != HalfStream.nowhere { end = half.finPlace }
        let next = flows[handle].halves[direction].next
        // One beyond may be a FIN that was not seen.
        if end > next, half.finPlace != HalfStream.nowhere || end &- next > 1 {
            declareGap(handle, direction, until: end, cause, into: &consumer)
        }
        endIfOver(handle, direction, into: &consumer)
    }

    mutating func free(_ handle: Int32) {
        index.remove(flows[handle].hash, handle)
        flows[handle].state = .free
        flows.release(handle)
    }
}
