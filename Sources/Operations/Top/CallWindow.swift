// The calls of the last moments, as numbers: bounded in time, in calls and in distinct keys.

import Assembly

/// A sliding window over calls.
public struct CallWindow: Sendable {
    /// One call.
    struct Sample: Sendable {
        /// Wall clock, nanoseconds since 1970.
        var time: Int64
        /// Nanoseconds; nil when not known.
        var latency: Int64?
        /// nil without a response.
        var status: Int?
        /// The ids of its keys, in the order of `TopGrouping.index`.
        var keys: SIMD4<Int32>
    }

    /// Calls that were not looked at, for want of time.
    private struct Skip: Sendable {
        var time: Int64
        var calls: UInt64
    }

    /// How far back it reaches.
    public let nanoseconds: Int64
    /// The most calls held; beyond them the oldest go, counted.
    public let maximumCalls: Int
    private(set) var samples: [Sample] = []
    private var skips: [Skip] = []
    private var tables: [KeyTable]
    /// Where the oldest sample is, as soon as the window is full.
    private var oldest = 0
    /// The time of the newest call that went before its time was over.
    private var crowdedUntil = Int64.min
    /// Calls that went before their time was over, since the start.
    public private(set) var crowdedOut: UInt64 = 0
    /// Calls that were not looked at, since the start.
    public private(set) var skippedCalls: UInt64 = 0

    /// The most calls held by default: a minute of 3,000 calls a second.
    public static let defaultMaximumCalls = 200_000
    /// The most distinct keys of a grouping by default; what comes beyond them is `(other)`.
    public static let defaultMaximumKeys = 1000

    /// An empty window.
    public init(
        nanoseconds: Int64, maximumCalls: Int = CallWindow.defaultMaximumCalls,
        maximumKeys: Int = CallWindow.defaultMaximumKeys
    ) {
        self.nanoseconds = nanoseconds
        self.maximumCalls = max(maximumCalls, 1)
        tables = TopGrouping.allCases.map { _ in KeyTable(maximumKeys: maximumKeys) }
    }

    /// The table of a grouping.
    func table(_ grouping: TopGrouping) -> KeyTable { tables[grouping.index] }

    /// Calls in the window that were not looked at.
    var skipped: UInt64 { skips.reduce(0) { $0 &+ $1.calls } }

    /// Those of them from a moment on.
    func skipped(since time: Int64) -> UInt64 {
        skips.reduce(0) { $1.time > time ? $0 &+ $1.calls : $0 }
    }

    /// From when on the window holds all calls, when it ends at `end`.
    func beginning(_ end: Int64) -> Int64 { max(end - nanoseconds, min(crowdedUntil, end)) }

    /// Adds a call.
    public mutating func add(_ call: CallGlance, at time: Int64) {
        let sample = Sample(
            time: time, latency: call.latency, status: call.status, keys: keys(of: call))
        guard samples.count >= maximumCalls else { return samples.append(sample) }
        crowdedUntil = max(crowdedUntil, samples[oldest].time)
        crowdedOut &+= 1
        release(samples[oldest])
        samples[oldest] = sample
        oldest = (oldest + 1) % maximumCalls
    }

    /// Notes calls that were not looked at.
    public mutating func skip(_ calls: UInt64, at time: Int64) {
        guard calls > 0 else { return }
        skippedCalls &+= calls
        skips.append(Skip(time: time, calls: calls))
    }

    /// Forgets what is before the window that ends at `end`.
    public mutating func slide(to end: Int64) {
        let start = end - nanoseconds
        skips.removeAll { $0.time <= start }
        guard samples.contains(where: { $0.time <= start }) else { return }
        var kept: [Sample] = []
        kept.reserveCapacity(samples.count)
        // From the oldest on, so that a full window goes on with the right one.
        for index in samples.indices {
            let sample = samples[(oldest + index) % samples.count]
            if sample.time > start { kept.append(sample) } else { release(sample) }
        }
        samples = kept
        oldest = 0
    }

    private mutating func release(_ sample: Sample) {
        for index in tables.indices { tables[index].release(sample.keys[index]) }
    }

    private mutating func keys(of call: CallGlance) -> SIMD4<Int32> {
        let url = call.url.map { CallURL($0) }
        var keys = SIMD4<Int32>()
        for grouping in TopGrouping.allCases {
            let text =
                switch grouping {
                case .host: url.map(\.host) ?? "-"
                case .path: url.map { PathTemplate.of($0.path) } ?? "-"
                case .status: call.status.map(String.init) ?? "none"
                case .method: call.method ?? "-"
                }
            keys[grouping.index] = tables[grouping.index].take(text.isEmpty ? "-" : text)
        }
        return keys
    }
}
