// Packets for tests, built layer by layer from the inside.

struct PacketMaker {
    static func ethernet(_ type: UInt16, _ payload: [UInt8]) -> [UInt8] {
        [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2] + bytes(type) + payload
    }

    static func tagged(_ id: UInt16, type tag: UInt16 = 0x8100, _ frame: [UInt8]) -> [UInt8] {
        Array(frame[0..<12]) + bytes(tag) + bytes(id) + Array(frame[12...])
    }

    static func ipv4(
        _ source: UInt32, _ target: UInt32, number: UInt8, _ payload: [UInt8],
        fragment: UInt16 = 0, options: [UInt8] = []
    ) -> [UInt8] {
        let header = 20 + options.count
        return [0x40 | UInt8(header / 4), 0] + bytes(UInt16(header + payload.count)) + [0, 7]
            + bytes(fragment) + [64, number, 0, 0] + bytes(source) + bytes(target) + options
            + payload
    }

    static func ipv6(
        _ source: UInt128, _ target: UInt128, next: UInt8, _ payload: [UInt8]
    ) -> [UInt8] {
        [0x60, 0, 0, 0] + bytes(UInt16(payload.count)) + [next, 64] + bytes(source) + bytes(target)
            + payload
    }

    static func tcp(_ source: UInt16, _ target: UInt16, _ payload: [UInt8] = []) -> [UInt8] {
        bytes(source) + bytes(target) + [0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x18, 1, 0, 0, 0, 0, 0]
            + payload
    }

    static func udp(_ source: UInt16, _ target: UInt16, _ payload: [UInt8]) -> [UInt8] {
        bytes(source) + bytes(target) + bytes(UInt16(8 + payload.count)) + [0, 0] + payload
    }

    static func vxlan(_ network: UInt32, _ frame: [UInt8]) -> [UInt8] {
        [8, 0, 0, 0] + bytes(network << 8) + frame
    }

    static func bytes<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
        (0..<(T.bitWidth / 8)).reversed().map { UInt8(truncatingIfNeeded: value >> T($0 * 8)) }
    }

    /// Ethernet, IPv4, TCP.
    static func plain4(_ source: UInt16, _ target: UInt16, _ payload: [UInt8] = []) -> [UInt8] {
        ethernet(0x0800, ipv4(0x0A00_0001, 0x0A00_0002, number: 6, tcp(source, target, payload)))
    }

    /// Ethernet, IPv6, TCP.
    static func plain6(_ source: UInt16, _ target: UInt16, _ payload: [UInt8] = []) -> [UInt8] {
        ethernet(
            0x86DD,
            ipv6(0xFD00 << 112 | 1, 0xFD00 << 112 | 2, next: 6, tcp(source, target, payload)))
    }

    /// A frame in VXLAN in IPv4.
    static func tunnel4(_ network: UInt32, _ frame: [UInt8], port: UInt16 = 4789) -> [UInt8] {
        ethernet(
            0x0800,
            ipv4(0xAC10_0001, 0xAC10_0002, number: 17, udp(65_408, port, vxlan(network, frame))))
    }

    /// A frame in VXLAN in IPv6.
    static func tunnel6(_ network: UInt32, _ frame: [UInt8], port: UInt16 = 4789) -> [UInt8] {
        ethernet(
            0x86DD,
            ipv6(
                0xFD01 << 112 | 1, 0xFD01 << 112 | 2, next: 17,
                udp(65_408, port, vxlan(network, frame))))
    }
}

/// A small seeded generator (SplitMix64), so that a failing run is repeated by its seed.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
