// A packet whose time is far ahead of all others: a silence, or a wrong time stamp? A damaged file
// or a clock that was set for a moment must not end every flow and stop all windows for years.

import Bytes
import Wire

/// What is remembered of a packet far ahead of the clock.
struct TimeLeap: Sendable, BitwiseCopyable {
    /// The most that one packet alone moves the clock, in nanoseconds.
    static let most: Int64 = 600_000_000_000
    /// Within so many packets another one must agree.
    static let packets: UInt64 = 16

    /// The time it was stamped with.
    var time = Timestamp.distantPast
    /// The table's packet count when it came; 0 when there is none.
    var packet: UInt64 = 0
    /// Tells its flow.
    var tag: UInt32 = 0

    /// Whether a packet of this time, being the `number`th, says the same.
    func agrees(with other: Timestamp, _ number: UInt64) -> Bool {
        let distance = other.nanoseconds(since: time)
        let isNear = distance <= TimeLeap.most && distance >= -TimeLeap.most
        return isNear && packet > 0 && number >= packet && number - packet <= TimeLeap.packets
    }
}

extension FlowTable {
    /// Whether a packet that is ahead of the clock may move it: one alone only so far.
    @inline(never)
    mutating func admits(_ packet: TCPPacket) -> Bool {
        let ahead = packet.timestamp.nanoseconds(since: clock)
        if clock == .distantPast || ahead <= TimeLeap.most { return true }
        if leap.agrees(with: packet.timestamp, counters.packets) {
            // The flow of the first one was in use then, not before the silence.
            touchAll(leap.tag, min(leap.time, packet.timestamp))
            leap = TimeLeap()
            return true
        }
        counters.timeLeaps &+= 1
        leap.time = packet.timestamp
        leap.packet = counters.packets &+ 1
        leap.tag = tag(packet)
        return false
    }

    private mutating func touchAll(_ tag: UInt32, _ time: Timestamp) {
        var position = index.home(tag)
        while let handle = index.find(tag, from: &position) {
            position = index.next(position)
            guard flows[handle].state != .lingering else { continue }
            flows[handle].lastActivity = time
            link(handle, flows[handle].list)
        }
    }
}
