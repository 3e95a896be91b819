// What must not matter to the calls of a real capture: how it is wrapped, cut, doubled, shuffled.

import Calls
import Foundation
import Testing

@Suite struct SharedCaptureTests {
    static let times: Set<String> = [
        "now", "interval", "call:request_start", "call:request_end", "call:response_start",
        "call:response_end",
    ]

    func check(
        _ name: String, _ wanted: [TestRecord], _ found: [TestRecord], _ ignored: Set<String> = []
    ) {
        func prepared(_ records: [TestRecord]) -> [[String]] {
            records.map { $0.without(ignored).pairs.map { "\($0.key)=\($0.value)" } }
                .sorted { $0.joined() < $1.joined() }
        }
        #expect(prepared(wanted) == prepared(found), "\(name)")
    }

    @Test func `VLAN and VXLAN change nothing`() throws {
        guard let captures = try SharedCapture.some(20) else { return }
        for capture in captures {
            let plain = try SharedCapture.run(capture.packets).records
            var tagged = capture.packets
            var wrapped = capture.packets
            for index in tagged.indices {
                tagged[index].bytes.insert(contentsOf: [0x81, 0, 0, 9], at: 12)
                wrapped[index].bytes = vxlan(capture.packets[index].bytes)
                tagged[index].originalByteCount += 4
                wrapped[index].originalByteCount += 50
            }
            check(capture.name, plain, try SharedCapture.run(tagged).records)
            check(capture.name, plain, try SharedCapture.run(wrapped).records, ["call:vni"])
        }
    }

    func vxlan(_ inner: [UInt8]) -> [UInt8] {
        var udp: [UInt8] = []
        udp.add(UInt16(50_000))
        udp.add(UInt16(4789))
        udp.add(UInt16(16 + inner.count))
        udp += [0, 0, 8, 0, 0, 0, 0, 0, 77, 0]
        return TestEncoding.ethernet(0x0800)
            + TestEncoding.ip(
                protocolNumber: 17, [172, 16, 0, 1], [172, 16, 0, 2],
                count: udp.count + inner.count)
            + udp + inner
    }

    @Test func `doubled packets change nothing`() throws {
        guard let captures = try SharedCapture.some(20) else { return }
        for capture in captures {
            let plain = try SharedCapture.run(capture.packets).records
            check(
                capture.name, plain,
                try SharedCapture.run(capture.packets.flatMap { [$0, $0] }).records)
        }
    }

    @Test func `sequence numbers over the wrap change nothing`() throws {
        guard let captures = try SharedCapture.some(20) else { return }
        for capture in captures {
            let plain = try SharedCapture.run(capture.packets).records
            var moved = capture.packets
            // All numbers of a direction move alike, so that the first lies just before the wrap.
            var shift: [[UInt8]: UInt32] = [:]
            for packet in capture.packets {
                guard let offset = packet.tcpOffset, shift[packet.direction] == nil else {
                    continue
                }
                shift[packet.direction] = (UInt32.max - 100) &- packet.number(at: offset + 4)
            }
            for index in moved.indices {
                guard let offset = moved[index].tcpOffset else { continue }
                let own = shift[moved[index].direction] ?? 0
                moved[index].set(moved[index].number(at: offset + 4) &+ own, at: offset + 4)
                guard moved[index].flags & 0x10 != 0 else { continue }
                let other = shift[opposite(moved[index].direction)] ?? 0
                moved[index].set(moved[index].number(at: offset + 8) &+ other, at: offset + 8)
            }
            check(capture.name, plain, try SharedCapture.run(moved).records)
        }
    }

    func opposite(_ direction: [UInt8]) -> [UInt8] {
        Array(direction[4..<8] + direction[0..<4] + direction[10..<12] + direction[8..<10])
    }

    @Test func `smaller segments change nothing`() throws {
        guard let captures = try SharedCapture.some(20) else { return }
        for capture in captures {
            let plain = try SharedCapture.run(capture.packets).records
            let pieces = capture.packets.flatMap { halves($0) }
            #expect(pieces.count > capture.packets.count)
            check(capture.name, plain, try SharedCapture.run(pieces).records)
        }
    }

