// How directions and flows end, and what comes afterwards.

import Reassembly
import Testing
import Wire

@Suite struct EndsTests {
    private func exchange() -> Scene {
        let scene = Scene()
        scene.handshake()
        scene.c(1001, "req", ack: 5001)
        scene.s(5001, "resp", ack: 1004)
        _ = scene.news()
        return scene
    }

    @Test func `FIN of both ends closes the flow`() {
        let scene = exchange()
        scene.c(1004, ack: 5005, .fin)
        #expect(scene.news() == ["> finished"])
        scene.s(5005, "!", ack: 1005, .fin)
        #expect(scene.news() == ["< 4:!", "< finished", "closed ended"])
        scene.c(1005, ack: 5007)
        scene.s(5005, "!", ack: 1005, .fin)
        scene.c(1001, "req", ack: 5001)
        #expect(scene.news() == [])
        #expect(scene.table.counters.flowsOpened == 1)
        #expect(scene.table.counters.retransmittedBytes == 4)
        #expect(scene.table.flowCount == 1)
        scene.wait(60)
        #expect(scene.table.flowCount == 0)
    }

    @Test func `a FIN before its data waits for them`() {
        let scene = exchange()
        scene.c(1006, ack: 5005, .fin)
        scene.c(1004, "ab", ack: 5005)
        #expect(scene.news() == ["> 3:ab", "> finished"])
    }

    @Test func `data lost before a FIN are a gap after one window`() {
        let scene = exchange()
        scene.c(1006, ack: 5005, .fin)
        scene.wait(3)
        #expect(scene.news() == ["> gap 3+2 lost", "> finished"])
    }

    @Test func `bytes behind a FIN are counted and not delivered`() {
        let scene = exchange()
        scene.c(1010, "late", ack: 5005)
        scene.c(1006, "z", ack: 5005)
        scene.c(1004, "ab", ack: 5005, .fin)
        #expect(scene.news() == ["> 3:ab", "> finished"])
        scene.c(1006, "more", ack: 5005)
        #expect(scene.news() == [])
        #expect(scene.table.counters.afterEndBytes == 9)
    }

    @Test func `an end before the flow was known is told after its description`() {
        let scene = Scene()
        scene.handshake()
        scene.s(5001, ack: 1001, .fin)
        scene.c(1001, "x", ack: 5002)
        #expect(scene.log.lines == ["open", "< finished", "> 0:x"])
    }

    @Test func `RST closes the flow at once when nothing is awaited`() {
        let scene = exchange()
        scene.c(1004, "", .rst)
        #expect(scene.news() == ["> reset", "< reset", "closed reset"])
        scene.s(5005, "tail", ack: 1004)
        #expect(scene.news() == [])
        #expect(scene.table.counters.afterEndBytes == 4)
        #expect(scene.table.counters.flowsOpened == 1)
    }

    @Test func `packets late after an RST still heal within the window`() {
        let scene = exchange()
        scene.c(1006, "cd", ack: 5005)
        scene.c(1008, "", .rst)
        #expect(scene.news() == [])
        scene.wait(2.5)
        scene.c(1004, "ab", ack: 5005)
        #expect(scene.news() == ["> 3:ab", "> 5:cd", "> reset", "< reset", "closed reset"])
    }

    @Test func `data that an RST shows to be missing are waited for`() {
        let scene = exchange()
        scene.c(1008, "", .rst)
        scene.c(1004, "ab", ack: 5005)
        #expect(scene.news() == ["> 3:ab"])
        scene.wait(3)
        #expect(scene.news() == ["> reset", "< reset", "closed reset"])
    }

