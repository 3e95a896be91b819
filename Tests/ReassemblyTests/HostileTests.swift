// Packets that no TCP would send, to see that nothing traps, grows or gets lost from the books.

import Bytes
import Reassembly
import Testing
import Wire

/// Packets whose fields are near each other, at borders, or anything.
struct HostileSource {
    var random: Random
    var time: Int64 = 1_000_000_000_000
    var bases: [UInt32] = [0, 0xFFFF_FF00, 0x7FFF_FFF0, 0x8000_0000]
    var ports = 6

    init(seed: UInt64) { random = Random(state: seed) }

    mutating func number() -> UInt32 {
        if random.chance(3) { return UInt32.random(in: 0...UInt32.max, using: &random) }
        let base = bases[Int.random(in: 0..<(random.chance(90) ? 1 : bases.count), using: &random)]
        return base &+ UInt32.random(in: 0..<600, using: &random)
    }

    mutating func next() -> SeenPacket {
        if random.chance(20) { time += Int64.random(in: -50_000_000..<100_000_000, using: &random) }
        if random.chance(1), random.chance(5) { time += 40_000_000_000 }
        let ends = [
            Endpoint(
                IPAddress(v4: 1), UInt16.random(in: 0..<UInt16(ports), using: &random)),
            Endpoint(IPAddress(v4: 2), 80),
        ]
        let direction = Int.random(in: 0..<2, using: &random)
        var flags: TCPFlags = random.chance(85) ? [.ack] : []
        if random.chance(4) { flags.insert(.syn) }
        if random.chance(4) { flags.insert(.fin) }
        if random.chance(2) { flags.insert(.rst) }
        var missing = 0
        if random.chance(10) { missing = Int.random(in: 0..<300, using: &random) }
        if random.chance(1) { missing = 1 << Int.random(in: 0..<33, using: &random) }
        let packet = TCPPacket(
            timestamp: Timestamp(
                nanoseconds: random.chance(1) && random.chance(1)
                    ? Int64.min : time + Int64.random(in: -5000..<5000, using: &random)),
            source: ends[direction], destination: ends[1 - direction],
            encapsulation: Encapsulation(
                vni: random.chance(80) ? nil : UInt32.random(in: 0..<3, using: &random),
                vlan: random.chance(95) ? nil : .max),
            sequence: SequenceNumber(number()), acknowledgement: SequenceNumber(number()),
            flags: flags, missingByteCount: missing)
        let count = random.chance(60) ? Int.random(in: 1..<120, using: &random) : 0
        return SeenPacket(
            packet: packet, bytes: Array(repeating: UInt8(random.next() & 0xFF), count: count))
    }
}

@Suite struct HostileTests {
    static func isBalanced(_ counters: ReassemblyCounters, _ held: Int) -> Bool {
        counters.payloadBytes
            == counters.deliveredBytes + counters.retransmittedBytes + counters.overlapBytes
            + counters.afterEndBytes + counters.strayBytes + UInt64(held)
    }

    #if DEBUG
        static let packets = 20_000
    #else
        static let packets = 130_000
    #endif

    @Test(arguments: 0..<8)
    func `nothing traps, everything is accounted for, limits hold`(seed: Int) {
        var source = HostileSource(seed: UInt64(seed))
        source.ports = seed % 2 == 0 ? 6 : 2000
        var options = ReassemblyOptions()
        options.heldBytesPerDirection = 20_000
        options.heldSegmentsPerDirection = 50
        options.heldBytes = 100_000
        options.flowLimit = 500
        var table = FlowTable(options, seed: UInt64(seed))
        var log = EventLog()
        log.isVerbose = false
        for _ in 0..<HostileTests.packets {
            let seen = source.next()
            table.receive(seen.packet, payload: seen.bytes.span, into: &log)
            if !HostileTests.isBalanced(table.counters, table.heldPayloadByteCount)
                || table.heldByteCount > options.heldBytes || table.flowCount > options.flowLimit
            {
                log.faults.append("limits or balance")
                break
            }
        }
        table.drain(into: &log)
        #expect(log.faults == [])
        let counters = table.counters
        let left = table.flowCount + table.heldByteCount
        #expect(left == 0)
        #expect(log.deliveredBytes == counters.deliveredBytes)
        #expect(
            log.gapBytes == counters.gapLostBytes + counters.gapTruncatedBytes
                + counters.gapBufferBytes + counters.gapMemoryBytes)
        #expect(
            counters.flowsOpened == counters.flowsEnded + counters.flowsReset + counters.flowsIdle
                + counters.flowsReplaced + counters.flowsEvicted + counters.flowsDrained)
        #expect(log.deliveredBytes > 10_000)
    }
}
