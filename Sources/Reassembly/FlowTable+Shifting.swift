// The clock goes where packets are stamped now: what is remembered goes along.

import Bytes

extension FlowTable {
    /// Moves the clock and all moments remembered.
    ///
    /// - Parameters:
    ///   - activity: By how many nanoseconds the clock goes, and when flows were in use last.
    ///   - waits: By how many nanoseconds the ends of windows go.
    mutating func shiftTimes(activity: Int64, waits: Int64) {
        for list in 0..<3 {
            var handle = oldest[list]
            while handle >= 0 {
                flows[handle].lastActivity = flows[handle].lastActivity
                    .advanced(byNanoseconds: activity)
                for direction in 0..<2 { shiftWait(handle, direction, by: waits) }
                handle = flows[handle].following
            }
        }
        // All by the same: the heap's order stays.
        for place in waiting.indices {
            waiting[place].deadline = waiting[place].deadline.advanced(byNanoseconds: waits)
        }
        clock = clock.advanced(byNanoseconds: activity)
        wake = .distantPast
    }

    private mutating func shiftWait(_ handle: Int32, _ direction: Int, by step: Int64) {
        let since = flows[handle].halves[direction].waitingSince
        flows[handle].halves[direction].waitingSince = since.advanced(byNanoseconds: step)
        var slot = flows[handle].halves[direction].firstHeld
        while slot >= 0 {
            held[slot].arrival = held[slot].arrival.advanced(byNanoseconds: step)
            slot = held[slot].next
        }
    }
}
