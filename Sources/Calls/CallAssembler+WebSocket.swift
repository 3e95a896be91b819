// WebSocket conversations after a 101: a record for each, or for each bounded piece of a long one.
// RFC 6455.

import Bytes
import HTTP
import Reassembly

extension CallAssembler {
    mutating func startWebSocket(_ handle: Int32, _ exchange: Exchange) {
        let (slot, _) = webSockets.claim { WebSocketConversation() }
        // What the slot held before went when it was given back.
        webSockets[slot] = WebSocketConversation()
        webSockets[slot].request = emptiedCopy(exchange.request)
        webSockets[slot].response = emptiedCopy(exchange.response)
        setLimits(slot)
        if let value = messages[exchange.response].firstValue("sec-websocket-extensions") {
            webSockets[slot].piece.deflate = PerMessageDeflate(
                messages[exchange.response].span(value))
        }
        connections[handle].extra = slot
        connections[handle].mode = .webSocket
    }

    mutating func setLimits(_ slot: Int32) {
        webSockets[slot].parsers[0].limits.messageBytes = options.bodyLimitBytes
        webSockets[slot].parsers[1].limits.messageBytes = options.bodyLimitBytes
        webSockets[slot].piece.byteLimit = options.bodyLimitBytes
        webSockets[slot].piece.messageLimit = options.webSocketMessagesPerPiece
        webSockets[slot].piece.binaryBodies = options.binaryBodies
    }

    // A message's head in a slot of its own; an empty message when there is none.
    mutating func emptiedCopy(_ message: Int32) -> Int32 {
        let double = message >= 0 ? messages[message].copied() : Message()
        let (handle, _) = messages.claim { Message() }
        messages[handle] = double
        messages[handle].body.removeAll()
        messages[handle].trailers = []
        if message < 0 { messages[handle].marks.insert(.headIncomplete) }
        heldByteCount += held(handle)
        return handle
    }

    mutating func runWebSocket(
        _ handle: Int32, _ direction: Direction, _ bytes: Span<UInt8>, _ moment: StreamMoment
    ) {
        counters.webSocketBytes &+= UInt64(bytes.count)
        let slot = connections[handle].extra
        let side = direction == connections[handle].client ? 0 : 1
        let before = webSockets[slot].heldByteCount
        if webSockets[slot].piece.isOlder(
            than: options.pieceNanoseconds, at: moment.timestamp)
        {
            writePiece(handle, isLast: false)
        }
        var offset = 0
        while offset < bytes.count {
            let count = min(webSockets[slot].parsers[side].byteCountToBorder, bytes.count - offset)
            var here = moment
            here.offset &+= UInt64(offset)
            webSockets[slot].receive(
                bytes.slice(offset, count), side, at: here, counters: &webSocketCounters)
            offset += count
            if webSockets[slot].piece.isFull { writePiece(handle, isLast: false) }
        }
        heldByteCount += webSockets[slot].heldByteCount - before
    }

    mutating func gapWebSocket(
        _ handle: Int32, _ direction: Direction, _ count: UInt64, _ moment: StreamMoment
    ) {
        let slot = connections[handle].extra
        let before = webSockets[slot].heldByteCount
        webSockets[slot].gap(
            count, direction == connections[handle].client ? 0 : 1, at: moment,
            counters: &webSocketCounters)
        heldByteCount += webSockets[slot].heldByteCount - before
    }

    mutating func endWebSocket(_ handle: Int32, _ direction: Direction) {
        let slot = connections[handle].extra
        let before = webSockets[slot].heldByteCount
        webSockets[slot].end(
            direction == connections[handle].client ? 0 : 1, counters: &webSocketCounters)
        heldByteCount += webSockets[slot].heldByteCount - before
    }

    mutating func closeWebSocket(_ handle: Int32) {
        let slot = connections[handle].extra
        let before = webSockets[slot].heldByteCount
        webSockets[slot].end(0, counters: &webSocketCounters)
        webSockets[slot].end(1, counters: &webSocketCounters)
        writePiece(handle, isLast: true)
        release(webSockets[slot].request)
        release(webSockets[slot].response)
        heldByteCount -= before
        webSockets[slot] = WebSocketConversation()
        webSockets.release(slot)
    }

    // Writes what the piece holds, if anything, as a record of its own, and begins the next.
    mutating func writePiece(_ handle: Int32, isLast: Bool) {
        let slot = connections[handle].extra
        guard !webSockets[slot].piece.isEmpty else { return }
        let request = webSockets[slot].request
        let response = webSockets[slot].response
        webSockets[slot].pieceCount &+= 1
        webSockets[slot].piece.lend(0, to: &messages[request])
        webSockets[slot].piece.lend(1, to: &messages[response])
        var exchange = Exchange()
        exchange.request = request
        exchange.response = response
        var facts = facts(exchange, handle, stream: webSockets[slot].pieceCount)
        facts.isConversation = true
        facts.piece = isLast && webSockets[slot].pieceCount == 1 ? 0 : webSockets[slot].pieceCount
        writer.write(facts, messages: &messages, to: &output, counters: &counters)
        counters.webSocketMessagesUndecodable &+= webSockets[slot].piece.undecodable
        webSockets[slot].piece.undecodable = 0
        webSockets[slot].piece.takeBack(0, from: &messages[request])
        webSockets[slot].piece.takeBack(1, from: &messages[response])
        webSockets[slot].piece.clear()
    }
}

extension WebSocketPiece {
    /// Makes one direction's text a message's body, with all that is said of it.
    mutating func lend(_ side: Int, to message: inout Message) {
        if !texts[side].isEmpty { texts[side].append(0x5D) }
        swap(&texts[side], &message.body)
        let tally = tallies[side]
        let first = tally.messageCount > 0 ? tally.start : start
        message.startTime = first.timestamp
        message.startSegment = first.segment
        message.endTime = tally.messageCount > 0 ? tally.endTime : first.timestamp
        message.bodyByteCount = tally.payloadByteCount
        message.gaps = gaps[side].filter { $0.offset < tally.payloadByteCount }
        message.marks.remove([.bodyCut, .complete, .endedEarly])
        if tally.isCut { message.marks.insert(.bodyCut) }
        message.marks.insert(tally.isPartial ? .endedEarly : .complete)
    }

    /// Takes the text back.
    mutating func takeBack(_ side: Int, from message: inout Message) {
        swap(&texts[side], &message.body)
    }
}
