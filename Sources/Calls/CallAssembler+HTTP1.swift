// HTTP/1 on one connection: events of the two parsers, recognised by content.

import Bytes
import HTTP
import Reassembly

extension CallAssembler {
    mutating func runHTTP1(
        _ handle: Int32, _ direction: Direction, _ bytes: Span<UInt8>, _ moment: StreamMoment
    ) {
        let side = Int(direction.rawValue)
        if !connections[handle].undecided[side].isEmpty
            || (!connections[handle].streams[side].isLocked
                && connections[handle].delivered[side] == UInt64(bytes.count)
                && PayloadKind(bytes).isUndecided)
        {
            gather(handle, direction, bytes, moment)
            return
        }
        // Frames may begin with any packet of a connection that was picked up in one of them.
        if connections[handle].mode == .other, !connections[handle].hasHTTP,
            detectHTTP2(handle, direction, bytes)
        {
            runHTTP2(handle, direction, bytes, moment)
            return
        }
        parseHTTP1(handle, direction, bytes, moment)
    }

    /// The most bytes kept of a direction until it is known what they are.
    static let undecidedBytes = 16 << 10

    // The beginning of a preface or of a PROXY header: wait for the rest, which comes at once. What
    // a server sends before the client's preface waits for that.
    mutating func gather(
        _ handle: Int32, _ direction: Direction, _ bytes: Span<UInt8>, _ moment: StreamMoment
    ) {
        let side = Int(direction.rawValue)
        var start = moment
        start.offset &-= UInt64(connections[handle].undecided[side].count)
        connections[handle].undecided[side].append(bytes)
        let isUndecided = PayloadKind(connections[handle].undecided[side].span).isUndecided
        let count = connections[handle].undecided[side].count
        if isUndecided, count < CallAssembler.undecidedBytes { return }
        var gathered = ByteBuffer()
        swap(&gathered, &connections[handle].undecided[side])
        parseHTTP1(handle, direction, gathered.span, start)
    }

    mutating func parseHTTP1(
        _ handle: Int32, _ direction: Direction, _ bytes: Span<UInt8>, _ moment: StreamMoment
    ) {
        let side = Int(direction.rawValue)
        if connections[handle].streams[side].isInsideOpenBody {
            cutIfLong(
                connections[handle].streams[side].message, handle, adding: bytes.count, at: moment)
        }
        if connections[handle].streams[side].isSearchingChunk {
            let isClient = connections[handle].client == direction
            connections[handle].streams[side].mayEndInHole =
                isClient || connections[handle].exchanges.contains { $0.response < 0 }
        }
        var consumed = skipProxyHeader(bytes, handle, side)
        while true {
            let current = connections[handle].streams[side].message
            let before = held(current)
            let event = connections[handle].streams[side].next(
                bytes, consumed: &consumed, at: moment, messages: &messages, limits: limits,
                counters: &http1Counters)
            account(current, since: before)
            switch event {
            case .needMore: return
            case .head(let message): takeHead(message, handle, direction)
            case .finished(let message): takeFinished(message, handle, direction)
            case .notHTTP:
                guard explain(bytes, &consumed, handle, direction, moment) else { return }
            }
            switch connections[handle].mode {
            case .http1, .other: continue
            case .http2, .webSocket, .tls, .tunnel:
                var rest = moment
                rest.offset &+= UInt64(consumed)
                dispatch(handle, direction, bytes.from(consumed), rest)
                return
            }
        }
    }

    // Version 2 begins with empty lines, which the parser would pass over.
    mutating func skipProxyHeader(_ bytes: Span<UInt8>, _ handle: Int32, _ side: Int) -> Int {
        guard bytes.count > 0, bytes[0] == 0x0D, !connections[handle].streams[side].isLocked,
            case .proxyHeader(let length) = PayloadKind(bytes)
        else { return 0 }
        let skipped = min(length, bytes.count)
        counters.proxyHeaderBytes &+= UInt64(skipped)
        connections[handle].toSkip[side] = length - skipped
        return skipped
    }

    // The stream does not begin as HTTP/1: what is it?
    //
    // Returns whether the parser goes on with what is left.
    mutating func explain(
        _ bytes: Span<UInt8>, _ consumed: inout Int, _ handle: Int32, _ direction: Direction,
        _ moment: StreamMoment
    ) -> Bool {
        let side = Int(direction.rawValue)
        let rest = bytes.from(consumed)
        switch PayloadKind(rest) {
        case .tls where !connections[handle].hasHTTP:
            connections[handle].mode = .tls
            counters.tlsBytes &+= UInt64(rest.count)
            consumed = bytes.count
            return false
        case .http2Preface:
            connections[handle].client = direction
            startHTTP2(handle)
            return true
        case .proxyHeader(let length):
            let skipped = min(length, rest.count)
            counters.proxyHeaderBytes &+= UInt64(skipped)
            consumed += skipped
            connections[handle].toSkip[side] = length - skipped
            return consumed < bytes.count
        case .tls, .needMore, .http2Settings, .other:
            if detectHTTP2(handle, direction, rest) { return true }
            if !connections[handle].hasHTTP {
                counters.otherBytes &+= UInt64(rest.count)
                connections[handle].mode = .other
            }
            connections[handle].streams[side].search()
            return true
        }
    }

