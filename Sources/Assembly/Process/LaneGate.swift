// What the process tells its lanes: go on, wait, end.

import Platform
import Synchronization

/// Signals to all lanes.
final class LaneGate: Sendable {
    /// Set when lanes shall end after their present segment.
    let stop = StopFlag()
    private let paused = Atomic<Bool>(false)

    /// Whether lanes wait because the call segments are over their budget.
    var isPaused: Bool {
        get { paused.load(ordering: .relaxed) }
        set { paused.store(newValue, ordering: .relaxed) }
    }
}
