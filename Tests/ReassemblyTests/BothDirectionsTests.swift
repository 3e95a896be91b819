// What the directions tell of each other: order of requests and responses, beginnings midstream.

import Reassembly
import Testing
import Wire

@Suite struct BothDirectionsTests {
    @Test func `a response captured first waits for its request`() {
        let scene = Scene()
        scene.handshake()
        scene.s(5001, "200", ack: 1004)
        #expect(scene.news() == [])
        scene.c(1001, "GET", ack: 5001)
        #expect(scene.news() == ["> 0:GET", "< 0:200"])
        #expect(scene.table.counters.heldForOrderPackets == 1)
    }

    @Test func `an exchange in reverse comes out in order`() {
        let scene = Scene()
        scene.handshake()
        scene.s(5004, "two", ack: 1007, at: 100.3)
        scene.c(1004, "GE2", ack: 5004, at: 100.2)
        scene.s(5001, "one", ack: 1004, at: 100.1)
        scene.c(1001, "GE1", ack: 5001, at: 100.0)
        #expect(scene.news() == ["> 0:GE1", "< 0:one", "> 3:GE2", "< 3:two"])
    }

    @Test func `of heads that wait for each other the earlier packet goes first`() {
        let scene = Scene()
        scene.handshake()
        scene.c(1001, "req", ack: 5005, at: 100.1)
        scene.s(5001, "resp", ack: 1004, at: 100.2)
        #expect(scene.news() == ["> 0:req", "< 0:resp"])
    }

    @Test func `a head that only seems earlier does not pass what it acknowledges`() {
        let scene = Scene()
        scene.s(5000, ack: 1001, .syn)
        scene.s(5001, "resp", ack: 1004, at: 100)
        scene.c(1001, "req", ack: 5001, at: 100.5)
        #expect(scene.news() == ["> 0:req", "< 0:resp"])
    }

    @Test func `a request that was never seen is a gap before its response`() {
        let scene = Scene()
        scene.handshake()
        scene.s(5001, "200", ack: 1011)
        scene.wait(3)
        #expect(scene.news() == ["> gap 0+10 lost", "< 0:200"])
    }

    @Test func `an acknowledgement alone is no proof of loss`() {
        let scene = Scene()
        scene.handshake()
        scene.s(5001, ack: 1004)
        scene.wait(20)
        #expect(scene.news() == [])
        scene.c(1001, "abc", ack: 5001)
        #expect(scene.news() == ["> 0:abc"])
    }

    @Test func `one acknowledged byte more is an unseen FIN, not a gap`() {
        let scene = Scene()
        scene.handshake()
        scene.c(1001, "abc", ack: 5001)
        scene.s(5001, "x", ack: 1005)
        scene.wait(3)
        scene.s(5002, "y", ack: 1005)
        #expect(scene.news() == ["> 0:abc", "< 0:x", "< 1:y"])
        scene.drain()
        #expect(scene.news() == ["closed drained"])
    }

    @Test func `midstream waits one window for earlier bytes`() {
        let scene = Scene()
        scene.c(1005, "ef")
        scene.c(1003, "cd")
        #expect(scene.news() == [])
        scene.wait(3)
        #expect(scene.news() == ["> 0:cd", "> 2:ef"])
        #expect(scene.table.counters.midstreamDirections == 1)
        scene.c(1001, "ab")
        scene.c(1007, "gh")
        #expect(scene.news() == ["> 4:gh"])
    }

    @Test func `midstream begins at once where the peer stands`() {
        let scene = Scene()
        scene.c(1003, "cd", ack: 5001)
        #expect(scene.news() == [])
        // Each end stands where the other one says.
        scene.s(5001, ack: 1003)
        #expect(scene.news() == ["> 0:cd"])
        scene.s(5001, "resp", ack: 1005)
        #expect(scene.news() == ["< 0:resp"])
    }

