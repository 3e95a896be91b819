import Bytes
import Foundation
import Platform
import Rules
import Spool
import Testing

@testable import Assembly

@Suite struct LaneRunnerTests {
    /// Exchanges that overlap: every connection is open for a while across segment borders.
    static func overlappingTraffic(_ count: Int) -> [TestPacket] {
        var builder = TrafficBuilder()
        var open: [(TrafficBuilder.TestConnection, Int)] = []
        for number in 0..<count {
            var connection = builder.open(clientPort: UInt16(20_000 + number))
            builder.request(&connection, path: "/call/\(number)")
            open.append((connection, number))
            if open.count > 5 {
                var (oldest, name) = open.removeFirst()
                builder.respond(&oldest, body: "body of \(name)")
                builder.close(&oldest)
            }
        }
        for (connection, name) in open {
            var connection = connection
            builder.respond(&connection, body: "body of \(name)")
            builder.close(&connection)
        }
        return builder.packets
    }

    static func paths(_ count: Int) -> [String] { (0..<count).map { "/call/\($0)" }.sorted() }

    @Test func `every call comes out once and every packet segment has a call segment`() throws {
        let test = try TestSpool()
        let segments = try test.writeSegments(Self.overlappingTraffic(40), of: 23)
        #expect(segments > 10)
        try test.run()
        #expect(try test.paths() == Self.paths(40))
        #expect(try test.callFiles().count == Int(segments))
        var lines: UInt64 = 0
        var packets: UInt64 = 0
        for sequence in 0..<segments {
            let manifest = try #require(try test.manifest(sequence))
            #expect(manifest.packetSegment == sequence)
            lines += manifest.lines
            packets += manifest.counters["wire"]?["packets"] ?? 0
        }
        #expect(lines == 40)
        #expect(packets == UInt64(Self.overlappingTraffic(40).count))
    }

    @Test(arguments: 0..<14)
    func `a run that is dropped after any segment ends in the same bytes`(steps: Int) throws {
        let packets = Self.overlappingTraffic(40)
        let straight = try TestSpool()
        let segments = try straight.writeSegments(packets, of: 23)
        try #require(steps < segments)
        try straight.run(drains: true)

        let broken = try TestSpool()
        try broken.writeSegments(packets, of: 23)
        do {
            var runner = try broken.runner()
            for _ in 0..<steps { _ = try runner.step() }
            // Dropped as a crash would: no stop, a half-written segment beside the sealed ones.
            let name = SegmentName(stage: .calls, lane: 0, sequence: UInt64(steps))
            try Data("torn".utf8).write(to: URL(filePath: broken.spool.layout.openPath(name)))
        }
        try broken.run(drains: true)
        #expect(try broken.callFiles() == straight.callFiles())
        #expect(try broken.paths() == Self.paths(40))
    }

    @Test(arguments: [1, 2, 3, 5, 8, 13])
    func `stopping and starting again and again changes nothing`(every: Int) throws {
        let packets = Self.overlappingTraffic(40)
        let straight = try TestSpool()
        try straight.writeSegments(packets, of: 23)
        try straight.run(drains: true)
        let halting = try TestSpool()
        try halting.writeSegments(packets, of: 23)
        var isIdle = false
        while !isIdle {
            let report = LaneReport(lane: 0)
            var runner = try halting.runner(report: report)
            while !isIdle, report.numbers.segments < every {
                isIdle = try runner.step() == .idle
            }
            try runner.stop()
        }
        try halting.run(drains: true)
        #expect(try halting.callFiles() == straight.callFiles())
    }

    @Test func `a call segment that ship has removed is not made again`() throws {
        let test = try TestSpool()
        var builder = TrafficBuilder()
        for number in 0..<8 {
            builder.exchange(clientPort: UInt16(30_000 + number), path: "/call/\(number)")
            builder.now += 60_000_000_000
        }
        try test.writeSegments(builder.packets, of: 8)
        try test.run()
        let files = try test.callFiles().keys.sorted()
        try #require(files.count == 8)
        for name in files {
            try FileManager.default.removeItem(
                atPath: test.spool.layout.laneDirectory(.calls, 0) + "/" + name)
        }
        try test.run()
        #expect(try test.callFiles().isEmpty)
    }

    @Test func `a drain reports what is open in the last segment, once`() throws {
        let test = try TestSpool()
        var builder = TrafficBuilder()
        builder.exchange(clientPort: 30_000, path: "/whole")
        var open = builder.open(clientPort: 30_001)
        builder.request(&open, path: "/unanswered")
        try test.writeSegments(builder.packets, of: 6)
        try test.run(drains: true)
        #expect(try test.paths() == ["/unanswered", "/whole"])
        let before = try test.callFiles()
        #expect(before.count == 2)
        #expect(try test.manifest(1)?.counters["assemble"]?["drained"] == 1)
        try test.run(drains: true)
        try test.run()
        #expect(try test.callFiles() == before)
    }

    @Test func `a drain whose place was lost does not report twice`() throws {
        let test = try TestSpool()
        var builder = TrafficBuilder()
        var open = builder.open(clientPort: 30_001)
        builder.request(&open, path: "/unanswered")
        try test.writeSegments(builder.packets, of: 2)
        try test.run(drains: true)
        let before = try test.callFiles()
        for name in ["assemble.json", "assemble-0.json"] {
            try FileManager.default.removeItem(atPath: test.spool.layout.statePath(name))
        }
        try test.run(drains: true)
        #expect(try test.callFiles() == before)
        #expect(try test.paths() == ["/unanswered"])
    }

