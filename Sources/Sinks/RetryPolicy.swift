// When to try again. Exponential with full jitter, so that a fleet does not come back together;
// without an end, because the spool keeps what waits.

/// The waits between attempts, in nanoseconds.
public struct RetryPolicy: Sendable, Equatable {
    /// The longest wait after the first failure.
    public var baseNanoseconds: Int64 = 1_000_000_000
    /// The longest wait after any failure.
    public var maximumNanoseconds: Int64 = 30_000_000_000
    /// The shortest wait, so that jitter cannot make a busy loop.
    public var minimumNanoseconds: Int64 = 100_000_000
    /// The wait of a paused sink.
    public var pauseNanoseconds: Int64 = 30_000_000_000
    /// The most that a sink's own `Retry-After` counts.
    public var maximumAskedNanoseconds: Int64 = 300_000_000_000
    /// So many records refused in a row, none accepted between, look like a sink that refuses
    /// everything: each further one then waits like a paused sink.
    public var suspiciousRefusals = 16

    /// The usual waits.
    public init() {}

    /// The wait after `failures` failures in a row (1 or more).
    ///
    /// - Parameters:
    ///   - failures: How many in a row.
    ///   - asked: What the sink asked for.
    ///   - random: Uniform in all of UInt64.
    func delay(failures: Int, asked: Int64?, random: UInt64) -> Int64 {
        if let asked {
            let wait = min(max(asked, minimumNanoseconds), maximumAskedNanoseconds)
            // Up to a tenth more, for the same reason as jitter.
            return wait + Int64((random >> 1) % UInt64(max(wait / 10, 1)))
        }
        let doublings = min(max(failures - 1, 0), 30)
        let (doubled, overflow) = baseNanoseconds.multipliedReportingOverflow(by: 1 << doublings)
        let top = overflow ? maximumNanoseconds : min(doubled, maximumNanoseconds)
        return max(minimumNanoseconds, Int64((random >> 1) % UInt64(max(top, 1))))
    }
}
