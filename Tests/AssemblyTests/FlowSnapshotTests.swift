import Bytes
import Calls
import Foundation
import Platform
import Reassembly
import Rules
import Spool
import Testing

@testable import Assembly

/// Restarts of a lane from its snapshots.
@Suite struct FlowSnapshotTests {
    /// Connections that stay open and speak in turns, so that no segment border is quiet.
    static func keepAlive(connections: Int, rounds: Int) -> [TestPacket] {
        var builder = TrafficBuilder()
        var open = (0..<connections).map { builder.open(clientPort: UInt16(20_000 + $0)) }
        for round in 0..<rounds {
            for number in open.indices {
                builder.request(&open[number], path: "/\(number)/\(round)")
                if (number + round) % 2 == 0 {
                    builder.respond(&open[number], body: "body \(number) \(round)")
                }
            }
            for number in open.indices where (number + round) % 2 == 1 {
                builder.respond(&open[number], body: "late \(number) \(round)")
            }
        }
        for number in open.indices { builder.close(&open[number]) }
        return builder.packets
    }

    static let packets = keepAlive(connections: 12, rounds: 10)

    func straight() throws -> [String: [UInt8]] {
        let test = try TestSpool()
        try test.writeSegments(Self.packets, of: 17)
        try test.run(drains: true)
        #expect(try test.lines().count == 120)
        return try test.callFiles()
    }

    /// Reads `segments` packet segments, then ends: cleanly, or as a kill would.
    func run(
        _ test: TestSpool, segments: Int, report: LaneReport, isKilled: Bool,
        options: LaneOptions? = nil
    ) throws -> Bool {
        var runner = try LaneRunner.start(
            lane: 0, spool: test.spool, options: options ?? test.options(snapshotEvery: 3),
            rules: RulesSource(nil), book: AssembleBook(test.spool), report: report)
        for _ in 0..<segments {
            guard try runner.step() == .idle else { continue }
            if !isKilled { try runner.stop() }
            return false
        }
        if !isKilled { try runner.stop() }
        return true
    }

    @Test(arguments: [1, 2, 4, 7, 11], [false, true])
    func `restarts among open connections give the same call segments, from snapshots`(
        every: Int, isKilled: Bool
    ) throws {
        let expected = try straight()
        let test = try TestSpool()
        let count = try test.writeSegments(Self.packets, of: 17)
        let report = LaneReport(lane: 0)
        // A kill before the first snapshot begins anew: enough steps for progress.
        let steps = isKilled ? every + 3 : every
        for _ in 0..<(2 * Int(count)) {
            guard try run(test, segments: steps, report: report, isKilled: isKilled) else { break }
        }
        try test.run(drains: true, report: report)
        #expect(try test.callFiles() == expected)
        #expect(report.numbers.snapshots > 3)
        #expect(report.numbers.snapshotsRefused == 0)
        // A clean stop leaves nothing to read again.
        if !isKilled { #expect(report.numbers.segmentsReadAgain == 0) }
        let names = try FileManager.default.contentsOfDirectory(
            atPath: test.spool.layout.stateDirectory)
        #expect(!names.contains { $0.hasSuffix(".snapshot") }, "a drain leaves none behind")
    }

    @Test func `packet segments before a snapshot may go, and the calls stay whole`() throws {
        let expected = try straight()
        let test = try TestSpool()
        let count = try test.writeSegments(Self.packets, of: 17)
        let report = LaneReport(lane: 0)
        _ = try run(test, segments: Int(count) / 2, report: report, isKilled: false)
        let state = try #require(
            try StateFile(
                AssembleState.self, name: AssembleState.fileName, layout: test.spool.layout,
                files: test.spool.files
            ).load()?.value)
        #expect(state.needed[0]?.sequence == count / 2)
        for sequence in 0..<(count / 2) {
            try FileManager.default.removeItem(
                atPath: test.spool.layout.sealedPath(
                    SegmentName(stage: .packets, lane: 0, sequence: sequence)))
        }
        try test.run(drains: true, report: report)
        #expect(try test.callFiles() == expected)
        #expect(report.numbers.segmentsMissing == 0)
    }

    enum Harm: CaseIterable {
        case flippedByte, cut, gone, otherLane, otherSettings, otherFormat
    }

    @Test(arguments: Harm.allCases)
    func `a snapshot that does not fit is refused and the packets are read again`(
        harm: Harm
    ) throws {
        let expected = try straight()
        let test = try TestSpool()
        let count = try test.writeSegments(Self.packets, of: 17)
        let first = LaneReport(lane: 0)
        _ = try run(test, segments: Int(count) / 2, report: first, isKilled: false)
        let directory = test.spool.layout.stateDirectory
        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: directory)
                .first { $0.hasSuffix(".snapshot") })
        let url = URL(filePath: "\(directory)/\(name)")
        var bytes = [UInt8](try Data(contentsOf: url))
        let mode = try FileManager.default.attributesOfItem(atPath: url.path)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        var options = test.options(drains: true)
        switch harm {
        case .flippedByte: bytes[bytes.count / 2] ^= 1
        case .cut: bytes.removeLast(20)
        case .gone: break
        case .otherLane: bytes = Self.resealed(bytes, changing: 12)
        case .otherFormat: bytes = Self.resealed(bytes, changing: 8)
        case .otherSettings: options.engine.reassembly.idleTimeoutNanoseconds += 1
        }
        if harm == .gone {
            try FileManager.default.removeItem(at: url)
        } else {
            try Data(bytes).write(to: url)
        }
        let report = LaneReport(lane: 0)
        var runner = try LaneRunner.start(
            lane: 0, spool: test.spool, options: options, rules: RulesSource(nil),
            book: AssembleBook(test.spool), report: report)
        #expect(report.numbers.snapshotsRefused == 1)
        #expect(report.numbers.snapshotRefusal?.hasPrefix(name) == true)
        // Every flow began in the first segments: all of it is read again, once.
        #expect(report.numbers.next == 0)
        while try runner.step() != .drained {}
        #expect(report.numbers.segmentsReadAgain == count / 2)
        #expect(try test.callFiles() == expected)
    }

    /// The snapshot with one header byte changed and its checksum right.
    static func resealed(_ bytes: [UInt8], changing offset: Int) -> [UInt8] {
        var changed = Array(bytes.dropLast(8))
        changed[offset] ^= 1
        var buffer = ByteBuffer()
        buffer.append(changed.span)
        buffer.append(littleEndian: FlowSnapshot.hash(changed.span))
        return buffer.copyBytes()
    }

    @Test func `flows that are too large for a snapshot are read again instead`() throws {
        let expected = try straight()
        let test = try TestSpool()
        let count = try test.writeSegments(Self.packets, of: 17)
        var options = test.options(snapshotEvery: 3)
        options.snapshotLimitBytes = 100
        let report = LaneReport(lane: 0)
        _ = try run(
            test, segments: Int(count) / 2, report: report, isKilled: false, options: options)
        #expect(report.numbers.snapshots == 0)
        #expect(report.numbers.snapshotsOverLimit > 1)
        try test.run(drains: true, report: report)
        #expect(try test.callFiles() == expected)
        #expect(report.numbers.segmentsReadAgain == count / 2)
    }
}
