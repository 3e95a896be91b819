// The same addresses in several networks: strangers, or one connection seen twice.

import Reassembly
import Testing
import Wire

@Suite struct VantageTests {
    @Test func `strangers with the same addresses stay apart`() {
        let scene = Scene()
        scene.vni = 1
        scene.handshake()
        scene.vni = 2
        scene.handshake(client: 70_000_000, server: 80_000_000)
        scene.c(70_000_001, "two", ack: 80_000_001)
        scene.vni = 1
        scene.c(1001, "one", ack: 5001)
        scene.vni = nil
        scene.c(400_000_000, "none")
        scene.wait(3)
        #expect(scene.news() == ["#1 > 0:two", "> 0:one", "#2 > 0:none"])
        #expect(scene.log.descriptions[1]?.encapsulation == Encapsulation(vni: 2))
        #expect(scene.log.descriptions[2]?.encapsulation == Encapsulation())
        #expect(scene.table.counters.vantagePoints == 0)
    }

    @Test func `the same connection in two networks is delivered once`() {
        let scene = Scene()
        scene.vni = 1
        scene.handshake()
        scene.c(1001, "req", ack: 5001)
        scene.vni = 2
        scene.handshake()
        scene.c(1001, "req", ack: 5001)
        scene.s(5001, "resp", ack: 1004)
        scene.vni = 1
        scene.s(5001, "resp", ack: 1004)
        #expect(scene.news() == ["> 0:req", "changed", "< 0:resp"])
        #expect(scene.log.descriptions[0]?.otherEncapsulation == Encapsulation(vni: 2))
        #expect(scene.table.counters.vantagePoints == 1)
        #expect(scene.table.counters.retransmittedBytes == 7)
        #expect(scene.table.flowCount == 1)
    }

    @Test func `each vantage point may see one direction`() {
        let scene = Scene()
        scene.vni = 1
        scene.c(1000, "", .syn)
        scene.vni = 2
        scene.s(5000, ack: 1001, .syn)
        scene.vni = 1
        scene.c(1001, "req", ack: 5001)
        scene.vni = 2
        scene.s(5001, "resp", ack: 1004)
        #expect(scene.news() == ["> 0:req", "< 0:resp"])
        #expect(scene.table.flowCount == 1)
    }

    @Test func `late copies from another network find the flow that lingers`() {
        let scene = Scene()
        scene.vni = 1
        scene.handshake()
        scene.c(1001, "req", ack: 5001, .fin)
        scene.s(5001, "resp", ack: 1005, .fin)
        _ = scene.news()
        scene.vni = 2
        scene.handshake()
        scene.c(1001, "req", ack: 5001, .fin)
        scene.s(5001, "resp", ack: 1005, .fin)
        #expect(scene.news() == [])
        #expect(scene.table.flowCount == 1)
        #expect(scene.table.counters.retransmittedBytes == 7)
    }

    @Test func `a cut copy is filled by the other vantage point`() {
        let scene = Scene()
        scene.handshake()
        scene.vni = 1
        scene.c(1001, "ab", ack: 5001, missing: 3)
        scene.vni = 2
        scene.c(1001, "abcde", ack: 5001)
        scene.vni = 1
        scene.s(5001, "x", ack: 1006)
        let text = scene.news().filter { $0.contains(":") }
        #expect(text == ["> 0:ab", "> 2:cde", "< 0:x"])
        #expect(scene.table.counters.gapTruncatedBytes == 0)
    }

    @Test func `the number of networks with the same addresses is limited`() {
        let scene = Scene { $0.networksPerAddresses = 4 }
        for number in 0..<100 as Range<UInt32> {
            scene.vni = number
            scene.wait(0.1)
            scene.c(number &* 30_000_000, "", .syn)
        }
        #expect(scene.table.flowCount == 4)
        #expect(scene.table.counters.flowsEvicted == 96)
    }
}
