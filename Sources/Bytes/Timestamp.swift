// Packet time. Never the wall clock: a replay of last night gives what last night gave.

/// A moment of packet time in nanoseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// Nanoseconds since the epoch; negative before it.
    public var nanoseconds: Int64

    /// Creates a moment.
    @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The earliest moment there is: before every packet.
    @inlinable public static var distantPast: Timestamp { Timestamp(nanoseconds: .min) }

    /// Whole milliseconds since the epoch, rounded down.
    public var milliseconds: Int64 {
        nanoseconds >= 0 ? nanoseconds / 1_000_000 : -((-(nanoseconds + 1)) / 1_000_000) - 1
    }

    /// Orders by value.
    @inlinable public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// Nanoseconds from `earlier` to this moment, saturating.
    @inlinable public func nanoseconds(since earlier: Timestamp) -> Int64 {
        let (difference, overflow) = nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        return overflow ? (nanoseconds < earlier.nanoseconds ? .min : .max) : difference
    }

    /// The moment `nanoseconds` later, saturating.
    @inlinable public func advanced(byNanoseconds nanoseconds: Int64) -> Timestamp {
        let (sum, overflow) = self.nanoseconds.addingReportingOverflow(nanoseconds)
        return Timestamp(nanoseconds: overflow ? (nanoseconds < 0 ? .min : .max) : sum)
    }
}