    @Test func `an RST that was waited for in vain closes with a gap`() {
        let scene = exchange()
        scene.c(1006, "cd", ack: 5005)
        scene.c(1008, "", .rst)
        scene.wait(3)
        #expect(
            scene.news() == ["> gap 3+2 lost", "> 5:cd", "> reset", "< reset", "closed reset"])
    }

    @Test func `who goes on behind an RST has not sent it`() {
        let scene = exchange()
        scene.c(1004, "", ack: 5005, .rst)
        #expect(scene.news() == ["> reset", "< reset", "closed reset"])
        scene.c(1004, "go on", ack: 5005)
        scene.s(5005, "well", ack: 1009)
        #expect(scene.news() == ["> 0:go on", "< 0:well"])
        #expect(scene.table.counters.invalidResets == 1)
        #expect(scene.table.counters.flowsOpened == 2)
    }

    @Test func `what the other end had under way does not undo an RST`() {
        let scene = exchange()
        scene.c(1004, "", ack: 5005, .rst)
        _ = scene.news()
        scene.s(5005, "tail", ack: 1004)
        scene.c(1001, "req", ack: 5001)
        #expect(scene.news() == [])
        #expect(scene.table.counters.invalidResets == 0)
    }

    @Test func `an RST far from the window is ignored`() {
        let scene = exchange()
        scene.c(90_000_000, "why", .rst)
        scene.c(1004, "go on", ack: 5005)
        #expect(scene.news() == ["> 3:go on"])
        #expect(scene.table.counters.invalidResets == 1)
        #expect(scene.table.counters.strayBytes == 3)
    }

    @Test func `a refused connection ends, a blind RST does not refuse it`() {
        let scene = Scene()
        scene.c(1000, "", .syn)
        scene.s(0, ack: 77_000_000, .rst)
        #expect(scene.table.counters.invalidResets == 1)
        scene.s(0, ack: 1001, .rst)
        #expect(scene.table.counters.flowsReset == 1)
        #expect(scene.log.lines == [])
    }

    @Test func `a SYN with a new number replaces the flow`() {
        let scene = exchange()
        scene.c(90_000, "", .syn)
        scene.c(90_001, "new", ack: nil)
        #expect(scene.news() == ["closed replaced", "> 0:new"])
        #expect(scene.table.counters.flowsReplaced == 1)
        #expect(scene.table.flowCount == 1)
    }

    @Test func `a SYN with the same number is a duplicate`() {
        let scene = exchange()
        scene.handshake()
        scene.c(1004, "on", ack: 5005)
        #expect(scene.news() == ["> 3:on"])
    }

    @Test func `addresses are used again while the old flow lingers`() {
        let scene = exchange()
        scene.c(1004, ack: 5005, .fin)
        scene.s(5005, ack: 1005, .fin)
        _ = scene.news()
        scene.handshake(client: 7_000_000, server: 9_000_000)
        scene.c(7_000_001, "again", ack: 9_000_001)
        #expect(scene.news() == ["> 0:again"])
        #expect(scene.table.flowCount == 1)
        #expect(scene.table.counters.flowsOpened == 2)
    }

    @Test func `silence closes flows, sooner those without a byte`() {
        let scene = exchange()
        scene.clientPort = 40_001
        scene.handshake()
        scene.wait(29.9)
        #expect(scene.table.flowCount == 2)
        scene.wait(0.2)
        #expect(scene.table.flowCount == 1)
        #expect(scene.news() == [])
        scene.wait(569.8)
        #expect(scene.table.flowCount == 1)
        scene.wait(0.1)
        #expect(scene.news() == ["closed idle"])
        #expect(scene.table.counters.flowsIdle == 2)
    }

    @Test func `packets keep a flow alive`() {
        let scene = exchange()
        for _ in 0..<100 {
            scene.wait(100)
            scene.c(1004, ack: 5005)
        }
        #expect(scene.news() == [])
        #expect(scene.table.flowCount == 1)
    }

    @Test func `stray segments open nothing`() {
        let scene = Scene()
        scene.c(1, ack: 5)
        scene.c(1, "", .rst)
        scene.c(1, ack: 5, .fin)
        #expect(scene.table.flowCount == 0)
        #expect(scene.table.counters.strayPackets == 3)
    }

    @Test func `a direction of which only the FIN is seen ends after one window`() {
        let scene = Scene()
        scene.c(1001, "bye", ack: 5001, .fin)
        scene.s(5001, ack: 1005, .fin)
        scene.wait(3)
        #expect(scene.news() == ["< finished", "> 0:bye", "> finished", "closed ended"])
    }
}
