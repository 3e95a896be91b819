// Packets that are far behind the clock, one after another: the clock of the host that captures was
// set back. Windows and patience would stand still until it has caught up; so the table's clock
// goes back too, and every wait keeps the time that it had left.

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
        let step = setBack.time.nanoseconds(since: clock)
        shiftTimes(activity: step, waits: step)
        setBack = TimeSetBack()
        leap = TimeLeap()
    }
}
