// One packet with a wrong time does not move the clock; a silence does.

import Bytes
import Reassembly
import Testing
import Wire

@Suite struct TimeLeapTests {
    private func exchange() -> Scene {
        let scene = Scene()
        scene.handshake()
        scene.c(1001, "req", ack: 5001)
        _ = scene.news()
        return scene
    }

    @Test func `a packet stamped years ahead ends no flow and stops no window`() {
        let scene = exchange()
        scene.s(5001, "resp", ack: 1004, at: 70_000_000)
        scene.s(5007, "hole", ack: 1004)
        #expect(scene.news() == ["< 0:resp"])
        scene.time += 4
        scene.c(1004, ack: 5005)
        #expect(scene.news() == ["< gap 4+2 lost", "< 6:hole"])
        #expect(scene.table.counters.timeLeaps == 1)
        #expect(scene.table.flowCount == 1)
    }

    @Test func `two packets that agree move the clock`() {
        let scene = exchange()
        scene.clientPort += 1
        scene.handshake()
        scene.c(1001, "req", ack: 5001)
        scene.time += 3600
        scene.clientPort -= 1
        scene.s(5001, "late", ack: 1004)
        scene.c(1004, "more", ack: 5005)
        // The flow in use lives on; the other one may have been silent, or the clock was set.
        #expect(scene.log.lines.suffix(2) == ["< 0:late", "> 3:more"])
        #expect(scene.table.flowCount == 2)
        #expect(scene.table.clock == Timestamp(nanoseconds: 3_700_000_000_000))
        scene.time += 3600
        scene.s(5005, "later", ack: 1008)
        scene.c(1008, ack: 5010)
        #expect(scene.table.flowCount == 1)
        #expect(scene.table.counters.flowsIdle == 1)
    }

    @Test func `the packet that leaps is not the end of its own flow`() {
        let scene = exchange()
        scene.clientPort += 1
        scene.time += 3600
        scene.handshake()
        #expect(scene.table.counters.flowsOpened == 2)
        #expect(scene.table.counters.flowsIdle == 0)
    }

    @Test func `a clock set forward leaves windows the time they had`() {
        let scene = exchange()
        scene.s(5001, "resp", ack: 1004)
        scene.s(5007, "hole", ack: 1004)
        scene.time += 3600
        scene.c(1004, ack: 5005)
        scene.c(1004, ack: 5005)
        scene.time += 1
        scene.s(5005, "ab", ack: 1004)
        #expect(scene.news() == ["< 0:resp", "< 4:ab", "< 6:hole"])
    }

    @Test func `a clock set back takes windows along`() {
        let scene = exchange()
        scene.s(5001, "resp", ack: 1004)
        scene.s(5007, "hole", ack: 1004)
        #expect(scene.news() == ["< 0:resp"])
        // An hour back, with a window of three seconds open.
        for number in 0..<64 as Range<UInt32> {
            scene.s(5011 + number, "x", ack: 1004, at: scene.time - 3600 + 0.01 * Double(number))
        }
        #expect(scene.table.counters.timeSetBacks == 1)
        scene.c(1004, ack: 5005, at: scene.time - 3600 + 3)
        #expect(scene.news() == ["changed"], "the flow's first packet has an earlier time now")
        scene.c(1004, ack: 5005, at: scene.time - 3600 + 4)
        #expect(scene.news().prefix(2) == ["< gap 4+2 lost", "< 6:hole"])
        #expect(scene.table.flowCount == 1)
    }

    @Test func `late packets among timely ones do not set the clock back`() {
        let scene = exchange()
        scene.clientPort += 1
        scene.handshake()
        for _ in 0..<100 {
            for _ in 0..<40 { scene.c(1001, ack: 5001, at: scene.time - 60) }
            scene.c(1001, ack: 5001)
        }
        #expect(scene.table.counters.timeSetBacks == 0)
        #expect(scene.table.clock == Timestamp(nanoseconds: 100_000_000_000))
    }

    @Test func `packets that disagree or come much later do not confirm each other`() {
        let scene = exchange()
        scene.s(5001, "a", ack: 1004, at: 70_000_000)
        scene.s(5002, "b", ack: 1004, at: 90_000_000)
        for _ in 0..<20 { scene.c(1004, ack: 5003) }
        scene.s(5003, "c", ack: 1004, at: 90_000_000)
        #expect(scene.news() == ["< 0:a", "< 1:b", "< 2:c"])
        #expect(scene.table.counters.timeLeaps == 3)
        #expect(scene.table.clock == Timestamp(nanoseconds: 100_000_000_000))
    }
}
