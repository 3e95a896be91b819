import Calls
import Platform
import Rules
import Spool
import Testing

@testable import Assembly

/// A lane over a disk that fails at every call there is: the call segments are always the same.
@Suite struct LaneCrashTests {
    static let packets = FlowSnapshotTests.keepAlive(connections: 3, rounds: 2)
    static let packetsPerSegment = 6
    static let limit = 2000

    enum Fault: CaseIterable {
        case ends, passes
    }

    func spool(_ memory: MemoryFiles) throws -> TestSpool {
        let test = try TestSpool(in: memory)
        try test.writeSegments(Self.packets, of: Self.packetsPerSegment)
        return test
    }

    /// What the lane's thread does: after an error the value is thrown away and begun anew.
    func drain(_ test: TestSpool, _ report: LaneReport, tries: Int) -> Bool {
        for _ in 0..<tries {
            do {
                var runner = try LaneRunner.start(
                    lane: 0, spool: test.spool,
                    options: test.options(drains: true, snapshotEvery: 2),
                    rules: RulesSource(nil), book: AssembleBook(test.spool), report: report)
                while true {
                    if try runner.step() == .drained { return true }
                }
            } catch {
                continue
            }
        }
        return false
    }

    func expected() throws -> [String: [UInt8]] {
        let test = try spool(MemoryFiles())
        #expect(drain(test, LaneReport(lane: 0), tries: 1))
        #expect(try test.lines().count == 6)
        return try test.callFiles()
    }

    @Test(arguments: Fault.allCases)
    func `at every call that fails the calls come out the same`(fault: Fault) throws {
        let expected = try expected()
        var (points, snapshots, readAgain): (Int, UInt64, UInt64) = (0, 0, 0)
        for call in 1...Self.limit {
            let memory = MemoryFiles()
            let test = try spool(memory)
            let report = LaneReport(lane: 0)
            // Taking turns: every other call is the other kind of end, or of error.
            let isOdd = call % 2 == 1
            let passes = fault == .passes
            if passes {
                memory.fail(atCall: call, errno: isOdd ? IOError.noSpace : IOError.inputOutput)
            } else {
                memory.stop(atCall: call)
            }
            // Two errors can follow from one: a poisoned segment is begun anew.
            let isDone = drain(test, report, tries: passes ? 4 : 1)
            let isOver = memory.calls < call
            if passes { #expect(isDone, "call \(call)") }
            if isOdd { memory.powerCut(seed: UInt64(call)) } else { memory.restart() }
            #expect(drain(test, report, tries: 1), "call \(call)")
            let found = try test.callFiles()
            #expect(found == expected, "call \(call)")
            if found != expected { return }
            snapshots += report.numbers.snapshots
            readAgain += report.numbers.segmentsReadAgain
            points = call
            if isOver { break }
        }
        #expect(points > 50 && points < Self.limit)
        #expect(snapshots > 0)
        #expect(readAgain > 0)
    }

    @Test(arguments: 0..<12 as Range<UInt64>)
    func `a storm of crashes and errors ends in the same calls`(seed: UInt64) throws {
        let expected = try expected()
        let memory = MemoryFiles()
        let test = try spool(memory)
        var dice = SplitMix(seed: seed)
        for _ in 0..<6 {
            let call = 1 + Int(dice.next() % 40)
            switch dice.next() % 4 {
            case 0: memory.stop(atCall: call)
            case 1: memory.fail(atCall: call, errno: IOError.noSpace)
            case 2: memory.fail(atCall: call, errno: IOError.inputOutput)
            default: memory.fail(atCall: 1, errno: IOError.inputOutput, named: "fdatasync")
            }
            _ = drain(test, LaneReport(lane: 0), tries: 1)
            if dice.next() & 1 == 0 {
                memory.powerCut(seed: dice.next())
            } else {
                memory.restart()
            }
        }
        #expect(drain(test, LaneReport(lane: 0), tries: 2))
        #expect(try test.callFiles() == expected)
    }

    @Test func `packets that the device does not give are an error first, then damage`() throws {
        let memory = MemoryFiles()
        let test = try spool(memory)
        let name = SegmentName(stage: .packets, lane: 0, sequence: 2)
        let path = test.spool.layout.sealedPath(name)
        memory.breakReading(path, from: 200)
        let report = LaneReport(lane: 0)
        #expect(!drain(test, report, tries: 3))
        #expect(report.numbers.damagedBytes == 0)
        var options = test.options(drains: true, snapshotEvery: 2)
        options.readsPastErrors = true
        var runner = try LaneRunner.start(
            lane: 0, spool: test.spool, options: options, rules: RulesSource(nil),
            book: AssembleBook(test.spool), report: report)
        while try runner.step() != .drained {}
        let size = try #require(memory.bytes(path)?.count)
        #expect(report.numbers.damagedBytes >= UInt64(size - 200))
        #expect(try test.manifest(2)?.damagedBytes == report.numbers.damagedBytes)
        #expect(try test.lines().count >= 4)
    }

    @Test func `a disk that is full for long holds nothing up for ever`() throws {
        let expected = try expected()
        let memory = MemoryFiles()
        let test = try spool(memory)
        let used = memory.paths.reduce(0) { $0 + (memory.bytes($1)?.count ?? 0) }
        memory.setCapacity(bytes: UInt64(used + 3000))
        let report = LaneReport(lane: 0)
        #expect(!drain(test, report, tries: 3))
        memory.setCapacity(bytes: 1 << 40)
        #expect(drain(test, report, tries: 1))
        #expect(try test.callFiles() == expected)
    }
}
