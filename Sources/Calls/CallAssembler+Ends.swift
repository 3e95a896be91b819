// What comes to a connection beside bytes: holes and ends.

import Bytes
import HTTP
import Reassembly

extension CallAssembler {
    // What was kept because it might have become something.
    mutating func dropUndecided(_ handle: Int32, _ side: Int) {
        counters.otherBytes &+= UInt64(connections[handle].undecided[side].count)
        connections[handle].undecided[side].removeAll()
    }

    mutating func passGap(
        _ handle: Int32, _ direction: Direction, _ count: UInt64, _ moment: StreamMoment
    ) {
        let side = Int(direction.rawValue)
        dropUndecided(handle, side)
        switch connections[handle].mode {
        case .http2: gapHTTP2(handle, direction, count, moment)
        case .webSocket: gapWebSocket(handle, direction, count, moment)
        case .tls, .tunnel: return
        case .http1, .other:
            if !connections[handle].streams[side].absorbs(gap: count) {
                connections[handle].isDisturbed = true
                connections[handle].isBehindGap[side] = true
            }
            let current = connections[handle].streams[side].message
            let before = held(current)
            let event = connections[handle].streams[side].gap(
                count, at: moment, messages: &messages, limits: limits, counters: &http1Counters)
            account(current, since: before)
            follow(event, handle, direction)
        }
    }

    mutating func passEnd(_ handle: Int32, _ direction: Direction, isOrderly: Bool) {
        switch connections[handle].mode {
        case .http1, .other:
            let event = connections[handle].streams[Int(direction.rawValue)].end(
                isOrderly: isOrderly, messages: &messages, limits: limits,
                counters: &http1Counters)
            follow(event, handle, direction)
        case .http2, .webSocket: endExtra(handle, direction, isOrderly: isOrderly)
        case .tls, .tunnel: return
        }
    }

    // An event outside `next`, and those it leaves behind.
    mutating func follow(_ event: HTTP1Event, _ handle: Int32, _ direction: Direction) {
        switch event {
        case .needMore, .notHTTP: return
        case .head(let message):
            takeHead(message, handle, direction)
            let nothing: [UInt8] = []
            parseHTTP1(handle, direction, nothing.span, StreamMoment())
        case .finished(let message):
            takeFinished(message, handle, direction)
        }
    }
}
