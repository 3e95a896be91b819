import Bytes
import Glibc
import PacketSource
import Platform
import Spool
import Testing

@testable import Recorder

@Suite struct LaneWriterTests {
    @Test func `every segment is a whole capture file, and the packets come out as they went in`()
        throws
    {
        let rig = try RecorderRig()
        for round in 0..<40 {
            rig.send(100, bytes: 40 + round * 37, interface: round % 2)
            rig.pump(handOver: false)
        }
        rig.end()
        let segments = try rig.segments()
        #expect(segments.count >= 4)
        #expect(segments.map(\.sequence) == Array(0..<UInt64(segments.count)))
        let packets = segments.flatMap(\.packets)
        #expect(packets.count == 4_000)
        for (number, packet) in packets.enumerated() {
            #expect(packet == RecorderRig.packet(number, count: 40 + number / 100 * 37))
        }
        #expect(segments.flatMap(\.times) == (0..<4_000).map { RecorderRig.startWall + $0 })
        for segment in segments {
            #expect(segment.interfaces == 2)
            #expect(segment.statistics == 2)
            #expect(segment.manifest.firstNanoseconds == segment.times.first)
            #expect(segment.manifest.lastNanoseconds == segment.times.last)
            #expect(!segment.manifest.isMarker)
            #expect(segment.manifest.interfaces.map(\.name) == ["v0", "v1"])
            #expect(
                segment.manifest.interfaces.reduce(0) { $0 + $1.packets }
                    == UInt64(segment.packets.count))
        }
        try rig.checkBooks()
    }

    @Test func `a segment is sealed a second after its first packet, not before`() throws {
        let rig = try RecorderRig { $0.sealBytes = 64 << 20 }
        rig.send(1)
        rig.advance(milliseconds: 99)
        rig.intake.now = rig.time.monotonicNanoseconds()
        rig.intake.handOver(olderThan: rig.options.handOverNanoseconds)
        rig.pump(handOver: false)
        #expect(rig.channel.full.count == 0)
        let isOpen = rig.writer.writer.isOpen
        #expect(!isOpen)
        rig.advance(milliseconds: 1)
        rig.intake.now = rig.time.monotonicNanoseconds()
        rig.intake.handOver(olderThan: rig.options.handOverNanoseconds)
        rig.pump(handOver: false)
        rig.advance(milliseconds: 899)
        rig.pump(handOver: false)
        rig.wait()
        #expect(try rig.segments().isEmpty)
        let due = rig.writer.nextDue(now: rig.time.monotonicNanoseconds())
        #expect(due == 1_000_000_000)
        rig.advance(milliseconds: 1)
        rig.pump(handOver: false)
        rig.wait()
        #expect(try rig.segments().map(\.packets.count) == [1])
    }

    @Test func `without packets a marker moves time on every ten seconds`() throws {
        let rig = try RecorderRig()
        rig.pump()
        for _ in 0..<30 {
            rig.advance(milliseconds: 1_000)
            rig.pump()
        }
        rig.wait()
        let segments = try rig.segments()
        #expect(segments.count == 3)
        for (number, segment) in segments.enumerated() {
            #expect(segment.manifest.isMarker)
            #expect(segment.packets.isEmpty)
            #expect(segment.ended)
            let sealedAt = RecorderRig.startWall + Int64(number + 1) * 10_000_000_000
            let last = try #require(segment.manifest.lastNanoseconds)
            #expect(last < sealedAt && last > sealedAt - 1_000_000_000)
        }
        rig.send(1)
        rig.pump()
        rig.end()
        #expect(try rig.segments().last?.packets.count == 1)
    }

    @Test func `packets there is no buffer for are counted, and storing goes on afterwards`() throws
    {
        let rig = try RecorderRig()
        rig.send(5_000, bytes: 1_400)
        let refused = rig.intake.refusedInAll
        #expect(refused.packets > 1_000)
        rig.pump()
        rig.send(10)
        rig.end()
        let segments = try rig.segments()
        #expect(RecorderRig.lost(segments).pool == refused.packets)
        #expect(segments.reduce(0) { $0 + $1.manifest.poolRefusedBytes } == refused.bytes)
        try rig.checkBooks()
    }

    @Test func `what a snaplen cut is counted, and the length on the wire is kept`() throws {
        let rig = try RecorderRig()
        rig.send(3, bytes: 100, missing: 900)
        rig.send(2, bytes: 100)
        rig.end()
        let segment = try #require(try rig.segments().first)
        #expect(segment.manifest.cutBySnaplen == 3)
        #expect(segment.originalLengths == [1_000, 1_000, 1_000, 100, 100])
        #expect(segment.manifest.counters["cut_bytes"] == 2_700)
        #expect(segment.manifest.interfaces.first?.originalBytes == 3_200)
    }

    @Test func `at the budget packets are refused, counted, and stored again when there is room`()
        throws
    {
        var limits = RecorderRig.freeLimits
        limits.budgetBytes = 6 << 20
        limits.reservedBytes = 2 << 20
        let rig = try RecorderRig(limits: limits)
        for _ in 0..<200 {
            rig.send(100)
            rig.pump()
            rig.wait()
        }
        #expect(!rig.gate.isAllowed)
        let refused = rig.lane.lost.quota
        #expect(refused.packets > 10_000)
        // Markers say what was refused while nothing is stored.
        rig.advance(milliseconds: 10_000)
        rig.pump()
        rig.wait()
        #expect(RecorderRig.lost(try rig.segments()).quota == refused.packets)
        #expect(rig.gate.storedBytes <= 6 << 20)
        // Assemble goes on: what it has done may go.
        var state = AssembleState()
        let newest = try #require(try rig.segments().last?.sequence)
        state.next[0] = Position(sequence: newest)
        try StateFile(
            AssembleState.self, name: AssembleState.fileName, layout: rig.layout, files: rig.files
        ).store(state)
        let before = rig.lane.counters.storedPackets
        let kept = try rig.segments()
        rig.gate.housekeep()
        #expect(rig.gate.isAllowed)
        rig.send(100)
        rig.end()
        #expect(rig.lane.counters.storedPackets == before + 100)
        let deleted = kept.filter { old in
            rig.files.bytes(
                rig.layout.sealedPath(
                    SegmentName(stage: .packets, lane: 0, sequence: old.sequence))) == nil
        }
        #expect(!deleted.isEmpty)
        let stored = try rig.segments().reduce(0) { $0 + $1.manifest.packets }
        #expect(stored + deleted.reduce(0) { $0 + $1.manifest.packets } == before + 100)
    }

    @Test func `drop-oldest makes room and says what went`() throws {
        var limits = RecorderRig.freeLimits
        limits.budgetBytes = 6 << 20
        limits.reservedBytes = 2 << 20
        limits.whenFull = .dropOldest
        let rig = try RecorderRig(limits: limits)
        for _ in 0..<100 {
            rig.send(100)
            rig.pump()
            rig.wait()
            rig.gate.housekeep()
        }
        rig.end()
        #expect(rig.lane.lost.isZero)
        let segments = try rig.segments()
        #expect(segments.first.map { $0.sequence > 0 } == true)
        #expect(segments.flatMap(\.packets).last == RecorderRig.packet(9_999, count: 1_000))
        #expect(rig.gate.deleted.unprocessed > 0)
        #expect(segments.contains { ($0.manifest.counters["dropped_oldest_segments"] ?? 0) > 0 })
    }

    @Test(arguments: [ENOSPC, EIO, EDQUOT])
    func `one failing call costs nothing that is not counted, whichever it is`(code: Int32) throws {
        var hasFailed = 0
        for call in 1...60 {
            let rig = try RecorderRig()
            rig.files.fail(atCall: call, errno: code)
            for _ in 0..<12 {
                rig.send(150)
                rig.pump()
                rig.advance(milliseconds: 300)
            }
            rig.end()
            try rig.checkBooks()
            if rig.lane.counters.writeRetries + rig.lane.counters.failedSegments > 0 {
                hasFailed += 1
            }
        }
        #expect(hasFailed > 10)
    }

    @Test func `a failed flush loses its segment, which is counted and kept for a person`() throws {
        let rig = try RecorderRig()
        rig.send(100)
        rig.files.fail(atCall: 1, errno: EIO, named: "fdatasync")
        rig.pump()
        rig.advance(milliseconds: 1_000)
        rig.pump()
        rig.wait()
        #expect(rig.lane.counters.failedSegments == 1)
        rig.send(50)
        rig.end()
        #expect(RecorderRig.lost(try rig.segments()).write == 100)
        #expect(rig.files.paths.contains { $0.contains("/quarantine/") })
        try rig.checkBooks()
    }

    @Test(arguments: 1...4)
    func `a loss is said even when the segment that says it is lost, too`(times: Int) throws {
        let rig = try RecorderRig()
        rig.send(100)
        rig.files.fail(atCall: 1, errno: EIO, named: "fdatasync", times: times)
        rig.end()
        #expect(RecorderRig.lost(try rig.segments()).write == 100)
        try rig.checkBooks()
    }

    @Test func `a full disk stops a file's reader, and loses nothing of the file`() throws {
        let rig = try RecorderRig(source: .files)
        rig.files.setCapacity(bytes: 1 << 20)
        var rounds = 0
        while rounds < 100, rig.channel.full.count == 0 || rounds == 0 {
            rig.send(400)
            rig.intake.now = 0
            rig.pump(handOver: false)
            rounds += 1
        }
        #expect(rounds < 100, "the disk never filled up")
        let isBlocked = rig.writer.isBlocked(now: rig.time.monotonicNanoseconds())
        #expect(isBlocked)
        rig.files.setCapacity(bytes: 1 << 30)
        rig.end()
        #expect(rig.lane.lost.isZero)
        #expect(try rig.segments().flatMap(\.packets).count == Int(rig.sent.packets))
        try rig.checkBooks()
    }

    @Test func `on a full disk live packets are refused by quota, not by pool`() throws {
        let rig = try RecorderRig()
        rig.files.setCapacity(bytes: 600 << 10)
        for _ in 0..<50 {
            rig.send(200)
            rig.pump()
        }
        #expect(rig.intake.refusedInAll.packets > 0)
        rig.files.setCapacity(bytes: 1 << 30)
        rig.end()
        let lost = RecorderRig.lost(try rig.segments())
        #expect(lost.quota > 0)
        #expect(lost.write == 0)
        try rig.checkBooks()
    }

    @Test func `numbers from outside are said once, also when their segment is lost`() throws {
        let rig = try RecorderRig()
        func tell(_ received: UInt64, _ dropped: UInt64) {
            var numbers = SourceNumbers()
            numbers.received = received
            numbers.kernelDropped = dropped
            numbers.kernelSource = "libpcap"
            rig.lane.publish(numbers, at: 0)
        }
        rig.send(10)
        tell(12, 2)
        rig.pump()
        rig.advance(milliseconds: 1_000)
        rig.pump()
        rig.wait()
        rig.files.fail(atCall: 1, errno: EIO, named: "fdatasync")
        rig.send(10)
        tell(30, 10)
        rig.pump()
        rig.advance(milliseconds: 1_000)
        rig.pump()
        rig.wait()
        tell(35, 15)
        rig.end()
        let segments = try rig.segments()
        let received = segments.compactMap { $0.manifest.interfaces.first?.received.count }
        let dropped = segments.compactMap { $0.manifest.interfaces.first?.kernelDrops.count }
        #expect(received.reduce(0, +) == 35)
        #expect(dropped.reduce(0, +) == 15)
        let second = segments.last?.manifest.interfaces.last
        #expect(second?.received == .notAvailable)
    }
}
