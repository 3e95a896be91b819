// A row of the table: what the calls of one key come to.

/// The calls of one key.
public struct TopRow: Codable, Sendable, Equatable {
    /// The host, path, status or method; printable.
    public var key: String
    /// Calls looked at.
    public var calls: UInt64
    /// Their part of all that were looked at, from 0 to 1.
    public var share: Double
    /// Calls a second in the window: that part of all there were.
    public var callsPerSecond: Double
    /// Those answered with 400 to 499.
    public var clientErrors: UInt64
    /// Those answered with 500 to 599.
    public var serverErrors: UInt64
    /// Those without a response.
    public var unanswered: UInt64
    /// Their latencies; nil when none is known.
    public var latencyNanoseconds: Percentiles?

    init(key: String, _ tally: TopTally, of total: UInt64, rate: Double) {
        self.key = key
        calls = tally.calls
        share = Double(tally.calls) / Double(max(total, 1))
        callsPerSecond = (share * rate * 1000).rounded() / 1000
        clientErrors = tally.clientErrors
        serverErrors = tally.serverErrors
        unanswered = tally.unanswered
        latencyNanoseconds = Percentiles(of: tally.latencies)
    }
}
