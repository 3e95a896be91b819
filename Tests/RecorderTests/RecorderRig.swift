// A lane of a recorder without its threads: a fake source feeds the intake, `pump` turns the
// writer, a manual clock moves time, and files are in memory.

import Bytes
import CaptureFile
import Compression
import PacketSource
import Platform
import Spool
import Testing

@testable import Recorder

/// What a sealed segment holds.
struct SegmentText {
    var sequence: UInt64
    var packets: [[UInt8]] = []
    var originalLengths: [Int] = []
    var times: [Int64] = []
    var interfaces = 0
    var statistics = 0
    var ended = false
    var manifest: CaptureManifest
}

final class RecorderRig {
    static let startWall: Int64 = 1_800_000_000_000_000_000

    let files: MemoryFiles
    let time = ManualTime(wall: RecorderRig.startWall)
    let layout = SpoolLayout(root: "/spool")
    let options: RecorderOptions
    let channel: LaneChannel
    let lane: RecorderLane
    let gate: StorageGate
    let sealer: Sealer
    var writer: LaneWriter
    var intake: PacketIntake
    var sent = PacketCount()
    var nextPacket = 0

    init(
        files: MemoryFiles = MemoryFiles(), limits: RetentionLimits = RecorderRig.freeLimits,
        source: RecorderOptions.Source = .live, _ change: (inout RecorderOptions) -> Void = { _ in }
    ) throws {
        var options = RecorderOptions(source: source)
        options.sealBytes = 64 << 10
        options.poolBytes = 2 << 20
        change(&options)
        self.options = options
        self.files = files
        let lane = RecorderLane(lane: 0)
        self.lane = lane
        try layout.prepare(files: files, stages: [.packets], lanes: 1)
        let recovered = try Recovery.run(
            .packets, lane: 0, layout: layout, files: files, wallNanoseconds: 1
        ) { PacketInspector(software: "test") }
        let gate = try StorageGate(
            limits: limits, layout: layout, files: files, time: time, lanes: [lane],
            events: .ignored)
        self.gate = gate
        channel = LaneChannel(poolBytes: options.poolBytes, bufferBytes: options.bufferBytes)
        let layout = layout
        sealer = try Sealer(files: files, layout: layout, time: time) { report in
            Recorder.settle(report, [lane], gate, layout, files, .ignored)
        }
        writer = LaneWriter(
            lane: 0, options: options, channel: channel, status: lane, layout: layout, files: files,
            sealer: sealer, time: time, events: .ignored, gate: gate,
            nextSequence: recovered.nextSequence)
        intake = PacketIntake(channel: channel, waitsForBuffers: source == .files)
        intake.describe(SourceInterface(name: "v0", linkType: 1, snaplen: 262_144), at: 0)
        intake.describe(SourceInterface(name: "v1", linkType: 101, snaplen: 262_144), at: 1)
    }

    deinit { sealer.stop() }

    static var freeLimits: RetentionLimits {
        var limits = RetentionLimits()
        limits.minimumFreeBytes = 0
        return limits
    }

    /// The bytes of packet `number`; they do not compress away.
    static func packet(_ number: Int, count: Int) -> [UInt8] {
        let start = (number &* 4_099) % (noise.count - count)
        var packet = Array(noise[start..<(start + count)])
        for index in 0..<8 { packet[index] = UInt8(truncatingIfNeeded: number >> (8 * index)) }
        return packet
    }

    /// Neighbours in it are far apart in the packets: LZ4 finds nothing in its window.
    private static let noise: [UInt8] = {
        var state: UInt64 = 1
        return (0..<(4 << 20)).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }()

    /// Feeds packets of `bytes` bytes each.
    func send(_ count: Int, bytes: Int = 1_000, missing: Int = 0, interface: Int = 0) {
        intake.now = time.monotonicNanoseconds()
        for _ in 0..<count {
            let packet = Self.packet(nextPacket, count: bytes)
            intake.handle(
                SourcePacket(
                    timestamp: Timestamp(nanoseconds: Self.startWall + Int64(nextPacket)),
                    originalLength: UInt32(bytes + missing), interface: interface),
                bytes: packet.span)
            nextPacket += 1
            sent.add(PacketCount(packets: 1, bytes: UInt64(bytes)))
        }
    }

    /// Turns the writer as LaneThread would, until nothing waits.
    func pump(handOver: Bool = true) {
        if handOver { intake.handOver(olderThan: 0) }
        for _ in 0..<10_000 {
            let now = time.monotonicNanoseconds()
            writer.tick(now: now)
            if writer.isBlocked(now: now) { return }
            guard var buffer = channel.full.tryPop() else { return }
            writer.take(buffer)
            buffer.reset()
            _ = channel.free.tryPush(buffer)
        }
        Issue.record("a writer that does not come to an end")
    }

