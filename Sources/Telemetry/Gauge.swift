// A number that goes up and down, kept as the bits of a Double.

import Synchronization

/// A gauge that any thread may set without a lock.
public final class Gauge: Sendable {
    private let bits = Atomic<UInt64>(0)

    init() {}

    /// Sets the value.
    public func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    /// Sets the value.
    public func set(_ value: Int) { set(Double(value)) }

    /// The value now.
    public var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}
