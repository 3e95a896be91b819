// Order within one direction: holes, duplicates, overlaps, wraps.

import Bytes
import Reassembly
import Testing
import Wire

@Suite struct OrderTests {
    @Test func `bytes in order pass at once`() {
        let scene = Scene()
        scene.handshake()
        scene.c(1001, "GET ", ack: 5001)
        scene.c(1005, "/", ack: 5001)
        #expect(scene.news() == ["> 0:GET ", "> 4:/"])
        scene.s(5001, "200", ack: 1006)
        #expect(scene.news() == ["< 0:200"])
        #expect(scene.log.positions.last?.acknowledged == 5)
        #expect(scene.log.positions.last?.location.number == 6)
        #expect(scene.table.counters.deliveredBytes == 8)
    }

    @Test func `a hole heals within the window`() {
        let scene = Scene()
        scene.handshake()
        scene.c(1003, "cd", ack: 5001)
        scene.c(1007, "gh", ack: 5001)
        scene.wait(2.9)
        #expect(scene.news() == [])
        #expect(scene.table.heldPayloadByteCount == 4)
        scene.c(1005, "ef", ack: 5001)
        scene.c(1001, "ab", ack: 5001)
        #expect(scene.news() == ["> 0:ab", "> 2:cd", "> 4:ef", "> 6:gh"])
        #expect(scene.table.heldByteCount == 0)
    }

    @Test func `a hole is declared when the window is over, of exactly the missing bytes`() {
        let scene = Scene()
        scene.handshake()
        scene.c(1004, "d", ack: 5001)
        scene.wait(2.999)
        #expect(scene.news() == [])
        scene.wait(0.001)
        #expect(scene.news() == ["> gap 0+3 lost", "> 3:d"])
        #expect(scene.table.counters.gapLostBytes == 3)
        scene.c(1001, "abc", ack: 5001)
        #expect(scene.news() == [])
        #expect(scene.table.counters.retransmittedBytes == 3)
    }

    @Test func `who still retransmits gets a window for the next hole`() {
        let scene = Scene()
        scene.handshake()
        scene.c(1002, "b", ack: 5001)
        scene.c(1004, "d", ack: 5001)
        scene.wait(2.5)
        scene.c(1001, "a", ack: 5001)
        scene.wait(2.9)
        scene.c(1003, "c", ack: 5001)
        #expect(scene.news() == ["> 0:a", "> 1:b", "> 2:c", "> 3:d"])
    }

    @Test func `after a gap the next hole has waited since it was known`() {
        let scene = Scene()
        scene.handshake()
        scene.c(1002, "b", ack: 5001)
        scene.wait(1)
        scene.c(1004, "d", ack: 5001)
        scene.wait(2)
        #expect(scene.news() == ["> gap 0+1 lost", "> 1:b"])
        scene.wait(0.9)
        #expect(scene.news() == [])
        scene.wait(0.1)
        #expect(scene.news() == ["> gap 2+1 lost", "> 3:d"])
    }

    @Test func `a hole that shrinks does not begin its window anew`() {
        let scene = Scene()
        scene.handshake()
        scene.c(1006, "f", ack: 5001)
        scene.wait(2)
        scene.c(1004, "de", ack: 5001)
        scene.wait(1)
        #expect(scene.news() == ["> gap 0+3 lost", "> 3:de", "> 5:f"])
    }

    @Test func `retransmissions are counted, not delivered`() {
        let scene = Scene()
        scene.handshake()
        scene.c(1001, "abcd", ack: 5001)
        scene.c(1001, "abcd", ack: 5001)
        scene.c(1003, "cdef", ack: 5001)
        #expect(scene.news() == ["> 0:abcd", "> 4:ef"])
        #expect(scene.table.counters.retransmittedBytes == 6)
    }

