// Many connections at once, a few packets of one at a time.

import Bytes
import Foundation

/// Makes a capture of HTTP/1.1 calls.
struct TrafficGenerator: ~Copyable {
    /// Where it stops.
    struct Goal {
        /// No new call after this many bytes.
        var byteCount: UInt64
        /// No more calls than this.
        var callCount: UInt64
    }

    /// What is in the capture.
    struct Summary: Codable {
        /// Calls, each a request with its response.
        var calls: UInt64
        /// Calls of which noise took a packet.
        var damaged: UInt64
        /// TCP connections.
        var connections: UInt64
        /// Packets in the file.
        var packets: UInt64
        /// Packets that noise left out.
        var lost: UInt64
        /// Bytes of the file.
        var bytes: UInt64
        /// Packet time from first to last, milliseconds.
        var milliseconds: Int64
    }

    private var writer: CaptureWriter
    private var random: SeededRandom
    private let library: [Exchange]
    private let goal: Goal
    private let vni: UInt32?
    private var connections: [Connection] = []
    private var callCount: UInt64 = 0
    private var damagedCount: UInt64 = 0
    private var connectionCount: UInt64 = 0

    /// Prepares `flowCount` connections.
    init(
        library: [Exchange], goal: Goal, flowCount: Int, vni: UInt32?, seed: UInt64,
        writer: consuming CaptureWriter
    ) {
        self.library = library
        self.goal = goal
        self.vni = vni
        self.writer = writer
        random = SeededRandom(seed: seed)
        for _ in 0..<flowCount { connections.append(makeConnection()) }
    }

    /// Writes the whole capture.
    mutating func run() throws -> Summary {
        let begin = writer.clock
        var active = Array(connections.indices)
        while !active.isEmpty {
            let place = random.below(active.count)
            let index = active[place]
            if isGoalReached, connections[index].phase == .closed {
                active.swapAt(place, active.count - 1)
                active.removeLast()
                continue
            }
            writer.wait(nanoseconds: random.within(500...9_000))
            try step(index)
        }
        try writer.finish()
        return Summary(
            calls: callCount, damaged: damagedCount, connections: connectionCount,
            packets: writer.packetCount, lost: writer.lostCount, bytes: writer.byteCount,
            milliseconds: (writer.clock - begin) / 1_000_000)
    }

    private var isGoalReached: Bool {
        callCount >= goal.callCount || writer.byteCountSoFar >= goal.byteCount
    }

    private mutating func makeConnection() -> Connection {
        let client = FrameTemplate.End(
            host: 65_536 + random.below(4000), port: UInt16(random.within(32_768...60_999)))
        let server = FrameTemplate.End(host: 131_072 + random.below(20), port: 80)
        let isIPv6 = random.below(8) == 0
        let tunnel = vni.map {
            FrameTemplate.Tunnel(vni: $0, sourcePort: UInt16(49_152 + random.below(16_000)))
        }
        return Connection(
            fromClient: FrameTemplate(from: client, to: server, isIPv6: isIPv6, tunnel: tunnel),
            fromServer: FrameTemplate(from: server, to: client, isIPv6: isIPv6, tunnel: tunnel),
            clientSequence: UInt32(truncatingIfNeeded: random.next()),
            serverSequence: UInt32(truncatingIfNeeded: random.next()),
            callsLeft: random.longTailed(median: 30))
    }

    private mutating func step(_ index: Int) throws {
        switch connections[index].phase {
        case .closed: try open(index)
        case .opening: try finishOpening(index)
        case .idle:
            if connections[index].callsLeft == 0 || isGoalReached {
                try close(index)
            } else {
                beginCall(index)
                try sendRequest(index)
            }
        case .request: try sendRequest(index)
        case .response: try sendResponse(index)
        }
    }

    private mutating func open(_ index: Int) throws {
        if connections[index].callsLeft == 0 { connections[index] = makeConnection() }
        connectionCount += 1
        try send(index, fromClient: true, flags: 0x02)
        connections[index].phase = .opening
    }

