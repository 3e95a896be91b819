// Keeps a repeated log line to one in a while, and says how many were left out.

import Synchronization

/// Admits one event per key and interval.
public final class LogThrottle: Sendable {
    private struct Entry: Sendable {
        var last: ContinuousClock.Instant
        var suppressed: UInt64
    }

    /// The most keys kept; further ones share one entry.
    public static let maximumKeys = 1024

    private let interval: Duration
    private let entries = Mutex<[String: Entry]>([:])

    /// Creates a throttle.
    public init(interval: Duration = .seconds(10)) { self.interval = interval }

    /// Whether an event may be logged now.
    ///
    /// - Parameters:
    ///   - key: What makes two events the same.
    ///   - now: The time of the event.
    /// - Returns: How many were left out since the last admitted one; nil when this one is left
    ///   out.
    public func admit(_ key: String, at now: ContinuousClock.Instant = .now) -> UInt64? {
        entries.withLock { entries in
            let isKnown = entries[key] != nil || entries.count < LogThrottle.maximumKeys
            let key = isKnown ? key : ""
            guard let entry = entries[key] else {
                entries[key] = Entry(last: now, suppressed: 0)
                return 0
            }
            if now - entry.last < interval {
                entries[key] = Entry(last: entry.last, suppressed: entry.suppressed &+ 1)
                return nil
            }
            entries[key] = Entry(last: now, suppressed: 0)
            return entry.suppressed
        }
    }
}
