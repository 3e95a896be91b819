import Bytes
import PacketSource
import Platform
import Spool
import Testing

@testable import Recorder

@Suite struct RecorderCrashTests {
    /// Sends until the process is stopped at call `call`; returns what was sent.
    static func run(_ files: MemoryFiles, stopAt call: Int) throws -> RecorderRig {
        let rig = try RecorderRig(files: files)
        files.stop(atCall: call)
        for _ in 0..<12 {
            rig.send(150)
            rig.pump()
            rig.advance(milliseconds: 300)
            rig.wait()
        }
        return rig
    }

    @Test(arguments: [false, true])
    func `after a stop at any call what is sealed is whole and no sequence is used again`(
        cutsPower: Bool
    ) throws {
        var recovered = 0
        for call in 1...70 {
            let files = MemoryFiles()
            let first = try Self.run(files, stopAt: call)
            let storedBefore = first.lane.counters.sealedSegments
            if cutsPower { files.powerCut(seed: UInt64(call)) } else { files.restart() }
            let second = try RecorderRig(files: files)
            let kept = try second.segments()
            #expect(UInt64(kept.count) >= storedBefore, "a sealed segment is gone")
            recovered += kept.filter { $0.manifest.segment.isRecovered }.count
            // What is there is a part of what was sent, in order, without holes inside a segment.
            var next = 0
            for segment in kept {
                #expect(segment.ended)
                for packet in segment.packets {
                    let number = Int(packet[0]) | Int(packet[1]) << 8
                    #expect(number >= next)
                    #expect(packet == RecorderRig.packet(number, count: 1_000))
                    next = number + 1
                }
            }
            let last = kept.last?.sequence
            second.send(5)
            second.end()
            let all = try second.segments()
            #expect(all.count > kept.count)
            if let last { #expect(all.last.map { $0.sequence > last } == true) }
        }
        #expect(recovered > 0, "no run needed recovery")
    }

    @Test(arguments: [IOError.noSpace, IOError.inputOutput], [1, 2, 5])
    func `whatever calls fail, every packet is stored or said to be lost`(
        errno: Int32, times: Int
    ) throws {
        var calls = 200
        var tried = 0
        var call = 1
        while call <= calls {
            let rig = try RecorderRig()
            rig.files.fail(atCall: call, errno: errno, times: times)
            for _ in 0..<5 {
                rig.send(120)
                rig.pump()
                rig.advance(milliseconds: 400)
                rig.pump()
                rig.wait()
            }
            rig.end()
            calls = min(calls, rig.files.calls)
            tried += 1
            // Reading the books back must not meet the fault.
            rig.files.restart()
            try rig.checkBooks()
            call += 1 + times / 2
        }
        #expect(tried >= 5, "the run makes calls that can fail")
    }

    @Test func `a segment cut inside a packet is trimmed to whole packets`() throws {
        let files = MemoryFiles()
        do {
            let rig = try RecorderRig(files: files) { $0.sealBytes = 64 << 20 }
            rig.send(2_000)
            rig.pump()
            try rig.writer.writer.flushBlock()
        }
        let open = try #require(files.paths.first { $0.hasSuffix(".open") })
        let bytes = try #require(files.bytes(open))
        files.overwrite(open, with: Array(bytes[..<(bytes.count * 2 / 3)]))
        let rig = try RecorderRig(files: files)
        let segment = try #require(try rig.segments().first)
        #expect(segment.ended)
        #expect(segment.packets.count > 500 && segment.packets.count < 2_000)
        #expect(segment.manifest.segment.isRecovered)
        #expect(segment.manifest.packets == UInt64(segment.packets.count))
        #expect(segment.manifest.firstNanoseconds == RecorderRig.startWall)
    }
}
