// Streams that do not end: event streams, server-streaming gRPC. Who owns the connection writes
// what came of them from time to time, so that it is reported while it matters, and memory stays
// bounded.

public import Bytes

/// A stream whose response has begun to bring bytes and has not ended.
public struct HTTP2OpenExchange: Equatable, Sendable, BitwiseCopyable {
    /// The stream.
    public var stream: UInt32
    /// The request's handle, -1 when it was never seen.
    public var request: Int32
    /// The response's handle.
    public var response: Int32
    /// Pieces of it written so far.
    public var pieceCount: UInt32
    /// Decoded bytes of the response's body that those said, where the body must be kept to decode
    /// it.
    public var saidByteCount: Int
}

extension HTTP2Connection {
    /// A response must have been open for so long, in nanoseconds, before it may be cut in pieces.
    static let pieceGrain: Int64 = 1_000_000_000

    /// Notes that DATA came on a stream whose response has been open for long.
    mutating func noteOpen(_ id: UInt32) {
        if openStreams.last != id { openStreams.append(id) }
    }

    /// Whether the bytes taken last brought DATA of responses that have been open for long.
    public var hasOpenExchanges: Bool { !openStreams.isEmpty }

    /// Takes those responses that still go on, in the order of their DATA.
    public mutating func takeOpenExchanges() -> [HTTP2OpenExchange] {
        var result: [HTTP2OpenExchange] = []
        for id in openStreams {
            guard let slot = streams.slot(of: id), !result.contains(where: { $0.stream == id })
            else { continue }
            let stream = streams[slot]
            guard stream.response.message >= 0, !stream.response.hasEnded else { continue }
            result.append(
                HTTP2OpenExchange(
                    stream: id, request: stream.request.message, response: stream.response.message,
                    pieceCount: stream.pieceCount, saidByteCount: stream.saidByteCount))
        }
        openStreams.removeAll(keepingCapacity: true)
        return result
    }

    /// Notes that a piece of a stream was written: what it said is dropped.
    ///
    /// - Parameters:
    ///   - isKept: Whether the response's body is needed to decode what follows.
    ///   - saidByteCount: How many decoded bytes were said so far, when it is kept.
    ///   - time: Of the bytes that come next.
    public mutating func endPiece(
        _ id: UInt32, isKept: Bool, saidByteCount: Int, at time: Timestamp,
        messages: inout Slab<Message>
    ) {
        guard let slot = streams.slot(of: id) else { return }
        streams[slot].pieceCount &+= 1
        streams[slot].saidByteCount = isKept ? saidByteCount : 0
        let stream = streams[slot]
        // A request that goes on is said in pieces as well.
        if stream.request.message >= 0, !stream.request.hasEnded {
            streams[slot].request.contentLength = -1
            drop(stream.request.message, isKept: false, &messages)
        }
        guard stream.response.message >= 0 else { return }
        streams[slot].response.contentLength = -1
        drop(stream.response.message, isKept: isKept, &messages)
        messages[stream.response.message].startTime = time
    }

    private mutating func drop(
        _ message: Int32, isKept: Bool, _ messages: inout Slab<Message>
    ) {
        if !isKept {
            messageByteCount -= messages[message].body.count
            messages[message].body.removeAll()
            messages[message].marks.remove(.bodyCut)
        }
        messages[message].bodyByteCount = 0
        messages[message].gaps.removeAll(keepingCapacity: true)
    }
}
