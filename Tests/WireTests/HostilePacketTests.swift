// Nothing from the wire may trap, hang or escape the count.

import Bytes
import Testing
import Wire

@Suite struct HostilePacketTests {
    #if DEBUG
        static let rounds = 200
    #else
        static let rounds = 2000
    #endif

    static let links = [
        0, 1, 6, 7, 8, 9, 10, 12, 14, 50, 51, 100, 101, 104, 105, 106, 107, 108, 109, 113, 119, 123,
        127,
        129, 135, 137, 138, 163, 166, 178, 192, 197, 204, 205, 206, 219, 228, 229, 239, 240, 241,
        258,
        274, 276, 65_535,
    ].map { LinkType(UInt32($0)) }

    @Test(arguments: links)
    func `random bytes are counted and no more`(_ link: LinkType) {
        var random = TestRandom(state: UInt64(link.rawValue) &+ 1)
        let bench = Bench()
        for _ in 0..<HostilePacketTests.rounds {
            let count = Int.random(in: 0...120, using: &random)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            bench.decode(
                bytes, link: link, original: Int.random(in: -5...1 << 40, using: &random),
                at: Int64.random(in: -100...100, using: &random))
        }
        #expect(bench.isBalanced)
        #expect(bench.decoder.counters.total.packets == UInt64(HostilePacketTests.rounds))
    }

    /// Mutations keep most of a packet and so reach what random bytes do not.
    @Test(arguments: EncapsulationCase.all)
    func `mutated packets are counted and no more`(_ example: EncapsulationCase) {
        var random = TestRandom(state: UInt64(example.packet.count))
        let bench = Bench()
        for _ in 0..<HostilePacketTests.rounds {
            var packet = example.packet
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let value: UInt8 = [0, 0xFF, .random(in: 0...255, using: &random)][
                    Int.random(in: 0..<3, using: &random)]
                packet[Int.random(in: 0..<packet.count, using: &random)] = value
            }
            if Bool.random(using: &random) {
                packet.removeLast(Int.random(in: 0...packet.count, using: &random))
            }
            bench.decode(packet, link: example.link, original: example.packet.count)
        }
        #expect(bench.isBalanced)
        for segment in bench.collector.all { #expect(segment.missing >= 0) }
    }
}