    mutating func takeHead(_ message: Int32, _ handle: Int32, _ direction: Direction) {
        heldByteCount += held(message)
        noteHTTP(handle)
        let isRequest = messages[message].status == 0
        setRoles(handle, direction, isRequest: isRequest)
        let framing: BodyFraming
        if isRequest {
            framing = takeRequestHead(message, handle)
        } else {
            framing = takeResponseHead(message, handle)
        }
        if case .length(let length) = framing {
            messages[message].expectBody(length, limit: limits.bodyBytes)
        }
        connections[handle].streams[Int(direction.rawValue)].begin(framing, messages: &messages)
    }

    mutating func noteHTTP(_ handle: Int32) {
        connections[handle].hasHTTP = true
        connections[handle].mode = .http1
    }

    mutating func setRoles(_ handle: Int32, _ direction: Direction, isRequest: Bool) {
        guard connections[handle].client == nil else { return }
        let client = isRequest ? direction : direction.opposite
        connections[handle].client = client
        connections[handle].streams[Int(client.rawValue)].role = .client
        connections[handle].streams[Int(client.opposite.rawValue)].role = .server
    }

    mutating func takeRequestHead(_ message: Int32, _ handle: Int32) -> BodyFraming {
        var exchange = Exchange()
        exchange.request = message
        exchange.isHead = isMethod(message, "HEAD")
        exchange.isConnect = isMethod(message, "CONNECT")
        noteRequest(&exchange, handle)
        expireWaiting(handle, newRequest: message)
        connections[handle].exchanges.append(exchange)
        return BodyFraming.ofRequest(&messages[message], counters: &http1Counters)
    }

    func isMethod(_ message: Int32, _ method: StaticString) -> Bool {
        messages[message].span(messages[message].method).equals(method)
    }

    mutating func takeResponseHead(_ message: Int32, _ handle: Int32) -> BodyFraming {
        let status = messages[message].status
        // Interim responses do not answer the request (RFC 9110 §15.2); 101 does.
        if status < 200, status != 101 {
            counters.interimResponses &+= 1
            return .none
        }
        let index = matchResponse(message, handle)
        var kind = RequestKind.ordinary
        if let index {
            connections[handle].exchanges[index].response = message
            if connections[handle].exchanges[index].isHead { kind = .head }
            if connections[handle].exchanges[index].isConnect { kind = .connect }
        } else {
            var exchange = Exchange()
            exchange.response = message
            connections[handle].exchanges.insert(exchange, at: orphanPlace(handle))
        }
        return BodyFraming.ofResponse(&messages[message], to: kind, counters: &http1Counters)
    }

    // An orphan goes before the requests that still wait.
    func orphanPlace(_ handle: Int32) -> Int {
        let exchanges = connections[handle].exchanges
        return exchanges.firstIndex { $0.response < 0 } ?? exchanges.count
    }

    mutating func takeFinished(_ message: Int32, _ handle: Int32, _ direction: Direction) {
        let exchanges = connections[handle].exchanges.count
        for index in 0..<exchanges {
            if connections[handle].exchanges[index].request == message {
                connections[handle].exchanges[index].isRequestDone = true
                emitIfDone(handle, index)
                return
            }
            if connections[handle].exchanges[index].response == message {
                connections[handle].exchanges[index].isResponseDone = true
                let exchange = connections[handle].exchanges[index]
                let status = messages[message].status
                if status == 101 {
                    takeUpgrade(handle, index)
                    return
                }
                emitIfDone(handle, index)
                if exchange.isConnect, status < 300 {
                    startTunnel(handle)
                }
                return
            }
        }
        keepInterim(message, handle)
    }

    // A final response should follow; when none does, an interim one says more than nothing. 100
    // and 103 promise so little that they are not kept.
    mutating func keepInterim(_ message: Int32, _ handle: Int32) {
        let status = messages[message].status
        let isKept =
            options.compatibility == .networkSniffer || (status != 100 && status != 103)
        guard isKept,
            let index = connections[handle].exchanges.firstIndex(where: { $0.response < 0 })
        else {
            release(message)
            return
        }
        release(connections[handle].exchanges[index].interim)
        connections[handle].exchanges[index].interim = message
    }

    // Behind CONNECT's 2xx the connection begins anew: with TLS, or with HTTP again.
    mutating func startTunnel(_ handle: Int32) {
        while !connections[handle].exchanges.isEmpty { emitFirst(handle) }
        connections[handle].streams[0].restart()
        connections[handle].streams[1].restart()
        connections[handle].client = nil
        connections[handle].hasHTTP = false
        connections[handle].delivered = InlineArray(repeating: 0)
    }
}
