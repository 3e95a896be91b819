// Windows and silence: everything that happens because packet time moves on.
//
// A direction waits anew when its head of the line moves: who still retransmits gets time for the
// next hole, too (backed-off timers of real senders take seconds a hole). But when a hole was given
// up, the next one has waited since the segment behind it came. The heap knows where each
// direction stands in it, so that it holds nothing outdated.

public import Bytes
import Wire

extension FlowTable {
    /// Sees to it that a direction's wait ends when the window is over.
    mutating func wait(_ handle: Int32, _ direction: Int) {
        guard !flows[handle].halves[direction].isWaiting else { return }
        let first = flows[handle].halves[direction].firstHeld
        wait(handle, direction, since: isGivingUp && first >= 0 ? held[first].arrival : clock)
    }

    mutating func wait(_ handle: Int32, _ direction: Int, since: Timestamp) {
        flows[handle].halves[direction].waitingSince = since
        let deadline = since.advanced(byNanoseconds: options.reorderWindowNanoseconds)
        waiting.append(
            WaitingDirection(deadline: deadline, flow: handle, direction: Int32(direction)))
        rise(waiting.count - 1)
        wake = min(wake, deadline)
    }

    mutating func stopWaiting(_ handle: Int32, _ direction: Int) {
        let place = Int(flows[handle].halves[direction].heapIndex)
        guard place >= 0 else { return }
        flows[handle].halves[direction].heapIndex = -1
        let last = waiting.removeLast()
        guard place < waiting.count else { return }
        waiting[place] = last
        rise(place)
        sink(Int(flows[last.flow].halves[Int(last.direction)].heapIndex))
    }

    mutating func rise(_ start: Int) {
        var child = start
        let moving = waiting[child]
        while child > 0 {
            let parent = (child - 1) / 2
            guard moving < waiting[parent] else { break }
            seat(waiting[parent], in: child)
            child = parent
        }
        seat(moving, in: child)
    }

    mutating func sink(_ start: Int) {
        var parent = start
        let moving = waiting[parent]
        while true {
            var least = 2 * parent + 1
            guard least < waiting.count else { break }
            if least + 1 < waiting.count, waiting[least + 1] < waiting[least] { least += 1 }
            guard waiting[least] < moving else { break }
            seat(waiting[least], in: parent)
            parent = least
        }
        seat(moving, in: parent)
    }

    mutating func seat(_ entry: WaitingDirection, in place: Int) {
        waiting[place] = entry
        flows[entry.flow].halves[Int(entry.direction)].heapIndex = Int32(place)
    }

    /// Moves packet time on, and does one thing that is due.
    ///
    /// - Returns: Whether something was; its events are to be handed over before the next step.
    @usableFromInline mutating func moveOn(to time: Timestamp) -> Bool {
        if time > clock { clock = time }
        guard wake <= clock else { return false }
        if let first = waiting.first, first.deadline <= clock {
            expire(first.flow, Int(first.direction), .lost)
            return true
        }
        while let handle = due(.lingering) { free(handle) }
        if let handle = due(.quiet) ?? due(.established) {
            close(handle, .idle)
            return true
        }
        wake = clock.advanced(byNanoseconds: TimeLeap.most)
        if let first = waiting.first { wake = min(wake, first.deadline) }
        for list in [Flow.List.quiet, .established, .lingering] {
            let handle = oldest[Int(list.rawValue)]
            guard handle >= 0 else { continue }
            wake = min(wake, flows[handle].lastActivity.advanced(byNanoseconds: patience(list)))
        }
        return false
    }

    // The flow of a list that was silent for too long.
    func due(_ list: Flow.List) -> Int32? {
        let handle = oldest[Int(list.rawValue)]
        guard handle >= 0 else { return nil }
        let end = flows[handle].lastActivity.advanced(byNanoseconds: patience(list))
        return end <= clock ? handle : nil
    }

    /// Ends a direction's wait.
    mutating func expire(_ handle: Int32, _ direction: Int, _ cause: GapCause) {
        stopWaiting(handle, direction)
        if flows[handle].state == .reset {
            close(handle, .reset)
        } else {
            isGivingUp = true
            force(handle, direction, cause)
            run(handle)
            isGivingUp = false
        }
        flows[handle].notePlain()
    }

    /// Gives up the one thing that the head of the line waits for.
    mutating func force(_ handle: Int32, _ direction: Int, _ cause: GapCause) {
        guard flows[handle].halves[direction].isSynchronized else {
            settle(handle, direction)
            return
        }
        let next = flows[handle].halves[direction].next
        let first = flows[handle].halves[direction].firstHeld
        guard first >= 0 else {
            // Cut, or known by the FIN alone.
            var end = flows[handle].halves[direction].truncatedUntil
            if end <= next, flows[handle].halves[direction].hasFIN {
                end = flows[handle].halves[direction].finPlace
            }
            declareGap(handle, direction, until: end, cause)
            return
        }
        if held[first].place > next {
            let end = min(held[first].place, flows[handle].halves[direction].finPlace)
            declareGap(handle, direction, until: end, cause)
            return
        }
        giveUpOther(handle, direction, cause)
        deliverFirst(handle, direction)
    }
}
