// TCP segments as values: tests build a conversation of them, harm it, and only then encode
// packets.

import Bytes
import Wire

/// A source of numbers that are the same on every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
}

/// One TCP segment of a conversation.
struct TestSegment: Sendable {
    /// Packet time in nanoseconds.
    var time: Int64
    /// Which connection: its client's port.
    var port: UInt16
    var isFromClient: Bool
    /// From the initial sequence number, the SYN taking one.
    var sequence: UInt32
    var acknowledgement: UInt32
    var flags: UInt8
    var payload: [UInt8]
    /// Payload bytes that the capture cut off at the end.
    var cut = 0
}

/// How a packet is wrapped.
enum TestWrapping: Sendable {
    case plain
    case vlan(UInt16)
    case vxlan(UInt32)
}

/// Turns segments into packets.
struct TestEncoding: Sendable {
    var wrapping = TestWrapping.plain
    /// Added to the sequence numbers of both ends.
    var clientInitial: UInt32 = 1000
    var serverInitial: UInt32 = 5000
    var serverPort: UInt16 = 8080

    func packet(_ segment: TestSegment) -> [UInt8] {
        let client: [UInt8] = [10, 0, 0, 1]
        let server: [UInt8] = [10, 0, 0, 2]
        let isFromClient = segment.isFromClient
        var tcp: [UInt8] = []
        tcp.add(isFromClient ? segment.port : serverPort)
        tcp.add(isFromClient ? serverPort : segment.port)
        tcp.add((isFromClient ? clientInitial : serverInitial) &+ segment.sequence)
        let hasACK = segment.flags & 0x10 != 0
        let other = isFromClient ? serverInitial : clientInitial
        tcp.add(hasACK ? other &+ segment.acknowledgement : 0)
        tcp += [0x50, segment.flags, 0xFF, 0xFF, 0, 0, 0, 0]
        let payload = segment.payload.dropLast(segment.cut)
        let inner =
            TestEncoding.ethernet(0x0800)
            + TestEncoding.ip(
                protocolNumber: 6, isFromClient ? client : server, isFromClient ? server : client,
                count: tcp.count + segment.payload.count) + tcp + payload
        switch wrapping {
        case .plain: return inner
        case .vlan(let number):
            var tagged = Array(inner[0..<12])
            tagged.add(UInt16(0x8100))
            tagged.add(number)
            return tagged + inner[12...]
        case .vxlan(let vni):
            var udp: [UInt8] = []
            udp.add(UInt16(50_000))
            udp.add(UInt16(4789))
            udp.add(UInt16(truncatingIfNeeded: 16 + inner.count))
            udp += [0, 0, 8, 0, 0, 0]
            udp.add(vni << 8)
            return TestEncoding.ethernet(0x0800)
                + TestEncoding.ip(
                    protocolNumber: 17, [172, 16, 0, 1], [172, 16, 0, 2],
                    count: udp.count + inner.count + segment.cut)
                + udp + inner
        }
    }

    static func ethernet(_ type: UInt16) -> [UInt8] {
        var header: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]
        header.add(type)
        return header
    }

    static func ip(
        protocolNumber: UInt8, _ source: [UInt8], _ destination: [UInt8], count: Int
    ) -> [UInt8] {
        var header: [UInt8] = [0x45, 0]
        header.add(UInt16(truncatingIfNeeded: 20 + count))
        header += [0, 0, 0x40, 0, 64, protocolNumber, 0, 0]
        return header + source + destination
    }
}

extension [UInt8] {
    /// Appends a number, most significant byte first.
    mutating func add<T: FixedWidthInteger>(_ value: T) {
        for shift in stride(from: T.bitWidth - 8, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: value >> T(shift)))
        }
    }
}
