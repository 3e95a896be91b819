// The lane of a packet that comes from a file: what LaneProgram computes in the kernel, in Swift.
//
// Rule: symmetric in the innermost addresses and ports; a packet cut inside a header it needs is in
// lane 0, as a classic BPF program answers 0 for a load behind the end.

import Bytes

/// Deals packets out to lanes so that both directions of a flow share one.
public struct LaneHash: Sendable {
    static let portMultiplier: UInt32 = 0x9E37_79B1
    static let mixingSteps: [(shift: UInt32, factor: UInt32)] = [
        (16, 0x85EB_CA6B), (13, 0xC2B2_AE35), (16, 1),
    ]

    let vxlanPorts: [UInt16]

    /// Deals with VXLAN on the given UDP ports, of which 16 are looked into.
    public init(vxlanPorts: [UInt16]) { self.vxlanPorts = Array(vxlanPorts.prefix(16)) }

    /// The lane, from 0, of a packet as a file has it.
    public func lane(of packet: Span<UInt8>, linkType: UInt16, lanes: Int) -> Int {
        if lanes <= 1 { return 0 }
        return Int(hash(of: packet, linkType: linkType) % UInt32(clamping: lanes))
    }

    /// The number whose remainder is the lane.
    func hash(of packet: Span<UInt8>, linkType: UInt16) -> UInt32 {
        let start: Int
        var etherType: UInt16
        switch linkType {
        case LinkTypeNumber.ethernet: (start, etherType) = (14, half(packet, 12) ?? 0)
        case LinkTypeNumber.linuxCooked: (start, etherType) = (16, half(packet, 14) ?? 0)
        case LinkTypeNumber.linuxCooked2: (start, etherType) = (20, half(packet, 0) ?? 0)
        case LinkTypeNumber.null: (start, etherType) = (4, version(packet, at: 4))
        case _: (start, etherType) = (0, version(packet, at: 0))
        }
        return network(packet, at: start, etherType: &etherType, inTunnel: false)
    }

    func network(
        _ packet: Span<UInt8>, at start: Int, etherType: inout UInt16, inTunnel: Bool
    ) -> UInt32 {
        var base = start
        for _ in 0..<2 where etherType == 0x8100 || etherType == 0x88A8 {
            guard let next = half(packet, base &+ 2) else { return 0 }
            etherType = next
            base &+= 4
        }
        var hash: UInt32 = 0
        let transport: Int
        let number: UInt8
        switch etherType {
        case 0x0800:
            guard let source = word(packet, base &+ 12), let target = word(packet, base &+ 16),
                let fragment = half(packet, base &+ 6)
            else { return 0 }
            hash = source ^ target
            if fragment & 0x3FFF != 0 { return mix(hash) }
            number = packet[base &+ 9]
            transport = base &+ Int(packet[base] & 0x0F) &* 4
        case 0x86DD:
            for index in 0..<8 {
                guard let part = word(packet, base &+ 8 &+ 4 &* index) else { return 0 }
                hash ^= part
            }
            number = packet[base &+ 6]
            transport = base &+ 40
        case _:
            return mix(0)
        }
        if number == 6 {
            guard let ports = word(packet, transport) else { return 0 }
            return mix(hash ^ (((ports >> 16) ^ (ports & 0xFFFF)) &* Self.portMultiplier))
        }
        guard number == 17, !inTunnel, !vxlanPorts.isEmpty else { return mix(hash) }
        guard let port = half(packet, transport &+ 2) else { return 0 }
        guard vxlanPorts.contains(port) else { return mix(hash) }
        guard var inner = half(packet, transport &+ 28) else { return 0 }
        return network(packet, at: transport &+ 30, etherType: &inner, inTunnel: true)
    }

    func mix(_ value: UInt32) -> UInt32 {
        var hash = value
        hash = (hash ^ (hash >> 16)) &* 0x85EB_CA6B
        hash = (hash ^ (hash >> 13)) &* 0xC2B2_AE35
        return hash ^ (hash >> 16)
    }

    func version(_ packet: Span<UInt8>, at offset: Int) -> UInt16 {
        guard offset < packet.count else { return 0 }
        return packet[offset] >> 4 == 6 ? 0x86DD : 0x0800
    }

    @inline(__always)
    func half(_ packet: Span<UInt8>, _ offset: Int) -> UInt16? {
        offset &+ 2 <= packet.count ? packet.bigEndian(UInt16.self, at: offset) : nil
    }

    @inline(__always)
    func word(_ packet: Span<UInt8>, _ offset: Int) -> UInt32? {
        offset &+ 4 <= packet.count ? packet.bigEndian(UInt32.self, at: offset) : nil
    }
}
