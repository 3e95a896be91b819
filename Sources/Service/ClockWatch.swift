// Whether the wall clock was set: packets are stamped by it, retention and reports follow it.

/// Compares the wall clock with the monotonic one.
public struct ClockWatch: Sendable {
    /// Smaller differences are a clock that is being steered, in nanoseconds.
    public static let least: Int64 = 1_000_000_000

    private var offset: Int64?

    /// Knows nothing yet.
    public init() {}

    /// Looks at both clocks.
    ///
    /// - Returns: By how many nanoseconds the wall clock was set since the last look, nil when it
    ///   was not; positive is forward.
    public mutating func look(wallNanoseconds: Int64, monotonicNanoseconds: Int64) -> Int64? {
        let now = wallNanoseconds &- monotonicNanoseconds
        defer { offset = now }
        guard let before = offset else { return nil }
        let step = now &- before
        // Below the threshold a slow drift must not add up to a step: each look starts anew.
        return step.magnitude >= ClockWatch.least.magnitude ? step : nil
    }
}
