// When to look at a flow again: a binary heap by packet time.

import Bytes

/// A look at a direction that waits, or at a flow that lingers.
struct FlowTimer: Comparable, Sendable, BitwiseCopyable {
    var deadline: Timestamp
    var flow: Int32
    var generation: UInt32
    /// 0 or 1: a direction; 2: the flow's lingering.
    var subject: UInt8

    static func < (left: FlowTimer, right: FlowTimer) -> Bool {
        if left.deadline != right.deadline { return left.deadline < right.deadline }
        if left.flow != right.flow { return left.flow < right.flow }
        return left.subject < right.subject
    }
}

/// Timers by deadline; ties are broken by flow, so that every run is the same.
struct FlowTimers: ~Copyable {
    var heap: [FlowTimer] = []

    var first: FlowTimer? { heap.first }

    mutating func push(_ timer: FlowTimer) {
        heap.append(timer)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child] < heap[parent] else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func popFirst() {
        guard let last = heap.popLast(), !heap.isEmpty else { return }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            let left = 2 * parent + 1
            if left < heap.count, heap[left] < heap[least] { least = left }
            if left + 1 < heap.count, heap[left + 1] < heap[least] { least = left + 1 }
            guard least != parent else { return }
            heap.swapAt(least, parent)
            parent = least
        }
    }
}
