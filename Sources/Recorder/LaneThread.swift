// The loop that turns a LaneWriter: waits for buffers, gives them back, keeps the appointments.

import Platform

/// A writer's thread.
struct LaneThread {
    let channel: LaneChannel
    let time: any TimeSource

    /// The longest wait in one go.
    static let longestWait: Int64 = 1_000_000_000
    /// How often a blocked writer looks for room.
    static let blockedWait: Int64 = 50_000_000

    /// Runs until the lane is closed and everything in it is written.
    func run(_ writer: consuming LaneWriter) {
        var writer = writer
        while true {
            var now = time.monotonicNanoseconds()
            writer.tick(now: now)
            now = time.monotonicNanoseconds()
            if writer.isBlocked(now: now) {
                // The last buffers of a live lane are given up rather than waited with for ever.
                if channel.full.isClosed, writer.options.source == .live { break }
                time.sleep(nanoseconds: Self.blockedWait)
                continue
            }
            let wait = min(max(writer.nextDue(now: now) - now, 0), Self.longestWait)
            guard var buffer = channel.full.pop(timeoutNanoseconds: wait) else {
                if channel.full.isClosed { break }
                continue
            }
            writer.take(buffer)
            buffer.reset()
            _ = channel.free.tryPush(buffer)
        }
        while let buffer = channel.full.tryPop() { writer.giveUp(on: buffer) }
        writer.finish()
    }
}
