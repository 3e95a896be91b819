// Behind reassembly: bytes of flows become messages, messages become calls, calls become lines.
//
// A byte's way: deliver → HTTP1Stream → Message → Exchange → PairList → rules → line in `output`.

public import Bytes
import Compression
public import HTTP
public import Reassembly
import Records
public import Rules
import Wire

/// Turns the streams of flows into call records.
public struct CallAssembler: ~Copyable {
    /// The lines written since the owner last emptied it: NDJSON, each with its `\n`.
    public var output = ByteBuffer(capacity: 1 << 20)
    /// Counters of this room.
    public internal(set) var counters = CallCounters()
    /// Counters of the HTTP/1 parsers.
    public internal(set) var http1Counters = HTTP1Counters()

    /// Counters of the HTTP/2 parsers.
    public internal(set) var http2Counters = HTTP2Counters()

    /// Counters of the WebSocket parsers.
    public internal(set) var webSocketCounters = WebSocketCounters()

    var options: CallOptions
    var limits: HTTP1Limits
    var messages = Slab<Message>(capacity: 256)
    var connections = Slab<Connection>(capacity: 256)
    var http2 = Slab<HTTP2Connection>(capacity: 16)
    var webSockets = Slab<WebSocketConversation>(capacity: 4)
    var collector = HTTP2Collector()
    /// By flow: the handle of its connection, -1 when none.
    var connectionOfFlow: [Int32] = []
    var writer: CallWriter

    /// Creates an assembler.
    public init(_ options: CallOptions, rules: RuleSet?) {
        self.options = options
        limits = HTTP1Limits()
        limits.bodyBytes = options.bodyLimitBytes
        writer = CallWriter(options, rules: rules)
    }

    /// Bytes held in messages and parsers that are not whole yet, about.
    public internal(set) var heldByteCount = 0

    mutating func connection(of flow: FlowID) -> Int32 {
        Int(flow) < connectionOfFlow.count ? connectionOfFlow[Int(flow)] : -1
    }

    mutating func open(_ flow: FlowID, _ description: FlowDescription) {
        while connectionOfFlow.count <= Int(flow) { connectionOfFlow.append(-1) }
        let (handle, isReused) = connections.claim { Connection() }
        if isReused { connections[handle].reset() }
        connections[handle].description = description
        connectionOfFlow[Int(flow)] = handle
    }

    static func moment(_ position: StreamPosition) -> StreamMoment {
        StreamMoment(
            offset: position.offset, timestamp: position.timestamp,
            acknowledged: position.acknowledged, segment: position.location.segment)
    }

    // Frees a message's slot.
    mutating func release(_ message: Int32) {
        guard message >= 0 else { return }
        heldByteCount -= messages[message].body.count + messages[message].text.count
        messages[message].retire()
        messages.release(message)
    }
}

extension CallAssembler: StreamConsumer {
    /// A flow begins, or more is known of it.
    public mutating func flowDescribed(
        _ flow: FlowID, _ description: FlowDescription, isNew: Bool
    ) {
        let handle = connection(of: flow)
        if isNew || handle < 0 {
            open(flow, description)
        } else {
            connections[handle].description = description
        }
    }

    /// Bytes of a flow, in order.
    public mutating func deliver(_ bytes: Span<UInt8>, at position: StreamPosition) {
        let handle = connection(of: position.flow)
        guard handle >= 0, bytes.count > 0 else { return }
        let direction = Int(position.direction.rawValue)
        var moment = CallAssembler.moment(position)
        connections[handle].delivered[direction] &+= UInt64(bytes.count)
        let toSkip = min(connections[handle].toSkip[direction], bytes.count)
        if toSkip > 0 {
            connections[handle].toSkip[direction] -= toSkip
            counters.proxyHeaderBytes &+= UInt64(toSkip)
            moment.offset &+= UInt64(toSkip)
        }
        let before = connections[handle].heldByteCount
        dispatch(handle, position.direction, bytes.from(toSkip), moment)
        heldByteCount += connections[handle].heldByteCount - before
    }

    /// Bytes of a flow that will never come.
    public mutating func gap(_ byteCount: UInt64, cause: GapCause, at position: StreamPosition) {
        let handle = connection(of: position.flow)
        guard handle >= 0 else { return }
        let before = connections[handle].heldByteCount
        passGap(handle, position.direction, byteCount, CallAssembler.moment(position))
        heldByteCount += connections[handle].heldByteCount - before
    }

    /// A direction is over.
    public mutating func streamEnded(
        _ flow: FlowID, _ direction: Direction, _ end: StreamEnd, at time: Timestamp
    ) {
        let handle = connection(of: flow)
        guard handle >= 0 else { return }
        let before = connections[handle].heldByteCount
        passEnd(handle, direction, isOrderly: end == .finished)
        heldByteCount += connections[handle].heldByteCount - before
    }

    /// A flow is over: what is not whole is reported as it is.
    public mutating func flowClosed(_ flow: FlowID, _ reason: CloseReason, at time: Timestamp) {
        let handle = connection(of: flow)
        guard handle >= 0 else { return }
        heldByteCount -= connections[handle].heldByteCount
        passEnd(handle, .fromOriginator, isOrderly: false)
        passEnd(handle, .fromResponder, isOrderly: false)
        dropUndecided(handle, 0)
        dropUndecided(handle, 1)
        while !connections[handle].exchanges.isEmpty { emitFirst(handle) }
        closeExtra(handle)
        if connections[handle].hasHTTP {
            counters.httpConnections += 1
        } else {
            counters.otherConnections += 1
        }
        connectionOfFlow[Int(flow)] = -1
        connections.release(handle)
    }
}

extension CallAssembler {
    mutating func dispatch(
        _ handle: Int32, _ direction: Direction, _ bytes: Span<UInt8>, _ moment: StreamMoment
    ) {
        guard bytes.count > 0 else { return }
        switch connections[handle].mode {
        case .http1, .other: runHTTP1(handle, direction, bytes, moment)
        case .http2: runHTTP2(handle, direction, bytes, moment)
        case .webSocket: runWebSocket(handle, direction, bytes, moment)
        case .tls: counters.tlsBytes &+= UInt64(bytes.count)
        case .tunnel: counters.tunnelBytes &+= UInt64(bytes.count)
        }
    }

    mutating func account(_ message: Int32, since before: Int) {
        guard message >= 0 else { return }
        heldByteCount += messages[message].body.count + messages[message].text.count - before
    }

    func held(_ message: Int32) -> Int {
        message < 0 ? 0 : messages[message].body.count + messages[message].text.count
    }
}

extension CallAssembler {
    /// What all rules so far did.
    var rulesCounters: RulesCounters { writer.rulesCounters }

    /// Replaces the logging rules from the next call on.
    public mutating func replaceRules(_ rules: RuleSet?) { writer.replaceRules(rules) }
}
