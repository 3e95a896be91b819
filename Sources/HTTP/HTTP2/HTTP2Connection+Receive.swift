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
        var consumed = 0
        if halves[side].state != .searching {
            consumed = run(bytes, moment, side, &messages, &counters, &events)
            if consumed == bytes.count { return }
        }
        search(
            bytes.from(consumed), moment.advanced(by: consumed), side, &messages, &counters, &events)
    }

    /// Reads frames until the bytes or the place in them are lost.
    ///
    /// - Returns: How many bytes were consumed.
    private mutating func run<Events: HTTP2EventSink & ~Copyable>(
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

    /// Holds bytes until frames are found in them, then reads those.
    private mutating func search<Events: HTTP2EventSink & ~Copyable>(
        _ bytes: Span<UInt8>, _ moment: StreamMoment, _ side: Int,
        _ messages: inout Slab<Message>, _ counters: inout HTTP2Counters, _ events: inout Events
    ) {
        halves[side].pieces.append(HTTP2Piece(start: halves[side].kept.count, moment: moment))
        halves[side].kept.append(bytes)
        var held = ByteBuffer()
        var pieces: [HTTP2Piece] = []
        swap(&held, &halves[side].kept)
        swap(&pieces, &halves[side].pieces)
        var offset = 0
        while offset < held.count {
            let place = findFrames(held.span, from: offset, pieces, side)
            counters.skippedBytes &+= UInt64(place.offset - offset)
            offset = place.offset
            guard place.isFound else {
                hold(held.span, from: offset, pieces, side)
                return
            }
            counters.resyncs &+= 1
            halves[side].state = .header
            halves[side].expectsSettings = false
            for index in pieces.indices {
                let end = index + 1 < pieces.count ? pieces[index + 1].start : held.count
                guard end > offset else { continue }
                let piece = pieces[index]
                offset += run(
                    held.span(from: offset, count: end - offset),
                    piece.moment.advanced(by: offset - piece.start), side, &messages, &counters,
                    &events)
                if offset < end { break }
            }
        }
    }

    /// Keeps what may yet prove to be frames.
    private mutating func hold(
        _ bytes: Span<UInt8>, from offset: Int, _ pieces: [HTTP2Piece], _ side: Int
    ) {
        halves[side].kept.removeAll()
        halves[side].pieces.removeAll(keepingCapacity: true)
        guard offset < bytes.count else { return }
        halves[side].kept.append(bytes.from(offset))
        for index in pieces.indices {
            let end = index + 1 < pieces.count ? pieces[index + 1].start : bytes.count
            guard end > offset else { continue }
            var piece = pieces[index]
            if piece.start < offset {
                piece.moment = piece.moment.advanced(by: offset - piece.start)
                piece.start = offset
            }
            piece.start -= offset
            halves[side].pieces.append(piece)
        }
    }

    /// The first place from `start` on where frames stand, or else where they may stand yet.
    ///
    /// Two headers in a row are frames here, and one that fills whole packets.
    private func findFrames(
        _ bytes: Span<UInt8>, from start: Int, _ pieces: [HTTP2Piece], _ side: Int
    ) -> (offset: Int, isFound: Bool) {
        var firstUndecided = bytes.count
        var piece = 0
        for offset in start..<bytes.count {
            while piece + 1 < pieces.count, pieces[piece + 1].start <= offset { piece += 1 }
            let isAtPacket = pieces[piece].start == offset
            let chain = HTTP2FrameScan.chain(
                in: bytes, from: offset, headersNeeded: 2, headersAtEnd: isAtPacket ? 1 : 2,
                maximumLength: halves[side].maximumLength, allowsPush: hasPushes)
            switch chain {
            case .frames: return (offset, true)
            case .none: continue
            case .undecided: break
            }
            firstUndecided = min(firstUndecided, offset)
            // Frames larger than what may be held: an open stream's number has to do.
            guard bytes.count - offset > limits.searchBytes else { continue }
            let header = HTTP2FrameHeader(bytes, at: offset)
            if streams.slot(of: header.stream) != nil { return (offset, true) }
            firstUndecided = bytes.count
        }
        return (firstUndecided, false)
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
