// A spool for one test, on the disk or in memory: packet segments go in as capture writes them,
// call segments are read back whole.

import Bytes
import Calls
import CaptureFile
import Foundation
import Platform
import Rules
import Spool

@testable import Assembly

/// A temporary spool, removed with the value.
final class TestSpool {
    let spool: LaneSpool
    let root: String

    init() throws {
        root = NSTemporaryDirectory() + "earshot-assembly-\(UUID().uuidString)"
        spool = LaneSpool(
            files: LiveFiles(), layout: SpoolLayout(root: root), time: ManualTime(wall: 1))
        try spool.layout.prepare(files: spool.files, lanes: 1)
    }

    init(in memory: MemoryFiles) throws {
        root = "/spool"
        spool = LaneSpool(
            files: memory, layout: SpoolLayout(root: root), time: ManualTime(wall: 1))
        try spool.layout.prepare(files: spool.files, lanes: 1)
    }

    deinit {
        if spool.files is MemoryFiles { return }
        do {
            try FileManager.default.removeItem(atPath: root)
        } catch {
            print("left behind: \(root)")
        }
    }

    /// Seals a packet segment.
    func writePackets(
        _ packets: some Collection<TestPacket>, sequence: UInt64, statisticsTime: Int64? = nil
    ) throws {
        var writer = SegmentWriter(
            files: spool.files, layout: spool.layout, stage: .packets, lane: 0)
        try writer.open(sequence: sequence)
        var blocks = ByteBuffer()
        PcapngEncoder.appendSectionHeader(to: &blocks)
        PcapngEncoder.appendInterface(linkType: 1, snaplen: 262_144, name: "test0", to: &blocks)
        for packet in packets {
            PcapngEncoder.appendPacket(
                packet.bytes.span, timestamp: Timestamp(nanoseconds: packet.nanoseconds),
                originalByteCount: packet.bytes.count, interface: 0, to: &blocks)
        }
        if let statisticsTime {
            let time = Timestamp(nanoseconds: statisticsTime)
            PcapngEncoder.appendStatistics(
                InterfaceStatistics(interface: 0, timestamp: time), to: &blocks)
        }
        try writer.write(blocks.span)
        _ = try writer.seal(CaptureManifest(software: "test"), wallNanoseconds: 1)
    }

    /// Cuts traffic into segments of `count` packets; returns how many there are.
    @discardableResult
    func writeSegments(_ packets: [TestPacket], of count: Int) throws -> UInt64 {
        var sequence: UInt64 = 0
        var start = 0
        while start < packets.count {
            let end = min(start + count, packets.count)
            try writePackets(packets[start..<end], sequence: sequence)
            sequence += 1
            start = end
        }
        return sequence
    }

    func options(drains: Bool = false, snapshotEvery: UInt64 = 4) -> LaneOptions {
        LaneOptions(
            engine: EngineOptions(), drains: drains, snapshotEverySegments: snapshotEvery,
            software: "test")
    }

    func runner(
        drains: Bool = false, snapshotEvery: UInt64 = 4, rules: RulesSource = RulesSource(nil),
        report: LaneReport = LaneReport(lane: 0)
    ) throws -> LaneRunner {
        try LaneRunner.start(
            lane: 0, spool: spool, options: options(drains: drains, snapshotEvery: snapshotEvery),
            rules: rules, book: AssembleBook(spool), report: report)
    }

    /// Runs until nothing more is to be done.
    func run(
        drains: Bool = false, rules: RulesSource = RulesSource(nil),
        report: LaneReport = LaneReport(lane: 0)
    ) throws {
        var runner = try runner(drains: drains, rules: rules, report: report)
        loop: while true {
            switch try runner.step() {
            case .advanced: continue
            case .idle, .drained, .waitingForCapture: break loop
            }
        }
        try runner.stop()
    }

    /// The files of the call segments by name, without their manifests.
    func callFiles() throws -> [String: [UInt8]] {
        let directory = spool.layout.laneDirectory(.calls, 0)
        var files: [String: [UInt8]] = [:]
        for name in try spool.files.names(in: directory)
        where name.hasSuffix(".lz4") && !name.hasPrefix(".") {
            files[name] = try spool.files.contents(of: "\(directory)/\(name)", limit: 1 << 30)
        }
        return files
    }

    /// The call records of all call segments in order.
    func lines() throws -> [String] {
        var text = ByteBuffer()
        for name in try callFiles().keys.sorted() {
            let sequence = UInt64(name.prefix(SegmentName.digits))
            var reader = SegmentReader(
                files: spool.files, layout: spool.layout, stage: .calls, lane: 0, from: sequence)
            guard try reader.openNext() != nil else { continue }
            reading: while true {
                switch try reader.read(into: &text) {
                case .bytes: continue
                case .damaged, .end: break reading
                }
            }
        }
        return String(decoding: text.span).split(separator: "\n").map(String.init)
    }

    func manifest(_ sequence: UInt64) throws -> CallsManifest? {
        try ManifestFile.load(
            CallsManifest.self, SegmentName(stage: .calls, lane: 0, sequence: sequence),
            layout: spool.layout, files: spool.files)
    }

    /// The paths of the requests, sorted.
    func paths() throws -> [String] {
        try lines().compactMap(TestSpool.path).sorted()
    }

    static func path(_ line: String) -> String? {
        line.split(separator: "[\"request_url\",\"http://shop.example").dropFirst().first
            .map { String($0.prefix { $0 != "\"" }) }
    }
}
