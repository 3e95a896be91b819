// Observations counted by size. For rates of thousands a second, not for every packet: it has a
// lock.

import Synchronization

/// A histogram with fixed upper bounds.
public final class Histogram: Sendable {
    /// What has been observed so far.
    public struct State: Sendable, Equatable {
        /// Observations at or below each bound (not cumulative), and above all bounds last.
        public var counts: [UInt64]
        /// The sum of all observations.
        public var sum: Double
    }

    /// The upper bounds, ascending, without infinity.
    public let bounds: [Double]
    private let state: Mutex<State>

    /// Bounds for latencies in seconds, from a millisecond to an hour.
    public static let latencyBounds: [Double] = [
        0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600,
    ]

    init(bounds: [Double]) {
        precondition(!bounds.isEmpty && bounds == bounds.sorted(), "bounds ascend")
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1), sum: 0))
    }

    /// Counts one observation, or several of the same size.
    public func observe(_ value: Double, times: UInt64 = 1) {
        guard value.isFinite else { return }
        let slot = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[slot] &+= times
            state.sum += value * Double(times)
        }
    }

    /// What has been observed so far.
    public var snapshot: State { state.withLock { $0 } }
}
