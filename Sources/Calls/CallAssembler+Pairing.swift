// Which response answers which request?
//
// While nothing was lost, by order (RFC 9112 §9.3.2). Once bytes of a head may have been lost,
// counting lies; then TCP tells: a request carries how far its sender had read the responses, a
// response how far its sender had read the requests.

import Bytes
import HTTP
import Reassembly

extension CallAssembler {
    /// The index of the exchange that a response answers, nil for an orphan.
    mutating func matchResponse(_ response: Int32, _ handle: Int32) -> Int? {
        if connections[handle].isDisturbed { dropAnswered(before: response, handle) }
        guard let index = connections[handle].exchanges.firstIndex(where: { $0.response < 0 })
        else { return nil }
        let request = connections[handle].exchanges[index].request
        let start = messages[response].startOffset
        // The request was sent after its sender had read beyond this response's beginning.
        if connections[handle].isDisturbed, let read = messages[request].acknowledged, read > start {
            counters.repaired &+= 1
            return nil
        }
        // The response was sent before its sender had read any of the request.
        if let read = messages[response].acknowledged, read <= messages[request].startOffset,
            connections[handle].isDisturbed
        {
            counters.repaired &+= 1
            return nil
        }
        return index
    }

    // A waiting request whose successor was sent after more of the responses had been read — and
    // still no further than where this response begins — had its response lost.
    mutating func dropAnswered(before response: Int32, _ handle: Int32) {
        let start = messages[response].startOffset
        while true {
            guard
                let first = connections[handle].exchanges.firstIndex(where: { $0.response < 0 }),
                first + 1 < connections[handle].exchanges.count
            else { return }
            let request = connections[handle].exchanges[first].request
            let next = connections[handle].exchanges[first + 1].request
            guard next >= 0, connections[handle].exchanges[first].isRequestDone,
                let read = messages[request].acknowledged,
                let readLater = messages[next].acknowledged,
                readLater > read, readLater <= start
            else { return }
            counters.repaired &+= 1
            emit(handle, first)
        }
    }

    // A connection without visible responses, or with too many waiting requests, does not keep them.
    mutating func expireWaiting(_ handle: Int32, newRequest message: Int32) {
        guard !connections[handle].exchanges.isEmpty else { return }
        let client = connections[handle].client ?? .fromOriginator
        let isOneSided = connections[handle].delivered[Int(client.opposite.rawValue)] == 0
        let now = messages[message].startTime
        while let first = connections[handle].exchanges.first, first.request >= 0,
            first.isRequestDone, first.response < 0
        {
            let waited = now.nanoseconds(since: messages[first.request].startTime)
            let isOver = connections[handle].exchanges.count >= options.waitingRequests
            guard isOver || (isOneSided && waited > options.oneSidedWaitNanoseconds) else { return }
            if isOver { counters.waitingOverLimit &+= 1 }
            emit(handle, 0)
        }
    }

    mutating func emitIfDone(_ handle: Int32, _ index: Int) {
        if connections[handle].exchanges[index].isDone { emit(handle, index) }
    }

    mutating func emitFirst(_ handle: Int32) { emit(handle, 0) }

    /// Writes an exchange as a call and forgets it.
    mutating func emit(_ handle: Int32, _ index: Int) {
        var exchange = connections[handle].exchanges.remove(at: index)
        if exchange.response < 0 {
            exchange.response = exchange.interim
        } else {
            release(exchange.interim)
        }
        if isRemnant(exchange) {
            counters.remnants &+= 1
            release(exchange.request)
            release(exchange.response)
            return
        }
        write(exchange, handle)
    }

    // Half a head and nothing to go with it: what it was cannot be known.
    func isRemnant(_ exchange: Exchange) -> Bool {
        guard exchange.request < 0 || exchange.response < 0 else { return false }
        let only = max(exchange.request, exchange.response)
        return messages[only].marks.contains(.headIncomplete)
            && !messages[only].marks.contains(.headCut)
    }

    mutating func write(_ exchange: Exchange, _ handle: Int32, stream: UInt32 = 0) {
        let facts = CallFacts(
            client: connections[handle].clientEndpoint, server: connections[handle].serverEndpoint,
            encapsulation: connections[handle].description.encapsulation,
            otherEncapsulation: connections[handle].description.otherEncapsulation,
            firstPacket: connections[handle].description.firstPacket, stream: stream,
            request: exchange.request, response: exchange.response)
        let before = held(exchange.request) + held(exchange.response)
        writer.write(facts, messages: &messages, to: &output, counters: &counters)
        heldByteCount += held(exchange.request) + held(exchange.response) - before
        release(exchange.request)
        release(exchange.response)
    }
}
