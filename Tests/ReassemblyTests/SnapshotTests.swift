// A table that was saved and read back goes on as if nothing had been.

import Bytes
import Reassembly
import Testing
import Wire

@Suite struct SnapshotTests {
    private var options: ReassemblyOptions {
        var options = ReassemblyOptions()
        options.flowLimit = 40
        options.heldBytes = 30_000
        return options
    }

    private func restored(_ table: borrowing FlowTable, seed: UInt64) throws -> FlowTable {
        var buffer = ByteBuffer()
        table.save(to: &buffer)
        var reader = SnapshotReader(buffer.span)
        let copy = try FlowTable(options, seed: seed, restoring: &reader)
        let isAtEnd = reader.isAtEnd
        #expect(isAtEnd)
        var again = ByteBuffer()
        copy.save(to: &again)
        let (first, second) = (buffer.copyBytes(), again.copyBytes())
        #expect(first == second)
        return copy
    }

    @Test func `saving and restoring anywhere gives the same log`() throws {
        for seed in 0..<12 as Range<UInt64> {
            var source = HostileSource(seed: seed)
            source.ports = 60
            let packets = (0..<3000).map { _ in source.next() }
            var plain = FlowTable(options, seed: 1)
            var plainLog = EventLog()
            for seen in packets {
                plain.receive(seen.packet, payload: seen.bytes.span, into: &plainLog)
            }
            plain.drain(into: &plainLog)
            var table = FlowTable(options, seed: 2)
            var log = EventLog()
            var random = Random(state: seed &+ 99)
            for seen in packets {
                if random.chance(1) {
                    table = try restored(table, seed: random.next())
                }
                table.receive(seen.packet, payload: seen.bytes.span, into: &log)
            }
            table.drain(into: &log)
            #expect(log.faults == [])
            #expect(log.lines == plainLog.lines, "seed \(seed)")
            #expect(log.positions == plainLog.positions)
            #expect(log.lines.count > 500)
        }
    }

    @Test func `an empty table can be saved`() throws {
        let table = FlowTable(options, seed: 1)
        let copy = try restored(table, seed: 2)
        let count = copy.flowCount
        #expect(count == 0)
    }

    @Test func `damaged snapshots throw and never trap`() throws {
        var source = HostileSource(seed: 5)
        var table = FlowTable(options, seed: 1)
        var log = EventLog()
        for _ in 0..<400 {
            let seen = source.next()
            table.receive(seen.packet, payload: seen.bytes.span, into: &log)
        }
        var buffer = ByteBuffer()
        table.save(to: &buffer)
        var thrown = 0
        for length in stride(from: 0, to: buffer.count, by: 7) {
            var reader = SnapshotReader(buffer.span(from: 0, count: length))
            do {
                _ = try FlowTable(options, seed: 1, restoring: &reader)
            } catch { thrown += 1 }
        }
        let expected = (buffer.count + 6) / 7
        #expect(thrown == expected)
        // A flipped bit may go unnoticed, but then the table must still work.
        var random = Random(state: 3)
        for _ in 0..<1500 {
            let offset = Int.random(in: 0..<buffer.count, using: &random)
            let old = buffer[offset]
            buffer[offset] = old ^ UInt8(1 << Int.random(in: 0..<8, using: &random))
            var reader = SnapshotReader(buffer.span)
            if var copy = try? FlowTable(options, seed: 1, restoring: &reader) {
                var quiet = EventLog()
                quiet.isVerbose = false
                var later = source
                for _ in 0..<60 {
                    let seen = later.next()
                    copy.receive(seen.packet, payload: seen.bytes.span, into: &quiet)
                }
                copy.drain(into: &quiet)
                let left = copy.flowCount
                #expect(left == 0)
            }
            buffer[offset] = old
        }
    }
}
