// Random connections against a reference that needs no window: delivered is what was seen, in
// order; gaps are what was not.

import Bytes
import Reassembly
import Testing
import Wire

@Suite struct ModelTests {
    private func run(_ packets: [SeenPacket], _ seed: UInt64) -> (Collector, ReassemblyCounters) {
        var table = FlowTable(ReassemblyOptions(), seed: seed)
        var collector = Collector()
        for seen in packets {
            table.receive(seen.packet, payload: seen.bytes.span, into: &collector)
            let counters = table.counters
            if !HostileTests.isBalanced(counters, table.heldPayloadByteCount) {
                collector.log.faults.append("balance")
            }
        }
        let counters = table.counters
        table.drain(into: &collector)
        let left = table.heldPayloadByteCount + table.heldByteCount + table.flowCount
        #expect(left == 0)
        return (collector, counters)
    }

    private func gaps(_ seen: [Bool]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start: Int?
        for (offset, isSeen) in seen.enumerated() {
            if isSeen, let begin = start {
                ranges.append(begin..<offset)
                start = nil
            } else if !isSeen, start == nil {
                start = offset
            }
        }
        if let start { ranges.append(start..<seen.count) }
        return ranges
    }

    @Test(arguments: [false, true])
    func `random connections give what was seen, and gaps for the rest`(shuffles: Bool) {
        var gapCount = 0
        for seed in 0..<400 as Range<UInt64> {
            var traffic = Traffic(
                seed: seed, losesAndCuts: true, isMidstream: !shuffles && seed % 4 == 0)
            let packets = shuffles ? traffic.shuffled(by: 50_000_000) : traffic.packets
            let (collector, counters) = run(packets, seed)
            #expect(collector.log.faults == [], "seed \(seed)")
            for direction in 0..<2 {
                let expected = gaps(traffic.seen[direction])
                gapCount += expected.count
                #expect(collector.gaps[direction] == expected, "seed \(seed) \(direction)")
                var bytes = traffic.sent[direction]
                for range in expected { for offset in range { bytes[offset] = 0 } }
                let isSame = collector.bytes[direction] == bytes
                #expect(isSame, "seed \(seed) \(direction)")
            }
            #expect(counters.overlapDifferentBytes == 0)
            #expect(counters.afterEndBytes == 0 && counters.strayBytes == 0)
        }
        #expect(gapCount > 1000)
    }

    @Test func `any order within the window gives the same bytes and gaps`() {
        for seed in 1000..<1150 as Range<UInt64> {
            var traffic = Traffic(seed: seed, losesAndCuts: seed % 2 == 0)
            let (plain, _) = run(traffic.packets, seed)
            for window in [1_000_000, 100_000_000, 1_000_000_000] as [Int64] {
                let (other, _) = run(traffic.shuffled(by: window), seed)
                let isSame = other.bytes == plain.bytes && other.gaps == plain.gaps
                #expect(isSame, "seed \(seed), \(window)")
                #expect(other.log.faults == [], "seed \(seed)")
            }
        }
    }

    @Test func `without loss nothing is ever late`() {
        for seed in 2000..<2200 as Range<UInt64> {
            let traffic = Traffic(
                seed: seed, losesAndCuts: false, isMidstream: seed % 2 == 0)
            let (collector, counters) = run(traffic.packets, seed)
            let isSame = collector.bytes == traffic.sent
            #expect(isSame, "seed \(seed)")
            #expect(counters.gapLostBytes == 0, "seed \(seed)")
            // Midstream the window may be open still.
            if seed % 2 == 1 { #expect(counters.flowsEnded == 1, "seed \(seed)") }
        }
    }
}