    private mutating func finishOpening(_ index: Int) throws {
        try send(index, fromClient: false, flags: 0x12)
        try send(index, fromClient: true, flags: 0x10)
        connections[index].phase = .idle
    }

    private mutating func close(_ index: Int) throws {
        try send(index, fromClient: true, flags: 0x11)
        try send(index, fromClient: false, flags: 0x11)
        try send(index, fromClient: true, flags: 0x10)
        connections[index].callsLeft = 0
        connections[index].phase = .closed
    }

    private mutating func beginCall(_ index: Int) {
        connections[index].exchange = random.below(library.count)
        connections[index].setNumber(callCount)
        connections[index].sentCount = 0
        connections[index].isDamaged = false
        connections[index].phase = .request
        callCount += 1
    }

    private mutating func sendRequest(_ index: Int) throws {
        guard try sendMessage(index, fromClient: true) else { return }
        if random.below(2) == 0 { try send(index, fromClient: false, flags: 0x10) }
        connections[index].sentCount = 0
        connections[index].phase = .response
    }

    private mutating func sendResponse(_ index: Int) throws {
        guard try sendMessage(index, fromClient: false) else { return }
        if random.below(2) == 0 { try send(index, fromClient: true, flags: 0x10) }
        if connections[index].isDamaged { damagedCount += 1 }
        connections[index].callsLeft -= 1
        connections[index].phase = .idle
    }

    /// Sends up to four packets of the present message, every second one acknowledged.
    ///
    /// - Returns: Whether the message is over.
    private mutating func sendMessage(_ index: Int, fromClient: Bool) throws -> Bool {
        let exchange = library[connections[index].exchange]
        let message = fromClient ? exchange.request : exchange.response
        var stamp = CaptureWriter.Stamp(
            digits: connections[index].digits,
            offsets: fromClient ? exchange.requestNumberOffsets : exchange.responseNumberOffsets,
            origin: 0)
        for burst in 0..<4 {
            let sent = connections[index].sentCount
            let count = min(connections[index].maximumPayload, message.count - sent)
            let isLast = sent + count == message.count
            stamp.origin = sent
            let arrived = try writer.write(
                fromClient ? connections[index].fromClient : connections[index].fromServer,
                fields(index, fromClient: fromClient, flags: isLast ? 0x18 : 0x10),
                message.span.slice(sent, count), stamp: stamp)
            if !arrived { connections[index].isDamaged = true }
            advance(index, fromClient: fromClient, by: count)
            connections[index].sentCount = sent + count
            if isLast { return true }
            if burst & 1 == 1 { try send(index, fromClient: !fromClient, flags: 0x10) }
        }
        return false
    }

    /// Sends a packet without payload; SYN and FIN take a sequence number.
    private mutating func send(_ index: Int, fromClient: Bool, flags: UInt8) throws {
        var fields = fields(index, fromClient: fromClient, flags: flags)
        let isSYN = flags & 0x02 != 0
        if flags == 0x02 { fields.acknowledgement = 0 }
        let options: [UInt8] = isSYN ? [2, 4, 5, 0xB4, 3, 3, 7, 1] : []
        fields.optionByteCount = options.count
        _ = try writer.write(
            fromClient ? connections[index].fromClient : connections[index].fromServer, fields,
            options.span)
        if flags & 0x03 != 0 { advance(index, fromClient: fromClient, by: 1) }
    }

    private func fields(_ index: Int, fromClient: Bool, flags: UInt8) -> CaptureWriter.Fields {
        let client = connections[index].clientSequence
        let server = connections[index].serverSequence
        return CaptureWriter.Fields(
            sequence: fromClient ? client : server, acknowledgement: fromClient ? server : client,
            flags: flags)
    }

    private mutating func advance(_ index: Int, fromClient: Bool, by count: Int) {
        if fromClient {
            connections[index].clientSequence &+= UInt32(count)
        } else {
            connections[index].serverSequence &+= UInt32(count)
        }
    }
}
