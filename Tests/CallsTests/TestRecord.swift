// Lines read back as tests compare them, and an engine run from packets to lines.

import Bytes
import Calls
import Records
import Rules
import Testing
import Wire

/// A call record read back.
struct TestRecord: Equatable {
    struct Entry: Equatable {
        var key: String
        var value: String
    }

    var pairs: [Entry]

    var keys: [String] { pairs.map(\.key) }

    subscript(_ key: String) -> String? { pairs.first { $0.key == key }?.value }

    func all(_ key: String) -> [String] { pairs.filter { $0.key == key }.map(\.value) }

    /// The request's method and target, and the status: what most tests ask for.
    var line: String {
        let target = self["call:target"] ?? self["request_url"] ?? "-"
        return "\(self["request_method"] ?? "-") \(target) \(self["response_code"] ?? "-")"
            + " \(self["call:completeness"] ?? "?")"
    }

    /// Everything but the keys named.
    func without(_ keys: Set<String>) -> TestRecord {
        TestRecord(pairs: pairs.filter { !keys.contains($0.key) })
    }

    /// Reads lines.
    static func read(_ text: [UInt8]) throws -> [TestRecord] {
        var records: [TestRecord] = []
        var list = PairList()
        for line in text.split(separator: 0x0A) {
            try RecordReader.read(Array(line).span, into: &list)
            var record = TestRecord(pairs: [])
            for pair in list.pairs {
                record.pairs.append(
                    Entry(
                        key: String(decoding: list.span(pair.key)),
                        value: String(decoding: list.span(pair.value))))
            }
            records.append(record)
        }
        return records
    }
}

/// A packet at its time.
struct TestPacket {
    var time: Int64
    var bytes: [UInt8]
    var originalByteCount: Int
}

/// What a run came to.
struct TestRun {
    var records: [TestRecord]
    var counters: [String: UInt64]
    /// The most bytes held after any packet.
    var mostHeld = 0

    var lines: [String] { records.map(\.line) }
}

/// Runs packets through an engine.
func run(
    packets: [TestPacket], _ options: EngineOptions = EngineOptions(), rules: RuleSet? = nil
) throws -> TestRun {
    var engine = Engine(options, rules: rules)
    var text: [UInt8] = []
    var mostHeld = 0
    for (index, packet) in packets.enumerated() {
        let header = PacketHeader(
            timestamp: Timestamp(nanoseconds: packet.time),
            originalByteCount: packet.originalByteCount,
            location: PacketLocation(number: UInt64(index + 1)))
        engine.receive(packet.bytes.span, header)
        mostHeld = max(mostHeld, engine.heldByteCount)
        text += engine.output.copyBytes()
        engine.output.removeAll()
    }
    engine.drain()
    text += engine.output.copyBytes()
    #expect(engine.heldByteCount == 0, "nothing is held after a drain")
    var counters: [String: UInt64] = [:]
    engine.forEachCounter { name, value in counters["\(name)"] = value }
    return TestRun(records: try TestRecord.read(text), counters: counters, mostHeld: mostHeld)
}

/// Runs segments through an engine, in the order given.
func run(
    _ segments: [TestSegment], _ encoding: TestEncoding = TestEncoding(),
    _ options: EngineOptions = EngineOptions(), rules: RuleSet? = nil
) throws -> TestRun {
    let packets = segments.map { segment in
        let bytes = encoding.packet(segment)
        return TestPacket(
            time: segment.time, bytes: bytes, originalByteCount: bytes.count + segment.cut)
    }
    return try run(packets: packets, options, rules: rules)
}
