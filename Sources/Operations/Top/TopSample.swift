// How much of the traffic was looked at: nothing is left out without being counted.

/// What shares and latencies are of.
public struct TopSample: Codable, Sendable, Equatable {
    /// Calls of the window that were looked at.
    public var seen: UInt64
    /// Calls of the window that were passed over, since they came faster than they can be read.
    public var skipped: UInt64
    /// Calls that left the window before their time because it was full, since the start.
    public var crowdedOut: UInt64
    /// Lines that are no records, since the start.
    public var unreadable: UInt64
    /// Distinct keys in the window, by grouping; as many as are counted apart.
    public var keys: [String: Int]

    init(_ window: borrowing CallWindow, _ tail: borrowing CallTail, skipped: UInt64) {
        seen = UInt64(window.samples.count)
        self.skipped = skipped
        crowdedOut = window.crowdedOut
        unreadable = tail.unreadable
        keys = [:]
        for grouping in TopGrouping.allCases {
            keys[grouping.rawValue] = window.table(grouping).count
        }
    }

    /// The part of the calls that was looked at.
    var share: Double { Double(seen) / Double(max(seen &+ skipped, 1)) }
}