    @Test func `a drain after everything was sealed makes a segment of its own`() throws {
        let test = try TestSpool()
        var builder = TrafficBuilder()
        var open = builder.open(clientPort: 30_001)
        builder.request(&open, path: "/unanswered")
        let segments = try test.writeSegments(builder.packets, of: 2)
        try test.run()
        #expect(try test.lines().isEmpty)
        try test.run(drains: true)
        #expect(try test.paths() == ["/unanswered"])
        let marker = SegmentName(stage: .packets, lane: 0, sequence: segments)
        #expect(
            try SegmentWriter.isSealed(
                marker, layout: test.spool.layout, files: test.spool.files))
        // What capture writes next is not mistaken for something done.
        builder.exchange(clientPort: 30_002, path: "/later")
        try test.writePackets(builder.packets.suffix(8), sequence: segments + 1)
        try test.run(drains: true)
        #expect(try test.paths() == ["/later", "/unanswered"])
    }

    @Test func `a drain waits for a capture that is still running`() throws {
        let test = try TestSpool()
        var builder = TrafficBuilder()
        builder.exchange(clientPort: 30_001, path: "/one")
        try test.writeSegments(builder.packets, of: 100)
        var runner = try test.runner(drains: true)
        do {
            let lock = try SpoolLock(
                role: "capture", layout: test.spool.layout, files: test.spool.files)
            #expect(try runner.step() == .advanced(0))
            #expect(try runner.step() == .waitingForCapture)
            #expect(try test.callFiles().isEmpty)
            _ = consume lock
        }
        #expect(try runner.step() == .drained)
        #expect(try test.paths() == ["/one"])
    }

    @Test func `marker segments move packet time on`() throws {
        let test = try TestSpool()
        var builder = TrafficBuilder()
        var open = builder.open(clientPort: 30_001)
        builder.request(&open, path: "/unanswered")
        try test.writePackets(builder.packets, sequence: 0)
        try test.run()
        #expect(try test.lines().isEmpty)
        let later = builder.now + 3_600_000_000_000
        try test.writePackets([], sequence: 1, statisticsTime: later)
        try test.run()
        #expect(try test.paths() == ["/unanswered"])
        #expect(try test.manifest(1)?.lastNanoseconds == later)
    }

    @Test func `a missing packet segment is counted and passed`() throws {
        let test = try TestSpool()
        var builder = TrafficBuilder()
        builder.exchange(clientPort: 30_001, path: "/one")
        try test.writePackets(builder.packets, sequence: 0)
        let first = builder.packets.count
        builder.exchange(clientPort: 30_002, path: "/two")
        try test.writePackets(builder.packets.dropFirst(first), sequence: 5)
        let report = LaneReport(lane: 0)
        try test.run(drains: true, report: report)
        #expect(try test.paths() == ["/one", "/two"])
        #expect(report.numbers.segmentsMissing == 4)
        #expect(try test.manifest(5)?.skippedSegments == 4)
    }

    @Test func `a damaged block costs its packets and is counted`() throws {
        let test = try TestSpool()
        var builder = TrafficBuilder()
        for number in 0..<4000 {
            let filler = String(repeating: "\(number) ", count: 40)
            builder.exchange(
                clientPort: UInt16(10_000 + number), path: "/call/\(number)", body: filler)
        }
        try test.writeSegments(builder.packets, of: 100_000)
        let name = SegmentName(stage: .packets, lane: 0, sequence: 0)
        let url = URL(filePath: test.spool.layout.sealedPath(name))
        var bytes = try Data(contentsOf: url)
        let middle = bytes.count / 2
        for offset in middle..<middle + 40 { bytes[offset] ^= 0xFF }
        try bytes.write(to: url)
        let report = LaneReport(lane: 0)
        try test.run(drains: true, report: report)
        let found = try test.paths().count
        #expect(found > 2500 && found < 4000)
        #expect(report.numbers.holes >= 1)
        #expect(report.numbers.damagedBytes > 0)
        let manifest = try #require(try test.manifest(0))
        #expect(manifest.damagedBytes == report.numbers.damagedBytes)
        #expect(manifest.lines == UInt64(try test.lines().count))
    }

    @Test func `a segment that is no pcapng at all is passed`() throws {
        let test = try TestSpool()
        var writer = SegmentWriter(
            files: test.spool.files, layout: test.spool.layout, stage: .packets, lane: 0)
        try writer.open(sequence: 0)
        let rubbish = [UInt8](repeating: 0x41, count: 300 << 10)
        try writer.write(rubbish.span)
        _ = try writer.seal(CaptureManifest(software: "test"), wallNanoseconds: 1)
        var builder = TrafficBuilder()
        builder.exchange(clientPort: 30_001, path: "/one")
        try test.writePackets(builder.packets, sequence: 1)
        try test.run(drains: true)
        #expect(try test.paths() == ["/one"])
        #expect(try test.manifest(0)?.damagedBytes == UInt64(rubbish.count))
    }

    @Test func `rules take effect at a segment border`() throws {
        let test = try TestSpool()
        var builder = TrafficBuilder()
        builder.exchange(clientPort: 30_001, path: "/one", body: "first")
        try test.writePackets(builder.packets, sequence: 0)
        let first = builder.packets.count
        builder.exchange(clientPort: 30_002, path: "/two", body: "second")
        try test.writePackets(builder.packets.dropFirst(first), sequence: 1)
        let rules = RulesSource(nil)
        var runner = try test.runner(rules: rules)
        _ = try runner.step()
        rules.replace(try RuleSet("/response_body/ remove"))
        _ = try runner.step()
        try runner.stop()
        let lines = try test.lines()
        try #require(lines.count == 2)
        #expect(lines[0].contains(#"["response_body","first"]"#))
        #expect(!lines[1].contains("response_body\""))
    }
}
