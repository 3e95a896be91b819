// Which response answers which request?
//
// While nothing was lost, by order (RFC 9112 §9.3.2). Once bytes of a head may have been lost,
// counting lies; then TCP tells: a client sends a request when it has read all responses before, so
// that what its packet acknowledges is where the answer begins. A response that begins nowhere a
// request waits for stays alone.

import Bytes
import HTTP
import Reassembly

extension CallAssembler {
    /// The index of the exchange that a response answers, nil for an orphan.
    mutating func matchResponse(_ response: Int32, _ handle: Int32) -> Int? {
        let server = Int((connections[handle].client ?? .fromOriginator).opposite.rawValue)
        if connections[handle].isBehindGap[server] {
            connections[handle].isBehindGap[server] = false
            connections[handle].isInSync = false
        }
        guard let first = connections[handle].exchanges.firstIndex(where: { $0.response < 0 })
        else {
            // Nobody knows what it answers, so neither how long it is (RFC 9112 §6.3: HEAD): it may
            // swallow those behind it. Only evidence pairs until some is found.
            connections[handle].isDisturbed = true
            connections[handle].isInSync = false
            return nil
        }
        guard connections[handle].isDisturbed else { return first }
        if connections[handle].isInSync, !connections[handle].exchanges[first].isBehindGap,
            mayAnswer(response, connections[handle].exchanges[first].request)
        {
            return first
        }
        return matchByEvidence(response, handle, from: first)
    }

    // The response cannot have begun before the server read any of the request, nor can the client
    // have read the response's beginning before it sent the request.
    func mayAnswer(_ response: Int32, _ request: Int32) -> Bool {
        if let read = messages[response].acknowledged, read <= messages[request].startOffset {
            return false
        }
        if let read = messages[request].acknowledged, read > messages[response].startOffset {
            return false
        }
        return true
    }

    mutating func matchByEvidence(_ response: Int32, _ handle: Int32, from first: Int) -> Int? {
        connections[handle].isInSync = false
        let start = messages[response].startOffset
        let found = connections[handle].exchanges.indices[first...].first { index in
            let request = connections[handle].exchanges[index].request
            return connections[handle].exchanges[index].response < 0
                && messages[request].acknowledged == start && mayAnswer(response, request)
        }
        // One that was sent while another waited, behind a hole: what was lost may have been
        // waiting for the same response.
        guard let found,
            !(connections[handle].exchanges[found].isBehindGap && connections[handle].isPipelining)
        else {
            counters.repaired &+= 1
            return nil
        }
        for _ in first..<found {
            counters.repaired &+= 1
            emit(handle, first)
        }
        connections[handle].isInSync = true
        connections[handle].exchanges[first].isBehindGap = false
        return first
    }

    /// Notes what a request says of the connection, before it joins the exchanges.
    mutating func noteRequest(_ exchange: inout Exchange, _ handle: Int32) {
        let client = Int((connections[handle].client ?? .fromOriginator).rawValue)
        exchange.isBehindGap = connections[handle].isBehindGap[client]
        connections[handle].isBehindGap[client] = false
        guard let last = connections[handle].exchanges.last, last.request >= 0,
            let read = messages[exchange.request].acknowledged,
            read == messages[last.request].acknowledged
        else { return }
        connections[handle].isPipelining = true
    }

    // A connection without visible responses, or with too many waiting requests, does not keep
    // them.
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

    func facts(_ exchange: Exchange, _ handle: Int32, stream: UInt32) -> CallFacts {
        CallFacts(
            client: connections[handle].clientEndpoint, server: connections[handle].serverEndpoint,
            encapsulation: connections[handle].description.encapsulation,
            otherEncapsulation: connections[handle].description.otherEncapsulation,
            firstPacket: connections[handle].description.firstPacket, stream: stream,
            request: exchange.request, response: exchange.response)
    }

    mutating func write(_ exchange: Exchange, _ handle: Int32, stream: UInt32 = 0) {
        var facts = facts(exchange, handle, stream: stream)
        if exchange.pieceCount > 0 { facts.goOn(exchange) }
        write(exchange, facts)
    }

    /// Writes a call and frees its messages.
    mutating func write(_ exchange: Exchange, _ facts: CallFacts) {
        writer.write(facts, messages: &messages, to: &output, counters: &counters)
        release(exchange.request)
        release(exchange.response)
    }
}
