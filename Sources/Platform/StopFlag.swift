// A Boolean that goes from false to true once, seen by all threads.

import Synchronization

/// A flag that one thread sets and others look at.
public final class StopFlag: Sendable {
    private let value = Atomic<Bool>(false)

    /// Creates a flag that is not set.
    public init() {}

    /// Whether it was set; what the setter did before is visible then.
    public var isSet: Bool { value.load(ordering: .acquiring) }

    /// Sets it and says whether it was set before.
    @discardableResult
    public func set() -> Bool { value.exchange(true, ordering: .acquiringAndReleasing) }
}
