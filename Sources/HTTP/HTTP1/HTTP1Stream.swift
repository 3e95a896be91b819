// One direction of an HTTP/1 connection, as a pull parser: give it bytes, take events. It never
// waits for more than it needs, survives holes, and finds the next start line when it is lost.
//
// The caller loops: `next` until `.needMore`; after `.head` it must call `begin` with the framing,
// which for a response depends on the request. RFC 9112; what is lenient says so.

public import Bytes

/// What a parser has found.
public enum HTTP1Event: Equatable, Sendable, BitwiseCopyable {
    /// Everything given is consumed.
    case needMore
    /// A head is in this message; call `begin` next.
    case head(Int32)
    /// This message is over; its marks say whether it is whole. The caller owns it now.
    case finished(Int32)
    /// The stream does not begin as HTTP/1 does; nothing is consumed. Call `search` or `ignore`.
    case notHTTP
}

/// What start lines a direction may hold.
public enum HTTP1Role: UInt8, Sendable, BitwiseCopyable {
    case unknown, client, server
}

/// The parser of one direction.
public struct HTTP1Stream: ~Copyable {
    enum State: UInt8 {
        /// Between messages.
        case start
        /// Inside a head, kept in `pending`.
        case head
        /// A head was given out; `begin` has not been called.
        case decided
        /// Inside a body of known length.
        case body
        /// At a chunk-size line.
        case chunkLine
        /// Inside a chunk.
        case chunkData
        /// Behind a chunk's data, before its line end.
        case chunkDataEnd
        /// A hole swallowed chunk framing: looking for the next chunk-size line.
        case chunkSearch
        /// Inside a trailer section.
        case trailers
        /// Inside a body that the stream's end delimits.
        case untilClose
        /// The message is whole and not given out yet.
        case finishing
        /// Lost: looking for the next plausible start line.
        case searching
        /// Not HTTP/1, or handed over to another protocol.
        case ignoring
    }

    var state = State.start
    /// What start lines are believed here.
    public var role = HTTP1Role.unknown
    /// The message being read, -1 when none.
    public internal(set) var message: Int32 = -1
    /// Whether a start line was ever found in this direction.
    public internal(set) var isLocked = false
    var remaining: UInt64 = 0
    var pending = ByteBuffer()
    var scanned = 0
    var startMoment = StreamMoment()
    var headIsCut = false
    /// Whether the head in `pending` was found while the stream was lost, and needs evidence.
    var isGuess = false
    /// Where in an unsure beginning a packet began that may be the true beginning; 0 when none.
    var laterStart = 0
    var laterMoment = StreamMoment()
    /// Whether the next byte is the first behind a hole: it may lie inside a word.
    var isBehindHole = false
    var stateAfterFinish = State.start
    /// The framing when the first chunk line turns out to be none.
    var fallback: UInt64?
    var isFirstChunk = false

    /// Whether a start line behind a hole in chunk framing ends the message: the caller knows that
    /// another one is due.
    public var mayEndInHole = false

    /// Whether a hole has swallowed chunk framing, so that `mayEndInHole` matters.
    public var isSearchingChunk: Bool { state == .chunkSearch }

    /// The longest tail kept while it might be the beginning of a start line, in bytes.
    static let longestTentativeLine = 8 * 1024

    /// Creates a parser at the start of a stream.
    public init() {}

    /// Makes a used parser as good as new.
    public mutating func reset() {
        state = .start
        role = .unknown
        message = -1
        isLocked = false
        remaining = 0
        pending.removeAll()
        pending.trim(toCapacity: 4096)
        scanned = 0
        headIsCut = false
        isGuess = false
        laterStart = 0
        isBehindHole = false
        stateAfterFinish = .start
    }

    /// Bytes kept here beside those in the message.
    public var heldByteCount: Int { pending.count }

    /// Whether a message is being read.
    public var isInsideMessage: Bool { message >= 0 || state == .head }

    /// Whether a hole of so many bytes here costs no more than itself: all of it is of one body.
    public func absorbs(gap count: UInt64) -> Bool {
        switch state {
        case .body, .chunkData: count <= remaining
        case .untilClose: true
        case .start, .head, .decided, .chunkLine, .chunkDataEnd, .chunkSearch, .trailers,
            .finishing,
            .searching, .ignoring:
            false
        }
    }

    /// Whether bytes of a body whose length nobody has said are being read.
    public var isInsideOpenBody: Bool {
        switch state {
        case .chunkLine, .chunkData, .chunkDataEnd, .chunkSearch, .untilClose: true
        case .body, .start, .head, .decided, .trailers, .finishing, .searching, .ignoring: false
        }
    }

    /// Looks for a start line at the next packet borders.
    public mutating func search() { state = .searching }

