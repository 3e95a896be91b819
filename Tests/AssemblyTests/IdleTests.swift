import Platform
import Rules
import Spool
import Testing

@testable import Assembly

/// Two days with one call per hour, in simulated time, with restarts.
@Suite struct IdleTests {
    @Test func `one call per hour comes out at once, for 48 hours, and nothing piles up`() throws {
        let memory = MemoryFiles()
        let test = try TestSpool(in: memory)
        let report = LaneReport(lane: 0)
        let minute: Int64 = 60_000_000_000
        var builder = TrafficBuilder()
        var sequence: UInt64 = 0
        var runner = try test.runner(snapshotEvery: 16, report: report)
        var keptAlive = builder.open(clientPort: 10_000)
        var written = 0
        for hour in 0..<48 {
            // On a connection of its own, or on one that is silent too long between.
            if hour % 2 == 0 {
                builder.exchange(clientPort: UInt16(20_000 + hour), path: "/hour/\(hour)")
            } else {
                builder.request(&keptAlive, path: "/hour/\(hour)")
                builder.respond(&keptAlive, body: "late")
            }
            try test.writePackets(builder.packets[written...], sequence: sequence)
            written = builder.packets.count
            sequence += 1
            #expect(try runner.step() == .advanced(sequence - 1))
            // A connection picked up in its middle waits one window for what may have come before.
            let isPickedUp = hour % 2 == 1
            if !isPickedUp {
                #expect(report.numbers.calls == UInt64(hour + 1), "in the segment it is in")
            }
            for _ in 0..<6 {
                builder.now += 10 * minute
                try test.writePackets([], sequence: sequence, statisticsTime: builder.now)
                sequence += 1
                #expect(try runner.step() == .advanced(sequence - 1))
                #expect(report.numbers.calls == UInt64(hour + 1), "at the next marker")
            }
            #expect(try runner.step() == .idle)
            #expect(report.numbers.heldBytes == 0)
            #expect(report.numbers.flows <= 2)
            // Capture and ship delete what is done.
            for path in memory.paths
            where path.hasSuffix(".lz4") || path.hasSuffix(".json") && !path.contains("/state/") {
                try memory.remove(path)
            }
            if hour % 8 == 7 {
                try runner.stop()
                runner = try test.runner(snapshotEvery: 16, report: report)
            }
        }
        #expect(report.numbers.calls == 48)
        #expect(report.numbers.segmentsMissing == 0)
        #expect(report.numbers.segmentsReadAgain == 0)
        let left = memory.paths
        #expect(left.count < 12, "\(left)")
    }
}
