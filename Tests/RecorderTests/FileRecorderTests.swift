import Bytes
import CaptureFile
import PacketSource
import Platform
import Spool
import Testing

@testable import Recorder

@Suite struct FileRecorderTests {
    /// A TCP packet between two hosts whose ports tell the flow.
    static func packet(_ flow: Int, forward: Bool, _ count: Int) -> [UInt8] {
        let ends: [[UInt8]] = [[10, 0, 0, 1], [10, 0, 0, 2]]
        let ports: [[UInt8]] = [[UInt8(flow >> 8), UInt8(flow & 255)], [0, 80]]
        let (from, to) = forward ? (0, 1) : (1, 0)
        let ip: [UInt8] = [0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0] + ends[from] + ends[to]
        return [UInt8](repeating: 2, count: 12) + [8, 0] + ip + ports[from] + ports[to]
            + [UInt8](repeating: 0, count: 16 + count)
    }

    static func capture(_ packets: [[UInt8]]) -> [UInt8] {
        var buffer = ByteBuffer()
        PcapngEncoder.appendSectionHeader(to: &buffer)
        PcapngEncoder.appendInterface(linkType: 1, snaplen: 0, to: &buffer)
        for (index, packet) in packets.enumerated() {
            PcapngEncoder.appendPacket(
                packet.span, timestamp: Timestamp(nanoseconds: Int64(index)),
                originalByteCount: packet.count, interface: 0, to: &buffer)
        }
        return buffer.copyBytes()
    }

    /// Runs `body` with a file that holds `bytes`, which is gone afterwards.
    static func withFile(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
        let files = LiveFiles()
        let path = "/tmp/earshot-recorder-\(try SystemRandom.seed()).pcapng"
        let file = try files.createExclusive(path)
        defer { try? files.remove(path) }
        try files.append(bytes.span, to: file)
        files.close(file)
        try body(path)
    }

    static func record(
        _ path: String, lanes: UInt32, filter: KernelFilter? = nil, stopAfter pauses: Int = .max
    ) throws -> (Recorder, MemoryFiles) {
        let files = MemoryFiles()
        let recorder = try RecorderTests.make(lanes: lanes, files: files, source: .files)
        try recorder.start()
        var reader = FileRecorder(
            paths: [path], filter: filter, vxlanPorts: [4789], recorder: recorder)
        var count = 0
        try reader.run(shouldStop: {
            count += 1
            return count > pauses
        })
        recorder.finish()
        return (recorder, files)
    }

    @Test func `every packet of a file is in the lane of its flow, both directions alike`() throws {
        var packets: [[UInt8]] = []
        for number in 0..<9_000 {
            let flow = 1_000 + number % 300
            packets.append(Self.packet(flow, forward: number / 300 % 2 == 0, number % 700))
        }
        try Self.withFile(Self.capture(packets)) { path in
            let (recorder, _) = try Self.record(path, lanes: 3)
            let hash = LaneHash(vxlanPorts: [4789])
            var expected = [UInt64](repeating: 0, count: 3)
            for packet in packets {
                expected[hash.lane(of: packet.span, linkType: 1, lanes: 3)] += 1
            }
            #expect(recorder.lanes.map(\.counters.storedPackets) == expected)
            #expect(expected.allSatisfy { $0 > 1_000 })
            #expect(recorder.lanes.allSatisfy { $0.lost.isZero })
            let received = recorder.lanes.compactMap { $0.sources.first?.received }
            #expect(received == expected)
        }
    }

    @Test func `what a filter refuses is counted as received and refused`() throws {
        let packets = (0..<500).map { Self.packet(1_000 + $0, forward: true, 10) }
        var filter = KernelFilter()
        filter.ports = [1_000...1_099]
        try Self.withFile(Self.capture(packets)) { path in
            let (recorder, _) = try Self.record(path, lanes: 1, filter: filter)
            #expect(recorder.lanes[0].counters.storedPackets == 100)
            #expect(recorder.lanes[0].lost.filtered.packets == 400)
            #expect(recorder.lanes[0].sources.first?.received == 500)
        }
    }

    @Test func `a stop keeps what was read`() throws {
        let packets = (0..<20_000).map { Self.packet(1_000 + $0 % 9, forward: true, 10) }
        try Self.withFile(Self.capture(packets)) { path in
            let (recorder, _) = try Self.record(path, lanes: 1, stopAfter: 2)
            let stored = recorder.lanes[0].counters.storedPackets
            #expect(stored > 0 && stored < 20_000)
            #expect(recorder.lanes[0].sources.first?.received == stored)
        }
    }
}