    @Test func `a late SYN tells the beginning`() {
        let scene = Scene()
        scene.c(1003, "cd")
        scene.c(1001, "ab")
        scene.c(1000, "", .syn)
        #expect(scene.news() == ["> 0:ab", "> 2:cd"])
    }

    @Test func `a late SYN tells who is the originator`() {
        let scene = Scene()
        scene.s(5001, "hello", ack: 1001)
        scene.c(1000, "", .syn)
        scene.s(5000, ack: 1001, .syn)
        #expect(scene.news() == ["< 0:hello"])
        #expect(scene.log.descriptions[0]?.responder == Scene.server)
    }

    @Test func `a SYN-ACK alone tells who is the originator`() {
        let scene = Scene()
        scene.s(5000, ack: 1001, .syn)
        scene.c(1001, "hi", ack: 5001)
        #expect(scene.news() == ["> 0:hi"])
        #expect(scene.log.descriptions[0]?.responder == Scene.server)
    }

    @Test func `a lost SYN-ACK costs nothing`() {
        let scene = Scene()
        scene.c(1000, "", .syn)
        scene.c(1001, ack: 5001)
        scene.c(1001, "GET", ack: 5001)
        #expect(scene.news() == [])
        scene.s(5001, "200", ack: 1004)
        #expect(scene.news() == ["> 0:GET", "< 0:200"])
    }

    @Test func `a flow of which one direction is never seen waits one window once`() {
        let scene = Scene()
        scene.c(1000, "", .syn)
        scene.c(1001, "GET", ack: 5001)
        scene.wait(2.9)
        #expect(scene.news() == [])
        scene.wait(0.1)
        #expect(scene.news() == ["> 0:GET"])
        scene.c(1004, "more", ack: 5900)
        #expect(scene.news() == ["> 3:more"])
        #expect(scene.table.counters.oneSidedFlows == 1)
    }

    @Test func `a SYN-ACK with a nonsense acknowledgement does not tell the beginning`() {
        let scene = Scene()
        scene.c(1003, "cd", ack: 5001)
        scene.s(5000, ack: 900_000_000, .syn)
        scene.wait(3)
        #expect(scene.news() == ["> 0:cd"])
    }

    @Test func `cut bytes are a gap as soon as something behind them comes`() {
        let scene = Scene()
        scene.handshake()
        scene.c(1001, "ab", ack: 5001, missing: 3)
        #expect(scene.news() == ["> 0:ab"])
        scene.c(1006, "f", ack: 5001)
        #expect(scene.news() == ["> gap 2+3 truncated", "> 5:f"])
    }

    @Test func `cut bytes are a gap as soon as the peer has them`() {
        let scene = Scene()
        scene.handshake()
        scene.c(1001, "ab", ack: 5001, missing: 3)
        scene.s(5001, "x", ack: 1006)
        #expect(scene.news() == ["> 0:ab", "> gap 2+3 truncated", "< 0:x"])
        scene.c(1006, ack: 5002, missing: 4)
        scene.wait(3)
        #expect(scene.news() == ["> gap 5+4 truncated"])
    }

    @Test func `a whole copy that comes before fills what was cut`() {
        let scene = Scene()
        scene.handshake()
        scene.c(1001, "ab", ack: 5001, missing: 3)
        scene.c(1001, "abcde", ack: 5001)
        scene.c(1006, "f", ack: 5001)
        let text = scene.news().map { $0.split(separator: ":").last ?? "" }.joined()
        #expect(text == "abcdef")
        #expect(scene.table.counters.gapTruncatedBytes == 0)
    }

    @Test func `cut segments out of order are known as cut`() {
        let scene = Scene()
        scene.handshake()
        scene.c(1003, "cd", ack: 5001, missing: 2)
        scene.c(1003, "cd", ack: 5001, missing: 2)
        scene.c(1007, "g", ack: 5001)
        scene.c(1001, "ab", ack: 5001)
        #expect(
            scene.news() == ["> 0:ab", "> 2:cd", "> gap 4+2 truncated", "> 6:g"])
    }
}
