import Platform
import Spool
import Testing

@testable import Recorder

/// Two days in which next to nothing happens, in simulated time.
@Suite struct IdleTests {
    static let second: Int64 = 1_000_000_000
    static let hours = 48

    @Test func `48 idle hours with a packet an hour keep the disk flat and every packet`() throws {
        var limits = RecorderRig.freeLimits
        limits.retainNanoseconds = 3600 * Self.second
        let rig = try RecorderRig(limits: limits) { $0.markerAfterNanoseconds = 300 * Self.second }
        let book = StateFile(
            AssembleState.self, name: AssembleState.fileName, layout: rig.layout, files: rig.files)
        var mostFiles = 0
        for _ in 0..<Self.hours {
            rig.send(1)
            rig.pump()
            for _ in 0..<12 {
                rig.advance(milliseconds: 300_000)
                rig.files.setTime(wallNanoseconds: rig.time.wallNanoseconds())
                rig.pump()
                rig.wait()
            }
            // Assemble has done everything there is.
            let newest = try #require(try rig.segments().last?.sequence)
            var state = AssembleState()
            state.next[0] = Position(sequence: newest + 1)
            state.needed[0] = Position(sequence: newest + 1)
            try book.store(state)
            rig.gate.housekeep()
            mostFiles = max(mostFiles, rig.files.paths.count)
        }
        #expect(rig.lane.counters.storedPackets == UInt64(Self.hours))
        #expect(rig.lane.lost.isZero)
        #expect(rig.lane.counters.markerSegments > 400)
        #expect(rig.gate.deleted.processed > 400)
        #expect(rig.gate.deleted.unprocessed == 0)
        // An hour's segments, their manifests, a few files of state.
        #expect(mostFiles < 60, "\(mostFiles)")
    }
}