    /// Consumes everything from now on without a look.
    public mutating func ignore() {
        state = .ignoring
        pending.removeAll()
    }

    /// Starts anew behind a hand-over (inside a tunnel).
    public mutating func restart() {
        reset()
    }

    /// Sets the framing of the message whose head was given out.
    public mutating func begin(_ framing: BodyFraming, messages: inout Slab<Message>) {
        guard message >= 0 else { return }
        if headIsCut {
            messages[message].marks.formUnion([.headIncomplete, .endedEarly])
            finish(then: .searching)
            return
        }
        switch framing {
        case .none: finish(then: .start)
        case .length(let count):
            remaining = count
            state = .body
        case .chunked(let otherwise):
            messages[message].marks.insert(.chunked)
            fallback = otherwise
            isFirstChunk = true
            state = .chunkLine
        case .untilClose:
            messages[message].marks.insert(.untilClose)
            state = .untilClose
        }
    }

    /// Gives up the message being read, if any, and ignores what follows.
    public mutating func abandon() -> Int32 {
        defer {
            message = -1
            ignore()
        }
        return message
    }

    mutating func finish(then next: State) {
        state = .finishing
        stateAfterFinish = next
    }

    /// Consumes bytes up to the next event.
    ///
    /// - Parameters:
    ///   - bytes: What was delivered, borrowed.
    ///   - consumed: How much of it is consumed; moved on.
    ///   - moment: Of the first of `bytes`.
    ///   - messages: Where messages live; the one being read is claimed from it.
    public mutating func next(
        _ bytes: Span<UInt8>, consumed: inout Int, at moment: StreamMoment,
        messages: inout Slab<Message>, limits: HTTP1Limits, counters: inout HTTP1Counters
    ) -> HTTP1Event {
        while true {
            if state == .finishing { return giveOut(messages: &messages, complete: true) }
            guard consumed < bytes.count else { return .needMore }
            let before = message
            var event: HTTP1Event?
            switch state {
            case .start, .searching:
                event = readStart(bytes, &consumed, moment, &messages, limits, &counters)
            case .head:
                event = readHead(bytes, &consumed, moment, &messages, limits, &counters)
            case .body: readBody(bytes, &consumed, &messages, limits, &counters)
            case .chunkLine: readChunkLine(bytes, &consumed, &messages, limits, &counters)
            case .chunkData: readChunkData(bytes, &consumed, &messages, limits, &counters)
            case .chunkDataEnd: readChunkDataEnd(bytes, &consumed, &messages, &counters)
            case .chunkSearch: searchChunk(bytes, &consumed, &messages, limits, &counters)
            case .trailers: readTrailers(bytes, &consumed, &messages, limits, &counters)
            case .untilClose:
                HTTP1Stream.keep(bytes.from(consumed), in: message, &messages, limits, &counters)
                consumed = bytes.count
            case .ignoring:
                counters.skippedBytes &+= UInt64(bytes.count - consumed)
                consumed = bytes.count
            case .decided, .finishing: return .needMore
            }
            // The last bytes of a head that came in several packets.
            if case .head(let begun) = event { messages[begun].noteTime(moment.timestamp) }
            if before >= 0 {
                messages[before].endOffset = moment.offset &+ UInt64(consumed)
                messages[before].noteTime(moment.timestamp)
            }
            if let event { return event }
        }
    }

    /// The direction is over: by FIN when `isOrderly`.
    ///
    /// - Returns: `.head` (call `begin`, then `next` with no bytes), `.finished`, or `.needMore`
    /// when
    ///   nothing was open.
    public mutating func end(
        isOrderly: Bool, messages: inout Slab<Message>, limits: HTTP1Limits,
        counters: inout HTTP1Counters
    ) -> HTTP1Event {
        switch state {
        case .head: return cutHead(&messages, limits, &counters)
        case .untilClose:
            if !isOrderly { messages[message].marks.insert(.endedEarly) }
            return giveOut(messages: &messages, complete: isOrderly)
        case .body, .chunkLine, .chunkData, .chunkDataEnd, .chunkSearch, .trailers:
            messages[message].marks.insert(.endedEarly)
            finish(then: .start)
            return giveOut(messages: &messages, complete: false)
        case .finishing: return giveOut(messages: &messages, complete: true)
        case .start, .decided, .searching, .ignoring: return .needMore
        }
    }

    mutating func giveOut(messages: inout Slab<Message>, complete: Bool) -> HTTP1Event {
        let handle = message
        message = -1
        headIsCut = false
        pending.removeAll()
        scanned = 0
        state = state == .finishing ? stateAfterFinish : .start
        guard handle >= 0 else { return .needMore }
        if complete, !messages[handle].marks.contains(.endedEarly) {
            messages[handle].marks.insert(.complete)
        }
        return .finished(handle)
    }
}
