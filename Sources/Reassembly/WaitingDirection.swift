// An entry of the heap of directions that wait.

import Bytes

/// A direction that waits until `deadline`.
struct WaitingDirection: BitwiseCopyable, Sendable {
    var deadline: Timestamp
    var flow: Int32
    var direction: Int32

    /// Ties are broken by flow, so that every run is the same.
    static func < (left: WaitingDirection, right: WaitingDirection) -> Bool {
        if left.deadline != right.deadline { return left.deadline < right.deadline }
        if left.flow != right.flow { return left.flow < right.flow }
        return left.direction < right.direction
    }
}
