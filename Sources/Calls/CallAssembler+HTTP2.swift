// Cleartext HTTP/2 on one connection: by preface, by upgrade, or picked up midstream. One call per
// stream. RFC 9113.

import Bytes
import HTTP
import Reassembly
import Wire

extension CallAssembler {
    var http2Limits: HTTP2Limits {
        var limits = HTTP2Limits()
        limits.bodyBytes = self.limits.bodyBytes
        return limits
    }

    /// Starts HTTP/2 on a connection whose client sent the preface or, with a request, upgraded.
    mutating func startHTTP2(_ handle: Int32, upgradedBy request: Int32 = -1) {
        let limits = http2Limits
        var state: HTTP2Connection
        if request >= 0 {
            heldByteCount -= held(request)
            var settings = ByteBuffer()
            if let value = messages[request].firstValue("http2-settings") {
                settings.append(messages[request].span(value))
            }
            state = HTTP2Connection(
                upgradedBy: request, settings: settings.span, messages: &messages, limits: limits)
            heldByteCount += state.heldByteCount
        } else {
            state = HTTP2Connection(limits: limits)
        }
        adopt(consume state, handle)
    }

    // Takes a connection's state in, and what its server sent before the client's preface.
    mutating func adopt(_ state: consuming HTTP2Connection, _ handle: Int32) {
        let (slot, _) = http2.claim { HTTP2Connection() }
        http2[slot] = state
        connections[handle].extra = slot
        connections[handle].mode = .http2
        connections[handle].hasHTTP = true
        for side in 0..<2 where !connections[handle].undecided[side].isEmpty {
            var early = ByteBuffer()
            swap(&early, &connections[handle].undecided[side])
            runHTTP2(
                handle, side == 0 ? .fromOriginator : .fromResponder, early.span, StreamMoment())
        }
    }

    /// Whether bytes that begin a direction are frames from the middle of a connection; if so the
    /// connection is HTTP/2 from here on.
    mutating func detectHTTP2(
        _ handle: Int32, _ direction: Direction, _ bytes: Span<UInt8>
    ) -> Bool {
        guard !connections[handle].hasHTTP, HTTP2Connection.looksLikeFrames(bytes) == .yes else {
            return false
        }
        let isFromClient: Bool
        switch HTTP2Connection.sender(ofFrames: bytes) {
        case .client: isFromClient = true
        case .server: isFromClient = false
        case .unknown:
            // The server's port is the lower one nearly always.
            let sender =
                direction == .fromOriginator
                ? connections[handle].description.originator
                : connections[handle].description.responder
            let receiver =
                direction == .fromOriginator
                ? connections[handle].description.responder
                : connections[handle].description.originator
            isFromClient = sender.port > receiver.port
        }
        connections[handle].client = isFromClient ? direction : direction.opposite
        adopt(HTTP2Connection(midstream: http2Limits), handle)
        return true
    }

    mutating func runHTTP2(
        _ handle: Int32, _ direction: Direction, _ bytes: Span<UInt8>, _ moment: StreamMoment
    ) {
        counters.http2Bytes &+= UInt64(bytes.count)
        let slot = connections[handle].extra
        let before = http2[slot].heldByteCount
        http2[slot].receive(
            bytes, at: moment, fromClient: direction == connections[handle].client,
            messages: &messages, counters: &http2Counters, events: &collector)
        heldByteCount += http2[slot].heldByteCount - before
        writeCollected(handle)
        if http2[slot].hasOpenExchanges { cutLongStreams(handle, moment) }
    }

    mutating func gapHTTP2(
        _ handle: Int32, _ direction: Direction, _ count: UInt64, _ moment: StreamMoment
    ) {
        let slot = connections[handle].extra
        let before = http2[slot].heldByteCount
        http2[slot].gap(
            count, at: moment, fromClient: direction == connections[handle].client,
            messages: &messages, counters: &http2Counters, events: &collector)
        heldByteCount += http2[slot].heldByteCount - before
        writeCollected(handle)
    }

    mutating func endHTTP2(_ handle: Int32, _ direction: Direction) {
        let slot = connections[handle].extra
        let before = http2[slot].heldByteCount
        http2[slot].end(
            fromClient: direction == connections[handle].client, messages: &messages,
            counters: &http2Counters, events: &collector)
        heldByteCount += http2[slot].heldByteCount - before
        writeCollected(handle)
    }

    mutating func closeHTTP2(_ handle: Int32) {
        let slot = connections[handle].extra
        let before = http2[slot].heldByteCount
        http2[slot].close(messages: &messages, counters: &http2Counters, events: &collector)
        heldByteCount -= before
        writeCollected(handle)
        // The slot is reused; what the old state held goes now.
        http2[slot] = HTTP2Connection()
        http2.release(slot)
    }

    mutating func writeCollected(_ handle: Int32) {
        guard !collector.exchanges.isEmpty else { return }
        for index in 0..<collector.exchanges.count {
            let ended = collector.exchanges[index]
            heldByteCount += held(ended.request) + held(ended.response)
            var exchange = Exchange()
            exchange.request = ended.request
            exchange.response = ended.response
            guard ended.request >= 0 || ended.response >= 0 else { continue }
            var facts = facts(exchange, handle, stream: ended.stream)
            if ended.pieceCount > 0 {
                facts.goOn(pieces: ended.pieceCount, said: ended.saidByteCount)
            }
            write(exchange, facts)
        }
        collector.exchanges.removeAll(keepingCapacity: true)
    }
}
