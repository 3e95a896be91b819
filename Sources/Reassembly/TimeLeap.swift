// A packet whose time is far ahead of all others: a silence, a clock that was set, or a wrong time
// stamp? A damaged file must not end every flow and stop all windows for years; and a clock that
// was set does not mean that the flows were silent. Where nothing is captured for long, capture's
// markers move the time on in small steps.

import Bytes
import Wire

/// What is remembered of a packet far ahead of the clock.
struct TimeLeap: Sendable, BitwiseCopyable {
    /// The most that one packet alone moves the clock, in nanoseconds.
    static let most: Int64 = 600_000_000_000
    /// Within so many packets another one must agree.
    static let packets: UInt64 = 16
    /// What a leap counts as silence, in nanoseconds: flows unused over two of them are closed.
    static let silence: Int64 = most / 2

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
            // Most of it is passed over; what waits keeps the time that it had left.
            shiftTimes(activity: ahead - TimeLeap.silence, waits: ahead)
            // The flow of the first one was in use then, not before the silence.
            touchAll(leap.tag)
            leap = TimeLeap()
            return true
        }
        counters.timeLeaps &+= 1
        leap.time = packet.timestamp
        leap.packet = counters.packets &+ 1
        leap.tag = tag(packet)
        return false
    }

    private mutating func touchAll(_ tag: UInt32) {
        var position = index.home(tag)
        while let handle = index.find(tag, from: &position) {
            position = index.next(position)
            guard flows[handle].state != .lingering else { continue }
            flows[handle].lastActivity = clock.advanced(byNanoseconds: TimeLeap.silence)
            link(handle, flows[handle].list)
        }
    }
}