    /// Ends the lane: everything handed over, sealed.
    func end() {
        intake.finish()
        for _ in 0..<200 {
            pump(handOver: false)
            if channel.full.count == 0, writer.retryAt == nil { break }
            time.advance(nanoseconds: 500_000_000)
        }
        while let buffer = channel.full.tryPop() { writer.giveUp(on: buffer) }
        writer.finish()
    }

    func wait() { sealer.waitUntilIdle() }

    func advance(milliseconds: Int64) { time.advance(nanoseconds: milliseconds * 1_000_000) }

    /// All sealed segments, in order.
    func segments() throws -> [SegmentText] { try Self.segments(files, layout) }

    static func segments(_ files: MemoryFiles, _ layout: SpoolLayout) throws -> [SegmentText] {
        var result: [SegmentText] = []
        for path in files.paths where path.hasSuffix(".pcapng.lz4") {
            let name = try #require(path.split(separator: "/").last)
            guard !name.hasPrefix("."), path.contains("/packets/") else { continue }
            let sequence = try #require(UInt64(name.prefix(12)))
            result.append(try segment(sequence, try #require(files.bytes(path)), files, layout))
        }
        return result
    }

    static func segment(
        _ sequence: UInt64, _ stored: [UInt8], _ files: MemoryFiles, _ layout: SpoolLayout
    ) throws -> SegmentText {
        let manifest = try #require(
            try ManifestFile.load(
                CaptureManifest.self,
                SegmentName(stage: .packets, lane: 0, sequence: sequence), layout: layout,
                files: files))
        var text = SegmentText(sequence: sequence, manifest: manifest)
        var plain = ByteBuffer()
        var reader = LZ4FrameReader()
        reader.feed(stored.span)
        reader.finishInput()
        reading: while true {
            switch reader.next(into: &plain) {
            case .bytes, .needMore: continue
            case .end: break reading
            case .damaged, .truncated:
                Issue.record("a sealed segment is damaged")
                break reading
            }
        }
        var parser = CaptureFileParser()
        var offset = 0
        while true {
            switch parser.next(in: plain.span, at: offset, isComplete: true) {
            case .packet(let packet):
                text.packets.append(
                    [UInt8](plain.span(from: packet.dataOffset, count: packet.capturedByteCount)))
                text.originalLengths.append(packet.originalByteCount)
                text.times.append(packet.timestamp.nanoseconds)
                offset = packet.nextOffset
            case .skipped(let next): offset = next
            case .interfaceStatistics(let next):
                text.statistics += 1
                offset = next
            case .end:
                text.ended = true
                text.interfaces = parser.interfaces.count
                return text
            case .needMore, .truncated, .failed:
                Issue.record("segment \(sequence) does not parse")
                return text
            }
        }
    }

    /// Everything the manifests say was not stored.
    static func lost(_ segments: [SegmentText]) -> (pool: UInt64, quota: UInt64, write: UInt64) {
        segments.reduce(into: (0, 0, 0)) { sum, segment in
            sum.0 += segment.manifest.poolRefusals
            sum.1 += segment.manifest.quotaRefusals
            sum.2 += segment.manifest.writeFailures
        }
    }

    /// The books: sent = stored + refused + lost, in the manifests and in the public numbers.
    func checkBooks(_ place: SourceLocation = #_sourceLocation) throws {
        let segments = try segments()
        let stored = segments.reduce(0) { $0 + UInt64($1.packets.count) }
        let lost = Self.lost(segments)
        let told = "stored \(stored), lost \(lost), sent \(sent.packets)"
        #expect(
            stored + lost.pool + lost.quota + lost.write == sent.packets, "\(told)",
            sourceLocation: place)
        let manifests = segments.reduce(0) { $0 + $1.manifest.packets }
        #expect(manifests == stored, sourceLocation: place)
        #expect(lane.counters.storedPackets == stored, sourceLocation: place)
        let own = lane.lost
        #expect(own.pool.packets == lost.pool, sourceLocation: place)
        #expect(own.quota.packets == lost.quota, sourceLocation: place)
        #expect(own.writeError.packets == lost.write, sourceLocation: place)
        for segment in segments {
            #expect(segment.ended, sourceLocation: place)
            #expect(
                UInt64(segment.packets.count) == segment.manifest.packets, sourceLocation: place)
        }
        let sequences = segments.map(\.sequence)
        #expect(Set(sequences).count == sequences.count, sourceLocation: place)
    }
}
