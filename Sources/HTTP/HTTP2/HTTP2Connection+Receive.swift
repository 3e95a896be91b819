// The way of the bytes: packets in, frames found, exchanges out.

public import Bytes

extension HTTP2Connection {
    /// Takes the next bytes of a direction.
    ///
    /// - Parameters:
    ///   - bytes: In stream order, each once; borrowed for the call.
    ///   - moment: Where the first of them stands and which packet brought them.
    ///   - events: Gets every exchange that ends with them.
    public mutating func receive<Events: HTTP2EventSink & ~Copyable>(
        _ bytes: Span<UInt8>, at moment: StreamMoment, fromClient: Bool,
        messages: inout Slab<Message>, counters: inout HTTP2Counters, events: inout Events
    ) {
        let side = fromClient ? HTTP2Side.client : HTTP2Side.server
        if !resetStreams.isEmpty {
            expireResets(at: moment.timestamp, &messages, &counters)
            giveOut(&messages, &counters, &events)
        }
        var consumed = 0
        if halves[side].state != .searching {
            consumed = run(bytes, moment, side, &messages, &counters, &events)
            if consumed == bytes.count { return }
        }
        search(
            bytes.from(consumed), moment.advanced(by: consumed), side, &messages, &counters, &events
        )
    }

    /// Reads frames until the bytes or the place in them are lost.
    ///
    /// - Returns: How many bytes were consumed.
    mutating func run<Events: HTTP2EventSink & ~Copyable>(
        _ bytes: Span<UInt8>, _ moment: StreamMoment, _ side: Int,
        _ messages: inout Slab<Message>, _ counters: inout HTTP2Counters, _ events: inout Events
    ) -> Int {
        var offset = 0
        while offset < bytes.count {
            switch halves[side].state {
            case .preface:
                offset += readPreface(bytes.from(offset), side, messages, &counters)
            case .header:
                offset += readHeader(
                    bytes.from(offset), moment.advanced(by: offset), side, &messages, &counters)
            case .payload:
                offset += readPayload(
                    bytes.from(offset), moment.advanced(by: offset), side, &messages, &counters)
            case .searching:
                return offset
            }
            if !finished.isEmpty { giveOut(&messages, &counters, &events) }
        }
        return offset
    }

    /// Gives finished exchanges to the sink.
    mutating func giveOut<Events: HTTP2EventSink & ~Copyable>(
        _ messages: inout Slab<Message>, _ counters: inout HTTP2Counters, _ events: inout Events
    ) {
        for exchange in finished {
            counters.exchanges &+= 1
            events.exchangeFinished(exchange, messages: &messages)
        }
        finished.removeAll(keepingCapacity: true)
    }
}

extension StreamMoment {
    /// The moment of a byte `count` bytes later in the same packet.
    func advanced(by count: Int) -> StreamMoment {
        var moment = self
        moment.offset &+= UInt64(count)
        return moment
    }
}
