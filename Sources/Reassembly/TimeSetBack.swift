// Packets that are far behind the clock, one after another: the clock of the host that captures was
// set back. Windows and patience would stand still until it has caught up; so the table's clock goes
// back too, and every wait keeps the time that it had left.

import Bytes
import Wire

/// What is remembered of a run of packets far behind the clock.
struct TimeSetBack: Sendable, BitwiseCopyable {
    /// Packets less behind than this are merely late, in nanoseconds.
    static let least: Int64 = 10_000_000_000
    /// So many packets one after another have to agree, and one for each 16 flows: as many as
    /// setting back is work.
    static let packets: UInt64 = 64

    /// The latest time in the run.
    var time = Timestamp.distantPast
    /// The table's packet count before the last one of them.
    var packet: UInt64 = 0
    /// How many they are.
    var count: UInt64 = 0

    /// Takes a packet far behind, being the one after `number` others.
    mutating func note(_ moment: Timestamp, _ number: UInt64) {
        let distance = moment.nanoseconds(since: time)
        let isNear = distance <= TimeSetBack.least && distance >= -TimeSetBack.least
        if count > 0, number == packet &+ 1, isNear {
            count &+= 1
            time = max(time, moment)
        } else {
            count = 1
            time = moment
        }
        packet = number
    }
}

extension FlowTable {
    /// A packet is far behind the clock: when many agree, the clock is set back.
    @inline(never)
    mutating func noteBehind(_ packet: TCPPacket) {
        setBack.note(packet.timestamp, counters.packets)
        guard setBack.count >= max(TimeSetBack.packets, UInt64(flows.count / 16)) else { return }
        counters.timeSetBacks &+= 1
        setClock(back: clock.nanoseconds(since: setBack.time))
        setBack = TimeSetBack()
        leap = TimeLeap()
    }

    private mutating func setClock(back step: Int64) {
        for list in 0..<3 {
            var handle = oldest[list]
            while handle >= 0 {
                flows[handle].lastActivity = flows[handle].lastActivity
                    .advanced(byNanoseconds: -step)
                for direction in 0..<2 { setWait(handle, direction, back: step) }
                handle = flows[handle].following
            }
        }
        // All by the same: the heap's order stays.
        for place in waiting.indices {
            waiting[place].deadline = waiting[place].deadline.advanced(byNanoseconds: -step)
        }
        clock = clock.advanced(byNanoseconds: -step)
        wake = .distantPast
    }

    private mutating func setWait(_ handle: Int32, _ direction: Int, back step: Int64) {
        let since = flows[handle].halves[direction].waitingSince
        flows[handle].halves[direction].waitingSince = since.advanced(byNanoseconds: -step)
        var slot = flows[handle].halves[direction].firstHeld
        while slot >= 0 {
            held[slot].arrival = held[slot].arrival.advanced(byNanoseconds: -step)
            slot = held[slot].next
        }
    }
}
