import Testing
import Wire

@Suite struct WireCountersTests {
    @Test func `names are unique and cover every fate and kind`() {
        var names: Set<String> = []
        var count = 0
        WireCounters().forEach { name, _ in
            names.insert("\(name)")
            count += 1
        }
        #expect(names.count == count)
        #expect(count == 13 + 2 * PacketFate.allCases.count + EncapsulationKind.allCases.count)
    }

    @Test func `adding counters adds every field`() {
        let bench = Bench()
        for example in EncapsulationCase.all { bench.decode(example.packet, link: example.link) }
        bench.decode(Build.ethernet([], type: 0x0806))
        var sum = bench.decoder.counters
        sum.add(bench.decoder.counters)
        var once: [String: UInt64] = [:]
        bench.decoder.counters.forEach { once["\($0)"] = $1 }
        var isDoubled = true
        sum.forEach { isDoubled = isDoubled && $1 == 2 * (once["\($0)"] ?? 0) }
        #expect(isDoubled)
        #expect(once["packets_tcp"] == UInt64(EncapsulationCase.all.count))
        #expect(EncapsulationKind.allCases.allSatisfy { sum[$0] > 0 })
    }
}
