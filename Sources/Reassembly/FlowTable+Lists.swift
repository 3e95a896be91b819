// The lists of flows by activity: a flow is in exactly one of them, or its slot is free.

import Bytes
import Wire

extension FlowTable {
    /// Puts a flow at the young end of a list, taking it off the one it is in.
    mutating func link(_ handle: Int32, _ list: Flow.List) {
        unlink(handle)
        guard list != .none else { return }
        let number = Int(list.rawValue)
        flows[handle].list = list
        flows[handle].previous = newest[number]
        flows[handle].following = -1
        if newest[number] >= 0 {
            flows[newest[number]].following = handle
        } else {
            oldest[number] = handle
        }
        newest[number] = handle
        wake = min(wake, flows[handle].lastActivity.advanced(byNanoseconds: patience(list)))
    }

    /// Takes a flow off its list, if it is in one.
    mutating func unlink(_ handle: Int32) {
        guard flows[handle].list != .none else { return }
        let number = Int(flows[handle].list.rawValue)
        flows[handle].list = .none
        let previous = flows[handle].previous
        let following = flows[handle].following
        if previous >= 0 {
            flows[previous].following = following
        } else {
            oldest[number] = following
        }
        if following >= 0 {
            flows[following].previous = previous
        } else {
            newest[number] = previous
        }
    }

    /// How long a flow of a list may be silent.
    func patience(_ list: Flow.List) -> Int64 {
        switch list {
        case .quiet: options.halfOpenTimeoutNanoseconds
        case .established: options.idleTimeoutNanoseconds
        case .lingering: options.lingerNanoseconds
        case .none: .max
        }
    }

    /// Notes a packet's time: for the description, and for the lists.
    mutating func touch(_ handle: Int32, _ packet: TCPPacket, _ count: Int) {
        guard flows[handle].state != .lingering else { return }
        let carries = count > 0 || packet.missingByteCount > 0
        // Only packets that might have begun the flow: what came before those was not seen as its.
        if packet.timestamp < flows[handle].firstPacket, carries || packet.flags.contains(.syn) {
            flows[handle].firstPacket = packet.timestamp
            describeAnew(handle)
        }
        let list = carries ? .established : flows[handle].list
        // A second's grain is enough, and spares the lists.
        guard
            list != flows[handle].list
                || clock.nanoseconds(since: flows[handle].lastActivity) > 1_000_000_000
        else { return }
        flows[handle].lastActivity = clock
        link(handle, list)
    }

    /// Tells the consumer of a description that changed, when it knows the flow.
    mutating func describeAnew(_ handle: Int32) {
        guard flows[handle].isAnnounced, flows[handle].state != .lingering else { return }
        events.append(.described(handle, flows[handle].description, isNew: false))
    }

    /// Ends a flow that gives way, and frees its slot.
    mutating func remove(_ handle: Int32, _ reason: CloseReason) {
        if flows[handle].state != .lingering { close(handle, reason) }
        if flows[handle].state == .lingering { free(handle) }
    }

    /// Frees a slot: those that only linger go first, then those without a byte.
    mutating func makeRoom() -> Bool {
        let lingering = oldest[Int(Flow.List.lingering.rawValue)]
        let quiet = oldest[Int(Flow.List.quiet.rawValue)]
        let handle = lingering >= 0 ? lingering : quiet >= 0 ? quiet : oldest[1]
        guard handle >= 0 else { return false }
        remove(handle, .evicted)
        return true
    }

    /// Closes an open flow, the one silent longest; at the end of the input lingering ones go, too.
    @usableFromInline mutating func closeNext(_ reason: CloseReason) -> Bool {
        let established = oldest[Int(Flow.List.established.rawValue)]
        let handle = established >= 0 ? established : oldest[Int(Flow.List.quiet.rawValue)]
        if handle >= 0 {
            close(handle, reason)
            return true
        }
        guard reason == .drained else { return false }
        while oldest[2] >= 0 { free(oldest[2]) }
        return false
    }

    /// Whether a flow is neither over nor a free slot.
    func isFollowed(_ handle: Int32) -> Bool {
        switch flows[handle].state {
        case .open, .reset: true
        case .lingering, .free: false
        }
    }

    /// Frees a slot.
    mutating func free(_ handle: Int32) {
        unlink(handle)
        index.remove(flows[handle].tag, handle)
        flows[handle].state = .free
        flows[handle].following = lastFreed
        lastFreed = handle
        flows.release(handle)
    }
}