    // SYN and FIN stay whole; the rest is cut in the middle of its payload.
    func halves(_ packet: CapturedTestPacket) -> [CapturedTestPacket] {
        guard let tcp = packet.tcpOffset, let start = packet.payloadOffset, packet.payloadCount > 1,
            packet.flags & 0x07 == 0
        else { return [packet] }
        let middle = packet.payloadCount / 2
        var first = packet
        var second = packet
        let end = packet.totalLength + 14
        first.bytes = Array(packet.bytes[0..<start + middle])
        second.bytes = Array(packet.bytes[0..<start] + packet.bytes[start + middle..<end])
        second.set(packet.number(at: tcp + 4) &+ UInt32(middle), at: tcp + 4)
        for (index, length) in [first.bytes.count, second.bytes.count].enumerated() {
            let total = length - 14
            let bytes = [UInt8(total >> 8), UInt8(total & 255)]
            if index == 0 {
                first.bytes.replaceSubrange(16..<18, with: bytes)
                first.originalByteCount = length
            } else {
                second.bytes.replaceSubrange(16..<18, with: bytes)
                second.originalByteCount = length
            }
        }
        return [first, second]
    }

    @Test func `packets of a direction may change places within the window`() throws {
        guard let captures = try SharedCapture.some(20) else { return }
        var swaps = 0
        for capture in captures {
            let whole = try SharedCapture.run(capture.packets)
            // Two contents for one place: which came first then matters.
            guard whole.counters["tcp_overlap_different_bytes"] ?? 0 == 0 else { continue }
            var generator = SeededGenerator(seed: 5)
            var shuffled = capture.packets
            var index = 0
            while index + 1 < shuffled.count {
                let (left, right) = (shuffled[index], shuffled[index + 1])
                index += 1
                guard left.direction == right.direction, left.payloadCount > 0,
                    right.payloadCount > 0, left.flags & 0x07 == 0, right.flags & 0x07 == 0,
                    right.time - left.time < 1_000_000_000, Bool.random(using: &generator)
                else { continue }
                shuffled.swapAt(index - 1, index)
                shuffled[index - 1].time = left.time
                shuffled[index].time = right.time
                swaps += 1
                index += 1
            }
            let found = try SharedCapture.run(shuffled).records
            check(capture.name, whole.records, found, SharedCaptureTests.times)
        }
        #expect(swaps > 50)
    }

    @Test func `a lost packet costs only the calls that had bytes in it`() throws {
        guard let captures = try SharedCapture.some(12) else { return }
        var drops = 0
        for capture in captures {
            let whole = try SharedCapture.run(capture.packets)
            guard !whole.records.contains(where: { $0["call:protocol"] == "HTTP/2" }) else {
                continue
            }
            let carriers = capture.packets.indices.filter {
                capture.packets[$0].payloadCount > 0
            }
            var generator = SeededGenerator(seed: 3)
            for _ in 0..<min(12, carriers.count) {
                let dropped = carriers.randomElement(using: &generator) ?? 0
                var packets = capture.packets
                let time = packets.remove(at: dropped).time
                let found = try SharedCapture.run(packets).records
                drops += 1
                for record in away(whole.records, from: time) {
                    let isThere = found.contains(record)
                    let changed = isThere ? "" : difference(record, found)
                    #expect(isThere, "\(capture.name) without packet \(dropped + 1): \(changed)")
                }
            }
        }
        #expect(drops > 50)
    }

    // The records of other connections and of other times. Calls under way at the same time on one
    // connection (pipelining) go together: nothing tells them apart but their order.
    func away(_ records: [TestRecord], from time: Int64) -> [TestRecord] {
        var hurt: [TestRecord] = records.filter { span($0).contains(time) }
        while true {
            let more = records.filter { record in
                !hurt.contains(record)
                    && hurt.contains {
                        $0["call:client"] == record["call:client"]
                            && span($0).overlaps(span(record))
                    }
            }
            if more.isEmpty { return records.filter { !hurt.contains($0) } }
            hurt += more
        }
    }

    func span(_ record: TestRecord) -> ClosedRange<Int64> {
        let keys = [
            "call:request_start", "call:request_end", "call:response_start", "call:response_end",
        ]
        let times = keys.compactMap { record[$0].flatMap { Int64($0) } }
        return (times.min() ?? 0)...(times.max() ?? 0)
    }
}

extension SharedCaptureTests {
    /// What differs between a record and the one of the same id, for messages of failed tests.
    func difference(_ record: TestRecord, _ found: [TestRecord]) -> String {
        guard let other = found.first(where: { $0["call:id"] == record["call:id"] }) else {
            return "no such id: \(record.line)"
        }
        let wanted = record.pairs.map { "\($0.key)=\($0.value.prefix(60))" }
        let present = other.pairs.map { "\($0.key)=\($0.value.prefix(60))" }
        return
            "\(record.line): \(wanted.filter { !present.contains($0) }) → \(present.filter { !wanted.contains($0) })"
    }
}