    @Test func `of overlapping bytes the first win, and different ones are counted`() {
        let scene = Scene()
        scene.handshake()
        scene.c(1003, "cd", ack: 5001)
        scene.c(1007, "gh", ack: 5001)
        scene.c(1002, "bXdefGhi", ack: 5001)
        #expect(scene.table.counters.overlapBytes == 4)
        #expect(scene.table.counters.overlapDifferentBytes == 2)
        scene.c(1001, "a", ack: 5001)
        let text = scene.news().map { $0.split(separator: ":").last ?? "" }.joined()
        #expect(text == "abcdefghi")
    }

    @Test func `sequence numbers wrap`() {
        let scene = Scene()
        scene.handshake(client: 0xFFFF_FFFD)
        scene.c(0xFFFF_FFFE, "abcd", ack: 5001)
        scene.c(4, "gh", ack: 5001)
        scene.c(2, "ef", ack: 5001)
        #expect(scene.news() == ["> 0:abcd", "> 4:ef", "> 6:gh"])
    }

    @Test func `a stream goes on beyond four gibibytes`() {
        let scene = Scene()
        scene.handshake()
        var sequence: UInt32 = 1001
        let step: UInt32 = 500_000_000
        var offset: UInt64 = 0
        // Cut packets stand for bytes that nobody wants to send in a test.
        for _ in 0..<20 {
            scene.c(sequence, "x", ack: 5001, missing: Int(step) - 1)
            sequence &+= step
            offset += UInt64(step)
            scene.s(5001, ack: sequence)
        }
        scene.c(sequence, "end", ack: 5001)
        #expect(offset > 2 << 32)
        #expect(scene.news().last == "> \(offset):end")
        #expect(scene.table.counters.gapTruncatedBytes == offset - 20)
    }

    @Test func `data of a SYN are the first bytes`() {
        let scene = Scene()
        scene.c(1000, "hel", .syn)
        scene.s(5000, ack: 1004, .syn)
        scene.c(1004, "lo", ack: 5001)
        #expect(scene.news() == ["> 0:hel", "> 3:lo"])
    }

    @Test func `keep-alive and window probes change nothing`() {
        let scene = Scene()
        scene.handshake()
        scene.c(1001, "abc", ack: 5001)
        scene.c(1003, "", ack: 5001)
        scene.c(1003, "\u{0}", ack: 5001)
        scene.s(5001, ack: 1004)
        scene.c(1004, "d", ack: 5001)
        #expect(scene.news() == ["> 0:abc", "> 3:d"])
        #expect(scene.table.counters.retransmittedBytes == 1)
    }

    @Test func `numbers far away are stray`() {
        let scene = Scene()
        scene.handshake()
        scene.c(1001, "a", ack: 5001)
        scene.c(1001 &+ (1 << 31) - 5, "zz", ack: 5001)
        scene.c(1002, "b", ack: 5001)
        #expect(scene.news() == ["> 0:a", "> 1:b"])
        #expect(scene.table.counters.strayBytes == 2)
    }

    @Test func `time that goes backwards delays windows and breaks nothing`() {
        let scene = Scene()
        scene.handshake()
        scene.c(1002, "b", ack: 5001, at: 50)
        scene.c(1001, "a", ack: 5001, at: 20)
        #expect(scene.news().suffix(3) == ["> 0:a", "> 1:b"].suffix(3))
        #expect(scene.log.descriptions[0]?.firstPacket.nanoseconds == 20_000_000_000)
        #expect(scene.table.clock.nanoseconds == 100_000_000_000)
    }

    @Test func `draining tells everything and empties the table`() {
        let scene = Scene()
        scene.handshake()
        scene.c(1001, "a", ack: 5001)
        scene.c(1003, "c", ack: 5001)
        scene.clientPort = 40_001
        scene.c(70, "", .syn)
        scene.drain()
        #expect(scene.news() == ["> 0:a", "> gap 1+1 lost", "> 2:c", "closed drained"])
        #expect(scene.table.flowCount == 0)
        #expect(scene.table.heldByteCount == 0)
        #expect(scene.table.counters.emptyFlows == 1)
    }
}
