// One lane's whole way from packets to lines: decode → reassemble → HTTP → calls. Pure: packet time
// is the only clock, and the same packets give the same lines.

public import Bytes
import HTTP
public import Reassembly
public import Rules
public import Wire

/// Settings of an engine.
public struct EngineOptions: Sendable {
    /// What is unwrapped and let through.
    public var decoder = DecoderOptions()
    /// Windows and limits of flows.
    public var reassembly = ReassemblyOptions()
    /// How calls are written.
    public var calls = CallOptions()
    /// The most bytes held in flows and messages; beyond it long bodies are cut, and if that is not
    /// enough the flows silent longest are closed.
    public var memoryBudgetBytes = 1 << 30
    /// Keys the flow table's hash.
    public var hashSeed: UInt64 = 0

    /// Creates the default settings.
    public init() {}
}

/// Turns packets into call records.
public struct Engine: ~Copyable {
    var decoder: PacketDecoder
    var path: EnginePath
    let memoryBudgetBytes: Int
    let reassembly: ReassemblyOptions
    let hashSeed: UInt64

    /// Creates an engine.
    ///
    /// - Parameters:
    ///   - options: The settings.
    ///   - rules: The logging rules; nil keeps everything.
    public init(_ options: EngineOptions, rules: RuleSet?) {
        decoder = PacketDecoder(options.decoder)
        var reassembly = options.reassembly
        reassembly.heldBytes = min(reassembly.heldBytes, options.memoryBudgetBytes / 2)
        path = EnginePath(
            flows: FlowTable(reassembly, seed: options.hashSeed),
            calls: CallAssembler(options.calls, rules: rules))
        memoryBudgetBytes = options.memoryBudgetBytes
        self.reassembly = reassembly
        hashSeed = options.hashSeed
    }

    /// Takes one packet.
    public mutating func receive(_ packet: Span<UInt8>, _ header: PacketHeader) {
        decoder.decode(packet, header, into: &path)
        if heldByteCount > memoryBudgetBytes { path.shed(memoryBudgetBytes) }
    }

    /// Packet time moves on without a packet.
    public mutating func advance(to time: Timestamp) {
        path.flows.advance(to: time, into: &path.calls)
    }

    /// The input is over: everything open is reported as it is.
    public mutating func drain() {
        path.flows.drain(into: &path.calls)
    }

    /// The lines written; who takes them empties it.
    public var output: ByteBuffer {
        _read { yield path.calls.output }
        _modify { yield &path.calls.output }
    }

    /// Bytes held in flows and messages.
    public var heldByteCount: Int { path.flows.heldByteCount + path.calls.heldByteCount }

    /// Flows followed.
    public var flowCount: Int { path.flows.flowCount }

    /// The smallest number of a packet segment in which a flow still open began, nil without one.
    public var oldestNeededSegment: UInt64? { path.flows.oldestNeededSegment }

    /// The latest packet time.
    public var clock: Timestamp { path.flows.clock }

    /// What became of calls.
    public var callCounters: CallCounters { path.calls.counters }

    /// Replaces the logging rules from the next call on.
    public mutating func replaceRules(_ rules: RuleSet?) { path.calls.replaceRules(rules) }

    /// Lets through other ports and networks from the next packet on; what is open stays open.
    public mutating func replaceFilter(ports: [UInt16], networks: VNIFilter) {
        decoder.replaceFilter(ports: ports, networks: networks)
    }

    /// Calls `body` with every counter's name and value.
    public func forEachCounter(_ body: (_ name: StaticString, _ value: UInt64) -> Void) {
        decoder.counters.forEach(body)
        path.flows.counters.forEach(body)
        path.calls.http1Counters.forEach(body)
        path.calls.http2Counters.forEach(body)
        path.calls.webSocketCounters.forEach(body)
        path.calls.counters.forEach(body)
        path.calls.rulesCounters.forEach(body)
    }
}

/// What lies behind the decoder: it hands TCP segments on.
struct EnginePath: ~Copyable, TCPPacketHandler {
    var flows: FlowTable
    var calls: CallAssembler

    init(flows: consuming FlowTable, calls: consuming CallAssembler) {
        self.flows = flows
        self.calls = calls
    }

    mutating func handle(_ packet: TCPPacket, payload: Span<UInt8>) {
        flows.receive(packet, payload: payload, into: &calls)
    }

    // First long bodies lose their ends, then the connections silent longest are closed. An eighth
    // more than needed goes, so that looking at every connection is rare.
    mutating func shed(_ budget: Int) {
        let target = budget - budget / 8
        if calls.cutLongBodies() > 0, flows.heldByteCount + calls.heldByteCount <= target { return }
        while flows.heldByteCount + calls.heldByteCount > target {
            guard flows.evictOldest(into: &calls) else { return }
        }
    }
}
