// Keeps to a rate: after so many bytes, so much time.

/// A rate that bytes are sent at, at most.
public struct Pace: Sendable {
    /// Bytes in a second; nil is as fast as can be.
    public let bytesPerSecond: Int?
    /// The moment (monotonic nanoseconds) from which more may be sent.
    private var next: Int64 = .min

    /// Chooses a rate.
    public init(bytesPerSecond: Int?) { self.bytesPerSecond = bytesPerSecond.map { max($0, 1) } }

    /// How long to wait before more may be sent; 0 is not at all.
    public func wait(_ now: Int64) -> Int64 { next > now ? next - now : 0 }

    /// Notes bytes that were sent.
    public mutating func spend(_ count: Int, now: Int64) {
        guard let bytesPerSecond else { return }
        let (whole, rest) = count.quotientAndRemainder(dividingBy: bytesPerSecond)
        let cost = Double(rest) / Double(bytesPerSecond) * 1e9 + Double(whole) * 1e9
        next = max(next, now) + Int64(cost)
    }
}
