// A number that only grows. Relaxed ordering: each counter stands alone, nothing is published by
// it.

import Synchronization

/// A counter that any thread may raise without a lock.
public final class Counter: Sendable {
    private let storage = Atomic<UInt64>(0)

    init() {}

    /// Raises the counter.
    public func add(_ amount: UInt64 = 1) { storage.wrappingAdd(amount, ordering: .relaxed) }

    /// Takes over a total that is counted elsewhere, for example by the thread that owns it.
    public func set(toTotal total: UInt64) { storage.store(total, ordering: .relaxed) }

    /// The value now.
    public var value: UInt64 { storage.load(ordering: .relaxed) }
}
