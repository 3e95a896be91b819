// Every bound, and what gives way.

import Reassembly
import Testing
import Wire

@Suite struct LimitTests {
    @Test func `a full table closes the flow that was silent longest`() {
        let scene = Scene { $0.flowLimit = 3 }
        for port in 1...4 as ClosedRange<UInt16> {
            scene.clientPort = port
            scene.wait(1.5)
            scene.c(1000, "", .syn)
            scene.c(1001, "x")
        }
        #expect(scene.news().filter { $0.contains("closed") } == ["closed evicted"])
        #expect(scene.table.flowCount == 3)
    }

    @Test func `flows that only linger give way first, then those without a byte`() {
        let scene = Scene { $0.flowLimit = 3 }
        scene.clientPort = 1
        scene.handshake()
        scene.c(1001, "old", ack: 5001)
        scene.wait(2)
        scene.clientPort = 2
        scene.handshake()
        scene.clientPort = 3
        scene.handshake()
        scene.c(1001, "a", ack: 5001, .fin)
        scene.s(5001, "b", ack: 1003, .fin)
        _ = scene.news()
        scene.clientPort = 4
        scene.handshake()
        #expect(scene.news() == [])
        #expect(scene.table.counters.flowsEvicted == 0)
        scene.clientPort = 5
        scene.handshake()
        #expect(scene.news() == [])
        #expect(scene.table.counters.flowsEvicted == 1)
        scene.clientPort = 1
        scene.c(1004, "still", ack: 5001)
        #expect(scene.news() == ["> 3:still"])
    }

    @Test func `bytes held per direction are limited`() {
        let scene = Scene { $0.heldBytesPerDirection = 1000 }
        scene.handshake()
        for number in 0..<4 as Range<UInt32> { scene.c(1002 + 2 * number, "x", ack: 5001) }
        #expect(scene.news() == ["> gap 0+1 bufferLimit", "> 1:x"])
        #expect(scene.table.counters.gapBufferBytes == 1)
        #expect(scene.table.heldByteCount <= 1000)
    }

    @Test func `segments held per direction are limited`() {
        let scene = Scene { $0.heldSegmentsPerDirection = 3 }
        scene.handshake()
        for number in 0..<5 as Range<UInt32> { scene.c(1002 + 2 * number, "x", ack: 5001) }
        #expect(
            scene.news() == [
                "> gap 0+1 bufferLimit", "> 1:x", "> gap 2+1 bufferLimit", "> 3:x",
            ])
    }

    @Test func `bytes held in all are limited, the longest wait ends first`() {
        let scene = Scene { $0.heldBytes = 600 }
        for port in 1...3 as ClosedRange<UInt16> {
            scene.clientPort = port
            scene.handshake()
            scene.wait(0.1)
            scene.c(1002, "x", ack: 5001)
        }
        #expect(scene.news() == ["> gap 0+1 memoryLimit", "> 1:x"])
        #expect(scene.table.heldPayloadByteCount == 2)
    }

    @Test func `midstream bytes held are limited, too`() {
        let scene = Scene { $0.heldSegmentsPerDirection = 2 }
        for number in 0..<3 as Range<UInt32> { scene.c(1002 + 2 * number, "x", ack: 5001) }
        #expect(scene.news().first == "> 0:x")
        scene.drain()
        #expect(scene.table.heldPayloadByteCount == 0)
    }

    @Test func `memory is won by closing flows with bytes first`() {
        let scene = Scene()
        scene.clientPort = 1
        scene.handshake()
        scene.clientPort = 2
        scene.handshake()
        scene.c(1002, "b", ack: 5001)
        let isFirst = scene.table.evictOldest(into: &scene.log)
        #expect(isFirst)
        #expect(scene.news() == ["#1 > gap 0+1 memoryLimit", "#1 > 1:b", "#1 closed evicted"])
        let isSecond = scene.table.evictOldest(into: &scene.log)
        let isThird = scene.table.evictOldest(into: &scene.log)
        #expect(isSecond && !isThird)
    }

    @Test func `the oldest segment needed is that of the oldest open flow`() {
        let scene = Scene()
        #expect(scene.table.oldestNeededSegment == nil)
        scene.clientPort = 1
        scene.c(1000, "a", .syn, segment: 7)
        scene.s(5000, ack: 1002, .syn, segment: 7)
        scene.clientPort = 2
        scene.c(1000, "", .syn, segment: 9)
        #expect(scene.table.oldestNeededSegment == 7)
        scene.clientPort = 1
        scene.c(1002, "b", ack: 5001, .fin, segment: 10)
        scene.s(5001, "c", ack: 1004, .fin, segment: 10)
        #expect(scene.table.oldestNeededSegment == 9)
    }

    @Test func `counters add up and have distinct names`() {
        var counters = ReassemblyCounters()
        counters.packets = 1
        counters.flowsDrained = 2
        counters.add(counters)
        #expect(counters.packets == 2)
        #expect(counters.flowsDrained == 4)
        var names: Set<String> = []
        counters.forEach { name, _ in names.insert("\(name)") }
        #expect(names.count == 29)
        #expect(MemoryLayout<ReassemblyCounters>.size == names.count * 8)
    }
}
