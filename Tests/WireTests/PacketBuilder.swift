// Packets for tests, from the inside out. Checksums are zero: nothing may look at them.

import Bytes
import Wire

typealias Octets = [UInt8]

func big<T: FixedWidthInteger>(_ values: T...) -> Octets {
    var buffer = ByteBuffer()
    for value in values { buffer.append(bigEndian: value) }
    return buffer.copyBytes()
}

/// The defaults are 10.0.0.1:1000 to 10.0.0.2:80.
enum Build {
    static let body = Octets("GET / HTTP/1.1\r\n\r\n".utf8)

    static func tcp(
        _ payload: Octets = body, from source: UInt16 = 1000, to destination: UInt16 = 80,
        sequence: UInt32 = 7, options: Octets = [], flags: UInt8 = 0x18
    ) -> Octets {
        big(source, destination) + big(sequence, UInt32(9))
            + [UInt8(20 + options.count) << 2, flags] + big(UInt16(512), 0, 0) + options + payload
    }

    static func udp(_ payload: Octets, from source: UInt16 = 50_000, to port: UInt16) -> Octets {
        big(source, port, UInt16(truncatingIfNeeded: payload.count + 8), 0) + payload
    }

    static func ipv4(
        _ payload: Octets, protocol number: UInt8 = 6, options: Octets = [],
        identification: UInt16 = 1,
        fragment: UInt16 = 0x4000, totalLength: Int? = nil
    ) -> Octets {
        let length = totalLength ?? 20 + options.count + payload.count
        return [0x45 + UInt8(options.count / 4), 0] + big(UInt16(length), identification, fragment)
            + [64, number, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2] + options + payload
    }

    static func ipv6(_ payload: Octets, next: UInt8 = 6, length: Int? = nil) -> Octets {
        let prefix: Octets = [0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        return big(
            UInt32(0x6000_0000), UInt32(length ?? payload.count) << 16 | UInt32(next) << 8 | 64)
            + prefix + [1] + prefix + [2] + payload
    }

    static func ethernet(_ payload: Octets, type: UInt16 = 0x0800) -> Octets {
        [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1] + big(type) + payload
    }

    static func vlan(_ identifier: UInt16, _ payload: Octets, type: UInt16 = 0x0800) -> Octets {
        big(0x2000 | identifier, type) + payload
    }

    static func vxlan(_ payload: Octets, vni: UInt32, flags: UInt8 = 8, next: UInt8 = 0) -> Octets {
        [flags, 0, 0, next] + big(vni << 8) + payload
    }

    static func gre(
        _ payload: Octets, type: UInt16, flags: UInt16 = 0, fields: Octets = []
    ) -> Octets {
        big(flags, type) + fields + payload
    }

    /// Ethernet, IPv4, TCP with `body`.
    static let plain = ethernet(ipv4(tcp()))

    /// The outer Ethernet, IPv4 and UDP of a tunnel.
    static func overUDP(_ payload: Octets, from source: UInt16 = 50_000, to port: UInt16) -> Octets
    {
        ethernet(ipv4(udp(payload, from: source, to: port), protocol: 17))
    }
}

/// What came out of a decoder.
struct Decoded: Equatable {
    var packet: String
    var payload: Octets
    var missing: Int
    var encapsulation: Encapsulation
}

struct Collector: TCPPacketHandler {
    var all: [Decoded] = []

    mutating func handle(_ packet: TCPPacket, payload: Span<UInt8>) {
        all.append(
            Decoded(
                packet: "\(packet.source) > \(packet.destination) \(packet.sequence.value)",
                payload: Octets(payload), missing: packet.missingByteCount,
                encapsulation: packet.encapsulation))
    }
}

/// A decoder with what it handed on.
final class Bench {
    var decoder: PacketDecoder
    var collector = Collector()

    init(_ options: DecoderOptions = DecoderOptions()) { decoder = PacketDecoder(options) }

    /// Decodes a packet; `seconds` is its packet time.
    func decode(
        _ packet: Octets, link: LinkType = .ethernet, original: Int? = nil, at seconds: Int64 = 0
    ) {
        let header = PacketHeader(
            timestamp: Timestamp(nanoseconds: seconds * 1_000_000_000),
            originalByteCount: original ?? packet.count, linkType: link)
        decoder.decode(packet.span, header, into: &collector)
    }

    /// The only fate that packets had, nil when they had several.
    var fate: PacketFate? {
        let met = PacketFate.allCases.filter { decoder.counters[$0].packets > 0 }
        return met.count == 1 ? met[0] : nil
    }

    /// Whether every packet has one fate.
    var isBalanced: Bool {
        let counters = decoder.counters
        let packets = PacketFate.allCases.reduce(0) { $0 + counters[$1].packets }
        let bytes = PacketFate.allCases.reduce(0) { $0 + counters[$1].bytes }
        return packets == counters.total.packets && bytes == counters.total.bytes
    }
}

/// Seeded randomness: splitmix64.
struct TestRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
