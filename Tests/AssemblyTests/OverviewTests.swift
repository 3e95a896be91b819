import Bytes
import Calls
import Foundation
import Platform
import Spool
import Testing

@testable import Assembly

@Suite struct OverviewTests {
    @Test func `an overview adds the manifests up`() throws {
        let test = try TestSpool()
        let packets = LaneRunnerTests.overlappingTraffic(20)
        let segments = try test.writeSegments(packets, of: 23)
        try test.run(drains: true)
        let overview = try SpoolOverview(test.spool)
        #expect(overview.packets.segments == segments)
        #expect(overview.calls.lines == 20)
        #expect(overview.calls.byCompleteness["full"] == 20)
        #expect(overview.calls.count("wire", "packets") == UInt64(packets.count))
        #expect(overview.packets.kernelDrops == nil)
        let text = OverviewText.status(overview)
        #expect(text.contains("20 written"))
        #expect(text.contains("not known by the kernel"))
        #expect(WhyText.text(overview).contains("20 calls from \(packets.count) packets"))
    }

    @Test func `an empty spool has an overview, too`() throws {
        let test = try TestSpool()
        let overview = try SpoolOverview(test.spool)
        #expect(overview.calls == CallTotals())
        #expect(!OverviewText.status(overview).isEmpty)
    }

    @Test func `the demo finds the calls it made up`() throws {
        let test = try TestSpool()
        var options = EngineOptions()
        options.calls.hostName = "test"
        let outcome = try Demo(test.spool).run(options, from: 1_700_000_000_000_000_000)
        let lines = outcome.calls.split(separator: 0x0A)
        #expect(lines.count == 7)
        #expect(outcome.tlsBytes > 0)
        #expect(try SpoolOverview(test.spool).calls.byCompleteness["partial"] == 1)
    }
}
