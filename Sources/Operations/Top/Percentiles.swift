// Percentiles of latencies, by nearest rank: each is a latency that was measured.

/// The latencies of some calls.
public struct Percentiles: Codable, Sendable, Equatable {
    /// Half of the calls were as fast, in nanoseconds.
    public var p50: Int64
    /// 95 of 100 were as fast.
    public var p95: Int64
    /// 99 of 100 were as fast.
    public var p99: Int64
    /// The slowest.
    public var max: Int64

    /// Looks at latencies in any order; nil when there are none.
    public init?(of latencies: [Int64]) {
        let sorted = latencies.sorted()
        guard let last = sorted.last else { return nil }
        func rank(_ percent: Int) -> Int64 {
            sorted[Swift.max((sorted.count * percent + 99) / 100, 1) - 1]
        }
        (p50, p95, p99, max) = (rank(50), rank(95), rank(99), last)
    }
}
