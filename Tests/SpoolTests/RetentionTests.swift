import Platform
import Spool
import Testing

@Suite struct RetentionTests {
    static let second: Int64 = 1_000_000_000

    func bench(_ count: UInt64) throws -> Bench {
        let bench = try Bench()
        for sequence in 0..<count {
            try bench.seal(sequence, lines: 10, at: Int64(sequence) * Self.second)
        }
        return bench
    }

    func retention(_ bench: Bench, _ limits: RetentionLimits) throws -> Retention {
        try Retention(.packets, limits: limits, layout: bench.layout, files: bench.files)
    }

    func limits(
        budget: UInt64? = nil, retain: Int64 = 0, _ whenFull: WhenFull = .refuse
    ) -> RetentionLimits {
        var limits = RetentionLimits()
        limits.budgetBytes = budget
        limits.minimumFreeBytes = 0
        limits.reservedBytes = 0
        limits.retainNanoseconds = retain
        limits.whenFull = whenFull
        return limits
    }

    func sequences(_ bench: Bench) throws -> [UInt64] {
        try bench.files.names(in: "/spool/packets/0").compactMap {
            guard case .sealed(let sequence) = LaneEntry($0, stage: .packets) else { return nil }
            return sequence
        }
    }

    @Test func `processed segments go when they are old enough, the newest stays`() throws {
        let bench = try bench(6)
        var retention = try retention(bench, limits(retain: 2 * Self.second))
        let report = try retention.collect(
            wallNanoseconds: 5 * Self.second, openBytes: 0, processedBelow: { _ in 3 })
        #expect(report.deleted == 3)
        #expect(try sequences(bench) == [3, 4, 5])
        let all = try retention.collect(
            wallNanoseconds: 100 * Self.second, openBytes: 0, processedBelow: { _ in 100 })
        #expect(all.deleted == 2)
        #expect(try sequences(bench) == [5])
        #expect(try bench.recover().nextSequence == 6)
    }

    @Test func `unprocessed segments stay, and nothing more is let in`() throws {
        let bench = try bench(6)
        var retention = try retention(bench, limits(budget: 1, retain: .max))
        let report = try retention.collect(
            wallNanoseconds: 0, openBytes: 0, processedBelow: { _ in 2 })
        #expect(report.deleted == 2)
        #expect(report.dropped.isEmpty)
        #expect(try sequences(bench) == [2, 3, 4, 5])
        #expect(retention.admission(openBytes: 0) == .overBudget)
    }

    @Test func `the oldest unprocessed segments go when the operator chose so`() throws {
        let bench = try bench(6)
        let size = try retention(bench, limits()).inventory.bytes
        var retention = try retention(bench, limits(budget: size / 2, retain: .max, .dropOldest))
        let report = try retention.collect(
            wallNanoseconds: 0, openBytes: 0, processedBelow: { _ in 1 })
        #expect(report.deleted == 1)
        #expect(report.dropped == [1, 2, 3].map { bench.name($0) })
        #expect(retention.inventory.bytes < size / 2)
        #expect(retention.admission(openBytes: 0) == .accept)
        let fresh = try self.retention(bench, retention.limits)
        #expect(fresh.inventory.bytes == retention.inventory.bytes)
    }

    @Test func `pinned segments stay`() throws {
        let bench = try bench(5)
        var pins = Pins()
        pins.ranges.append(Pins.Range(stage: .packets, lane: 0, first: 1, last: 2))
        try StateFile(Pins.self, name: Pins.fileName, layout: bench.layout, files: bench.files)
            .store(pins)
        var retention = try retention(bench, limits(budget: 1, retain: 0, .dropOldest))
        _ = try retention.collect(
            wallNanoseconds: .max, openBytes: 0, processedBelow: { _ in 100 })
        #expect(try sequences(bench) == [1, 2, 4])
    }

    @Test func `the free-space floor refuses, with room kept for seals`() throws {
        let bench = try bench(2)
        var limits = limits()
        limits.minimumFreeBytes = 1000
        limits.reservedBytes = 500
        bench.files.setCapacity(bytes: 100_000)
        var retention = try retention(bench, limits)
        #expect(retention.admission(openBytes: 1000) == .accept)
        let used = try bench.files.freeSpace("/spool")
        bench.files.setCapacity(bytes: 100_000 - used.availableBytes + 1400)
        try retention.look()
        #expect(retention.admission(openBytes: 1000) == .noFreeSpace)
    }

    @Test func `counting by addition agrees with looking`() throws {
        let bench = try bench(0)
        var retention = try retention(bench, limits())
        for sequence in 0..<UInt64(20) {
            retention.add(try bench.seal(sequence, lines: Int(sequence)))
            if sequence % 3 == 2 {
                _ = try retention.collect(
                    wallNanoseconds: .max, openBytes: 0, processedBelow: { _ in sequence - 1 })
            }
            let fresh = try self.retention(bench, limits())
            #expect(fresh.inventory.bytes == retention.inventory.bytes)
            #expect(fresh.inventory.count == retention.inventory.count)
        }
    }

    @Test func `manifests outlive their segments, each once`() throws {
        let bench = try bench(6)
        let history = ManifestHistory(stage: .packets, layout: bench.layout, files: bench.files)
        var retention = try retention(bench, limits())
        for floor: UInt64 in [2, 4] {
            _ = try retention.collect(
                wallNanoseconds: .max, openBytes: 0, processedBelow: { _ in floor })
        }
        var seen: [UInt64] = []
        let unreadable = try history.forEach(CaptureManifest.self, lane: 0) {
            seen.append($0.segment.sequence)
        }
        #expect(seen == [0, 1, 2, 3, 4, 5])
        #expect(unreadable == 0)
    }

    @Test func `a crash while deleting loses no manifest`() throws {
        for call in 1..<40 {
            let bench = try bench(4)
            var retention = try retention(bench, limits())
            bench.files.stop(atCall: call)
            let isDone =
                (try? retention.collect(
                    wallNanoseconds: .max, openBytes: 0, processedBelow: { _ in 3 })) != nil
            bench.files.powerCut(seed: UInt64(call))
            _ = try bench.recover()
            var seen: Set<UInt64> = []
            let history = ManifestHistory(
                stage: .packets, layout: bench.layout, files: bench.files)
            _ = try history.forEach(CaptureManifest.self, lane: 0) {
                seen.insert($0.segment.sequence)
            }
            #expect(seen == [0, 1, 2, 3], "stopped at call \(call)")
            if isDone { return }
        }
        Issue.record("deleting took more calls than this test tries")
    }

    @Test func `the status tells what is there and what waits`() throws {
        let bench = try bench(5)
        var state = AssembleState()
        state.next[0] = Position(sequence: 3)
        try StateFile(
            AssembleState.self, name: AssembleState.fileName, layout: bench.layout,
            files: bench.files
        ).store(state)
        var writer = bench.writer()
        try writer.open(sequence: 5)
        let status = try SpoolStatus.read(
            layout: bench.layout, files: bench.files, wallNanoseconds: 10 * Self.second)
        let lane = try #require(status.lanes.first { $0.stage == .packets })
        #expect(lane.sealedSegments == 5 && lane.openSegments == 1)
        #expect(lane.oldest == 0 && lane.newest == 4)
        #expect(lane.next == 3 && lane.backlogSegments == 2)
        #expect(lane.backlogNanoseconds == 7 * Self.second)
        #expect(lane.withoutManifest == 0)
        #expect((lane.storedBytes ?? 0) > 0)
        #expect(status.problems.isEmpty)
    }
}
