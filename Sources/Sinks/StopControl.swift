// How threads that ship are told to stop: at once where they wait, within a grace where they talk.

import Platform
import Synchronization

/// The wish to stop, shared by all sinks of a process.
public final class StopControl: Sendable {
    private let flag = StopFlag()
    private let deadline = Atomic<Int64>(.max)

    /// Nobody asked yet.
    public init() {}

    /// Whether to stop.
    public var isRequested: Bool { flag.isSet }

    /// Asks to stop; requests under way may last until `deadline` (monotonic nanoseconds).
    public func request(deadline: Int64) {
        self.deadline.store(deadline, ordering: .relaxed)
        flag.set()
    }

    /// Whether a request under way must be broken off.
    public func isOverdue(_ now: Int64) -> Bool {
        flag.isSet && now >= deadline.load(ordering: .relaxed)
    }
}
