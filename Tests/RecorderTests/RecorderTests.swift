import Bytes
import PacketSource
import Platform
import Spool
import Synchronization
import Testing

@testable import Recorder

@Suite struct RecorderTests {
    /// A recorder with its threads over files in memory.
    static func make(
        lanes: UInt32, files: MemoryFiles, source: RecorderOptions.Source,
        _ change: (inout RecorderOptions) -> Void = { _ in }
    ) throws -> Recorder {
        var options = RecorderOptions(source: source)
        options.lanes = lanes
        options.poolBytes = 2 << 20
        options.sealBytes = 1 << 20
        change(&options)
        return try Recorder(
            options: options, limits: RecorderRig.freeLimits, layout: SpoolLayout(root: "/spool"),
            files: files)
    }

    @Test(arguments: [UInt32(1), 3])
    func `threads write what several sources feed them, all of it, in every lane`(lanes: UInt32)
        throws
    {
        let files = MemoryFiles()
        let recorder = try Self.make(lanes: lanes, files: files, source: .files)
        try recorder.start()
        let feeders = try (0..<Int(lanes)).map { lane in
            try WorkerThread(name: "feed-\(lane)") {
                var intake = recorder.intake(of: lane)
                intake.describe(SourceInterface(name: "f", linkType: 1, snaplen: 0), at: 0)
                for number in 0..<6_000 {
                    let packet = RecorderRig.packet(number, count: 700)
                    intake.handle(
                        SourcePacket(
                            timestamp: Timestamp(nanoseconds: Int64(number)), originalLength: 700,
                            interface: 0),
                        bytes: packet.span)
                }
                intake.finish()
                recorder.close(lane: lane)
            }
        }
        for feeder in feeders { feeder.join() }
        recorder.finish()
        for lane in recorder.lanes {
            #expect(lane.counters.storedPackets == 6_000)
            #expect(lane.lost.isZero)
            #expect(lane.counters.sealedSegments >= 3)
        }
        let layout = SpoolLayout(root: "/spool")
        var packets = 0
        for path in files.paths where path.hasSuffix(".json") {
            let parts = path.split(separator: "/")
            let lane = try #require(UInt32(parts[parts.count - 2]))
            let sequence = try #require(UInt64(parts[parts.count - 1].prefix(12)))
            let name = SegmentName(stage: .packets, lane: lane, sequence: sequence)
            let manifest = try ManifestFile.load(
                CaptureManifest.self, name, layout: layout, files: files)
            packets += Int(try #require(manifest).packets)
        }
        #expect(packets == 6_000 * Int(lanes))
    }

    @Test func `files are cut into the same segments on every run`() throws {
        var first: [String: [UInt8]] = [:]
        for _ in 0..<3 {
            let files = MemoryFiles()
            let recorder = try Self.make(lanes: 1, files: files, source: .files)
            try recorder.start()
            var intake = recorder.intake(of: 0)
            intake.describe(SourceInterface(name: "f", linkType: 1, snaplen: 0), at: 0)
            for number in 0..<5_000 {
                let packet = RecorderRig.packet(number, count: 900)
                intake.handle(
                    SourcePacket(
                        timestamp: Timestamp(nanoseconds: Int64(number)), originalLength: 900,
                        interface: 0),
                    bytes: packet.span)
            }
            intake.finish()
            recorder.close(lane: 0)
            recorder.finish()
            var found: [String: [UInt8]] = [:]
            for path in files.paths where path.hasSuffix(".lz4") { found[path] = files.bytes(path) }
            #expect(found.count >= 4)
            if first.isEmpty { first = found }
            #expect(found == first)
        }
    }

    @Test func `a file's packet too large for a buffer is stored, a huge one counted`() throws {
        let files = MemoryFiles()
        let recorder = try Self.make(lanes: 1, files: files, source: .files)
        try recorder.start()
        var intake = recorder.intake(of: 0)
        intake.describe(SourceInterface(name: "f", linkType: 1, snaplen: 0), at: 0)
        for count in [100, 3 << 20, 17 << 20, 200] {
            let packet = [UInt8](repeating: 7, count: count)
            intake.handle(
                SourcePacket(
                    timestamp: Timestamp(nanoseconds: 1), originalLength: UInt32(count),
                    interface: 0),
                bytes: packet.span)
        }
        intake.finish()
        recorder.close(lane: 0)
        recorder.finish()
        #expect(recorder.lanes[0].counters.storedPackets == 3)
        #expect(recorder.lanes[0].lost.oversized == PacketCount(packets: 1, bytes: 17 << 20))
    }
}
