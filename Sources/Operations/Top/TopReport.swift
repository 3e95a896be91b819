// One moment of `earshot top`: what the screen shows and `--json` prints.

public import Assembly
import Spool

/// What the calls of the window come to, and how the pipeline is.
public struct TopReport: Codable, Sendable {
    /// When this was looked at, nanoseconds since 1970.
    public var atNanoseconds: Int64
    /// How far back the window reaches.
    public var windowNanoseconds: Int64
    /// The part of it that is known whole: shorter when it cannot hold more calls.
    public var coveredNanoseconds: Int64
    /// Calls in the window, those not looked at included.
    public var calls: UInt64
    /// Calls a second in its last moments.
    public var callsPerSecond: Double
    /// Calls a second in all of it.
    public var callsPerSecondInWindow: Double
    /// What shares and latencies are of.
    public var sample: TopSample
    /// The calls that were looked at, taken together.
    public var all: TopRow
    /// The largest of each grouping, largest first.
    public var groups: [String: [TopRow]]
    /// The spool; its totals are of the last `dropsNanoseconds`.
    public var pipeline: SpoolOverview
    /// How far back drops are added up.
    public var dropsNanoseconds: Int64
    /// Why a segment could not be read, if one could not.
    public var problem: String?

    /// The time over which the rate of the last moments is taken, at least.
    static let rateNanoseconds: Int64 = 5_000_000_000
    /// How old the newest calls may be and still be called the last moments: segments are sealed
    /// once a second while there is traffic.
    static let graceNanoseconds: Int64 = 3_000_000_000

    /// How far back drops are added up, every time anew: the window, but a minute at most.
    static func dropsNanoseconds(_ window: borrowing CallWindow) -> Int64 {
        min(window.nanoseconds, SpoolOverview.rateNanoseconds)
    }

    /// Sums up a window.
    ///
    /// - Parameters:
    ///   - window: Slid to now.
    ///   - tail: What filled it.
    ///   - pipeline: How the spool is now.
    ///   - rows: The most rows of a grouping.
    ///   - interval: The time between two reports.
    public init(
        _ window: borrowing CallWindow, _ tail: borrowing CallTail, _ pipeline: SpoolOverview,
        rows: Int, interval: Int64
    ) {
        self.pipeline = pipeline
        atNanoseconds = pipeline.atNanoseconds
        windowNanoseconds = window.nanoseconds
        dropsNanoseconds = TopReport.dropsNanoseconds(window)
        problem = tail.problem.map { PrintableText.of($0) }
        let now = atNanoseconds
        let beginning = window.beginning(now)
        coveredNanoseconds = max(now - beginning, 1)
        // Calls since the newest seal are still on their way: the rate ends there, for a while.
        let end = min(max(tail.newestSeal ?? now, now - TopReport.graceNanoseconds), now)
        let from = max(end - max(TopReport.rateNanoseconds, interval), beginning)
        let skipped = window.skipped
        let recent = UInt64(window.samples.count { $0.time > from })
        callsPerSecond = TopReport.rate(recent &+ window.skipped(since: from), max(end - from, 1))
        calls = UInt64(window.samples.count) &+ skipped
        callsPerSecondInWindow = TopReport.rate(calls, coveredNanoseconds)
        sample = TopSample(window, tail, skipped: skipped)
        var whole = TopTally()
        for call in window.samples { whole.add(call) }
        all = TopRow(key: "all", whole, of: whole.calls, rate: callsPerSecondInWindow)
        groups = [:]
        for grouping in TopGrouping.allCases {
            groups[grouping.rawValue] = TopReport.rows(
                window, grouping, rows, rate: callsPerSecondInWindow)
        }
    }

    private static func rate(_ calls: UInt64, _ nanoseconds: Int64) -> Double {
        (Double(calls) * 1e12 / Double(nanoseconds)).rounded() / 1000
    }

    private static func rows(
        _ window: borrowing CallWindow, _ grouping: TopGrouping, _ limit: Int, rate: Double
    ) -> [TopRow] {
        let table = window.table(grouping)
        var tallies = [TopTally](repeating: TopTally(), count: table.capacity)
        for call in window.samples { tallies[Int(call.keys[grouping.index])].add(call) }
        let total = UInt64(window.samples.count)
        return tallies.indices.filter { tallies[$0].calls > 0 }
            .sorted {
                (tallies[$1].calls, table.text(Int32($0)))
                    < (tallies[$0].calls, table.text(Int32($1)))
            }
            .prefix(limit)
            .map { TopRow(key: table.text(Int32($0)), tallies[$0], of: total, rate: rate) }
    }
}
