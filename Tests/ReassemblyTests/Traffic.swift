// Seeded connections with everything that goes wrong between an end and a mirror.

import Bytes
import Reassembly
import Wire

/// SplitMix64.
struct Random: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

struct SeenPacket {
    var packet: TCPPacket
    var bytes: [UInt8]
}

/// One connection as a mirror sees it.
struct Traffic {
    var packets: [SeenPacket] = []
    /// What each direction sent, from offset 0 of what the table can know.
    var sent: [[UInt8]] = [[], []]
    /// Which of it was captured.
    var seen: [[Bool]] = [[], []]
    var random: Random

    static func byte(_ direction: Int, _ offset: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: (offset &* 31) ^ (offset >> 8) ^ (direction &* 0x55))
    }

    /// - Parameters:
    ///   - seed: Decides everything.
    ///   - losesAndCuts: Whether segments are lost and cut.
    ///   - isMidstream: Whether the handshake was missed.
    ///   - port: The client's port.
    init(seed: UInt64, losesAndCuts: Bool, isMidstream: Bool = false, port: UInt16 = 40_000) {
        random = Random(state: seed)
        let begins = (0..<2).map { _ in
            random.chance(50)
                ? UInt32.max - UInt32.random(in: 0..<3000, using: &random)
                : UInt32.random(in: 0...UInt32.max, using: &random)
        }
        var time: Int64 = 1_000_000_000_000
        var next = [0, 0]
        // What was cut may be given up before a retransmission: nothing before is sent again.
        var floor = [0, 0]
        func packet(_ direction: Int, _ offset: Int, _ flags: TCPFlags) -> TCPPacket {
            let ends = [
                Endpoint(IPAddress(v4: 0x0A00_0001), port),
                Endpoint(IPAddress(v4: 0x0A00_0002), 80),
            ]
            return TCPPacket(
                timestamp: Timestamp(nanoseconds: time), source: ends[direction],
                destination: ends[1 - direction],
                sequence: SequenceNumber(begins[direction]).advanced(by: offset),
                acknowledgement: SequenceNumber(begins[1 - direction]).advanced(
                    by: next[1 - direction]),
                flags: flags.union(.ack))
        }
        func add(_ packet: TCPPacket, _ bytes: [UInt8]) {
            packets.append(SeenPacket(packet: packet, bytes: bytes))
        }
        if !isMidstream {
            var syn = packet(0, -1, .syn)
            syn.flags = .syn
            add(syn, [])
            add(packet(1, -1, .syn), [])
        }
        add(packet(0, 0, []), [])
        add(packet(1, 0, []), [])
        for turn in 0..<Int.random(in: 2..<30, using: &random) {
            let direction = random.chance(80) ? turn % 2 : 0
            for _ in 0..<Int.random(in: 1..<6, using: &random) {
                time += Int64.random(in: 1000..<3_000_000, using: &random)
                let count = Int.random(in: 1..<200, using: &random)
                // Some of it again.
                let most = random.chance(10) ? Int.random(in: 0..<300, using: &random) : 0
                let back = min(next[direction] - floor[direction], most)
                let start = next[direction] - back
                let end = next[direction] + count
                let bytes = (start..<end).map { Traffic.byte(direction, $0) }
                sent[direction] += bytes.suffix(count)
                seen[direction] += Array(repeating: false, count: count)
                let isFirst = next[direction] == 0
                let segment = packet(direction, start, [])
                next[direction] = end
                if losesAndCuts, random.chance(5), !isFirst { continue }
                var kept = bytes
                var segmentSeen = segment
                if losesAndCuts, random.chance(5), count > 1, back == 0, !isFirst {
                    kept = Array(bytes.prefix(Int.random(in: 0..<bytes.count, using: &random)))
                    segmentSeen.missingByteCount = bytes.count - kept.count
                    floor[direction] = end
                }
                for offset in start..<(start + kept.count) { seen[direction][offset] = true }
                for _ in 0..<(random.chance(10) ? 2 : 1) { add(segmentSeen, kept) }
            }
        }
        time += 1_000_000
        for direction in 0..<2 { add(packet(direction, next[direction], .fin), []) }
    }

    /// The packets out of order, none by more than the window; only the SYNs stay first: without
    /// them no one can tell early data from a stream picked up midstream.
    mutating func shuffled(by nanoseconds: Int64) -> [SeenPacket] {
        var keyed: [(key: Int64, number: Int, packet: SeenPacket)] = []
        for (number, packet) in packets.enumerated() {
            let isSYN = packet.packet.flags.contains(.syn)
            let delay = isSYN ? 0 : 1 + Int64.random(in: 0..<max(nanoseconds, 1), using: &random)
            keyed.append((packet.packet.timestamp.nanoseconds + delay, number, packet))
        }
        keyed.sort { ($0.key, $0.number) < ($1.key, $1.number) }
        return keyed.map(\.packet)
    }
}

/// Collects what is delivered per direction, by the port of the sender.
struct Collector: StreamConsumer {
    var bytes: [[UInt8]] = [[], []]
    var gaps: [[Range<Int>]] = [[], []]
    var log = EventLog()
    private var originatorIsClient = true

    init() { log.isVerbose = false }

    func side(_ direction: Direction) -> Int {
        (direction == .fromOriginator) == originatorIsClient ? 0 : 1
    }

    mutating func flowDescribed(_ flow: FlowID, _ description: FlowDescription, isNew: Bool) {
        originatorIsClient = description.responder.port == 80
        log.flowDescribed(flow, description, isNew: isNew)
    }
    mutating func deliver(_ span: Span<UInt8>, at position: StreamPosition) {
        bytes[side(position.direction)] += [UInt8](span)
        log.deliver(span, at: position)
    }
    mutating func gap(_ byteCount: UInt64, cause: GapCause, at position: StreamPosition) {
        let side = side(position.direction)
        let start = bytes[side].count
        bytes[side] += Array(repeating: 0, count: Int(byteCount))
        let range = start..<(start + Int(byteCount))
        if let last = gaps[side].last, last.upperBound == range.lowerBound {
            gaps[side][gaps[side].count - 1] = last.lowerBound..<range.upperBound
        } else {
            gaps[side].append(range)
        }
        log.gap(byteCount, cause: cause, at: position)
    }
    mutating func streamEnded(
        _ flow: FlowID, _ direction: Direction, _ end: StreamEnd, at time: Timestamp
    ) { log.streamEnded(flow, direction, end, at: time) }
    mutating func flowClosed(_ flow: FlowID, _ reason: CloseReason, at time: Timestamp) {
        log.flowClosed(flow, reason, at: time)
    }
}
