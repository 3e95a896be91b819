import Bytes
import Calls
import CaptureFile
import Foundation
import Platform
import Rules
import Testing

@testable import Assembly

/// Keeps what was printed.
struct MemoryOutput: CallOutput, ~Copyable {
    var bytes: [UInt8] = []
    /// Writes that are let through; then the reader of the output is gone.
    var patience = Int.max

    mutating func write(_ bytes: Span<UInt8>) throws(IOError) {
        guard patience > 0 else { throw IOError(call: "write", path: "output", errno: 32) }
        patience -= 1
        self.bytes += [UInt8](bytes)
    }
}

@Suite struct CaptureReadingTests {
    func withCapture(
        _ packets: [TestPacket], cutting cut: Int = 0, _ body: (String) throws -> Void
    ) throws {
        var blocks = ByteBuffer()
        PcapngEncoder.appendSectionHeader(to: &blocks)
        PcapngEncoder.appendInterface(linkType: 1, snaplen: 0, to: &blocks)
        for packet in packets {
            PcapngEncoder.appendPacket(
                packet.bytes.span, timestamp: Timestamp(nanoseconds: packet.nanoseconds),
                originalByteCount: packet.bytes.count, interface: 0, to: &blocks)
        }
        blocks.truncate(to: blocks.count - cut)
        let path = NSTemporaryDirectory() + "earshot-read-\(UUID().uuidString).pcapng"
        try Data(blocks.copyBytes()).write(to: URL(filePath: path))
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: path) } }
        try body(path)
    }

    func reading(_ rules: RuleSet? = nil) -> CaptureReading<MemoryOutput> {
        CaptureReading(
            EngineOptions(), rules: rules, printer: CallPrinter(.lines), output: MemoryOutput())
    }

    @Test func `the calls of a capture are printed and counted`() throws {
        let packets = LaneRunnerTests.overlappingTraffic(30)
        try withCapture(packets) { path in
            var reading = reading()
            let summary = try reading.read([path])
            let lines = String(decoding: reading.output.bytes, as: UTF8.self).split(separator: "\n")
            #expect(lines.count == 30)
            #expect(summary.calls == 30)
            #expect(summary.packets == UInt64(packets.count))
            #expect(summary.counters.full == 30)
            #expect(summary.warnings.isEmpty)
            #expect(summary.line.contains("30 calls (30 full)"))
        }
    }

    @Test func `connections go on from one file to the next`() throws {
        let packets = LaneRunnerTests.overlappingTraffic(10)
        let half = packets.count / 2
        try withCapture(Array(packets[..<half])) { first in
            try withCapture(Array(packets[half...])) { second in
                var reading = reading()
                let summary = try reading.read([first, second])
                #expect(summary.counters.full == 10)
            }
        }
    }

    @Test func `a file that ends early gives what it holds, with a warning`() throws {
        try withCapture(LaneRunnerTests.overlappingTraffic(10), cutting: 7) { path in
            var reading = reading()
            let summary = try reading.read([path])
            #expect(summary.calls == 10)
            #expect(summary.warnings.count == 1)
            #expect(summary.lostBytes > 0)
        }
    }

    @Test func `a reader of the output that goes away ends the reading`() throws {
        try withCapture(LaneRunnerTests.overlappingTraffic(10)) { path in
            #expect(throws: ReadingError.self) {
                var output = MemoryOutput()
                output.patience = 0
                var reading = CaptureReading(
                    EngineOptions(), rules: nil, printer: CallPrinter(.lines), output: output)
                _ = try reading.read([path])
            }
        }
    }

    @Test func `a file that is not there is an error with its name`() {
        #expect {
            var reading = reading()
            _ = try reading.read(["/nonexistent/x.pcap"])
        } throws: { error in
            "\(error)".contains("cannot read /nonexistent/x.pcap: No such file")
                && (error as? ReadingError)?.exitCode == .noInput
        }
    }

    @Test func `a trial shows what rules remove, change and drop`() throws {
        var builder = TrafficBuilder()
        builder.exchange(clientPort: 30_000, path: "/keep", body: "secret 123")
        builder.exchange(clientPort: 30_001, path: "/stop")
        builder.exchange(clientPort: 30_002, path: "/same", body: "plain")
        try withCapture(builder.packets) { path in
            let rules = try RuleSet(
                "/request_url/ stop_if_found /stop/\n/response_body/ replace /[0-9]+/, /x/")
            var reading = CaptureReading(
                EngineOptions(), rules: nil, printer: CallPrinter(.lines),
                output: RulesTrial(rules, output: MemoryOutput()))
            try reading.read([path])
            let totals = reading.output.totals
            #expect(totals == RulesTrialTotals(calls: 3, dropped: 1, untouched: 1))
            let text = String(decoding: reading.output.output.bytes, as: UTF8.self)
            #expect(text.contains("~ response_body: secret 123 → secret x"))
            #expect(text.contains("/stop 200 — dropped by a stop rule"))
            #expect(text.contains("/same 200 — unchanged"))
        }
    }
}
