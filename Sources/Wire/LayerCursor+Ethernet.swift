// Ethernet, its tags, and what EtherTypes announce. IEEE 802.3, 802.1Q; EtherTypes: IANA.

import Bytes

extension LayerCursor {
    /// Ethernet II: destination 6, source 6, EtherType 2; 802.3 has a length there.
    @inline(__always)
    mutating func readEthernet(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(14) else { return short(14) }
        depth &+= 1
        vlan = LayerCursor.none
        let etherType = bytes.bigEndian(UInt16.self, at: offset &+ 12)
        if etherType >= 0x0600 { return advance(14, etherType: etherType) }
        if isCiscoISL(bytes) {
            guard has(26) else { return short(26) }
            note(.vlan)
            return advance(26, to: .ethernet)
        }
        return advance(14, to: .llc)
    }

    /// Cisco's inter-switch link wraps a whole frame: 01-00-0c-00-00 or 0c-00-0c-00-00 comes first.
    @inline(__always) func isCiscoISL(_ bytes: Span<UInt8>) -> Bool {
        let head = bytes.bigEndian(UInt32.self, at: offset)
        return (head == 0x0100_0C00 || head == 0x0C00_0C00) && bytes[offset + 4] == 0
    }

    /// What the EtherType in `type` says.
    mutating func readEtherType(_ bytes: Span<UInt8>) -> PacketFate? {
        switch type {
        case 0x0800: return advance(0, to: .ipv4)
        case 0x86DD: return advance(0, to: .ipv6)
        case 0x8100, 0x88A8, 0x9100, 0x9200, 0x9300: return readVLANTag(bytes)
        case 0x0806, 0x8035: return .arp
        case 0x8847, 0x8848: return advance(0, to: .mpls)
        case 0x8864: return readPPPoE(bytes)
        case 0x880B: return advance(0, to: .ppp)
        case 0x6558: return advance(0, to: .ethernet)
        case 0x6559: return advance(0, to: .frameRelay)
        case 0x894F: return advance(0, to: .nsh)
        case 0x88BE: return readERSPAN2(bytes)
        case 0x22EB: return readERSPAN3(bytes)
        case 0x8870: return advance(0, to: .llc)
        case 0x8200...0x83FF: return readArubaWLAN(bytes)
        default: return readFabric(bytes)
        }
    }

    /// 802.1Q: priority 3, drop eligible 1, VLAN 12, then the next EtherType.
    mutating func readVLANTag(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(4) else { return short(4) }
        note(.vlan)
        let identifier = UInt32(bytes.bigEndian(UInt16.self, at: offset) & 0x0FFF)
        // Identifier 0 is a priority tag: no VLAN.
        if identifier != 0 {
            vlan = vlan == LayerCursor.none ? identifier : (vlan << 12 | identifier) & 0xFF_FFFF
        }
        let etherType = bytes.bigEndian(UInt16.self, at: offset + 2)
        return etherType >= 0x0600 ? advance(4, etherType: etherType) : advance(4, to: .llc)
    }

    /// Tags of switches that wrap a frame or stand between EtherTypes.
    mutating func readFabric(_ bytes: Span<UInt8>) -> PacketFate? {
        let length: Int
        let next: Layer
        switch type {
        case 0x88E7: (length, next) = (4, .ethernet)  // 802.1ah I-TAG
        case 0x8903: (length, next) = (2, .ethernet)  // FabricPath
        case 0x8926: (length, next) = (6, .etherType)  // VN-tag
        case 0x8909: (length, next) = (8, .etherType)  // Cisco metadata
        case 0x22F3:  // TRILL, RFC 6325 §3: options in 4-byte words
            guard has(6) else { return short(6) }
            let words = Int(bytes.bigEndian(UInt16.self, at: offset) >> 6 & 0x1F)
            (length, next) = (6 + words * 4, .ethernet)
        case 0x4305: return readBatman(bytes)
        default: return .otherEtherType
        }
        guard has(length) else { return short(length) }
        note(.fabric)
        guard next == .etherType else { return advance(length, to: next) }
        return advance(length, etherType: bytes.bigEndian(UInt16.self, at: offset + length - 2))
    }

    /// B.A.T.M.A.N. advanced: only packets that carry one whole frame.
    mutating func readBatman(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(2) else { return short(2) }
        let length: Int
        switch (bytes[offset], bytes[offset + 1]) {
        case (0x40, 15), (0x03, 14): length = 10  // unicast
        case (0x42, 15): length = 18  // unicast with source address
        case (0x01, 15), (0x04, 14): length = 14  // broadcast
        default: return .otherEtherType
        }
        guard has(length) else { return short(length) }
        note(.fabric)
        return advance(length, to: .ethernet)
    }

    /// 802.2 LLC: IP over SNAP, over SAP 6 or over OSI's NLPID. RFC 1042.
    mutating func readLLC(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(3) else { return short(3) }
        switch bytes.bigEndian(UInt16.self, at: offset) {
        case 0xAAAA:
            guard bytes[offset + 2] == 3 else { return .otherEtherType }
            return readSNAP(bytes)
        case 0x0606: return advance(3, to: .ipv4)
        case 0xFEFE:
            guard has(4) else { return short(4) }
            switch bytes[offset + 3] {
            case 0xCC: return advance(4, to: .ipv4)
            case 0x8E: return advance(4, to: .ipv6)
            default: return .otherEtherType
            }
        default: return .otherEtherType
        }
    }

    /// SNAP behind AA AA 03: organisation 3, protocol 2.
    mutating func readSNAP(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(8) else { return short(8) }
        let identifier = bytes.bigEndian(UInt16.self, at: offset + 6)
        switch bytes.bigEndian(UInt32.self, at: offset + 2) & 0xFF_FFFF {
        case 0, 0x0000F8: return advance(8, etherType: identifier)
        case 0x0080C2 where identifier == 1 || identifier == 7: return advance(8, to: .ethernet)
        default: return .otherEtherType
        }
    }

    /// MPLS: label 20, class 3, bottom 1, time to live 8. RFC 3032 §2.1. What is behind the bottom
    /// label is not said: IP, or a pseudo-wire's Ethernet with or without its control word (RFC
    /// 4385).
    mutating func readMPLS(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(5) else { return short(5) }
        note(.mpls)
        if bytes[offset + 2] & 1 == 0 { return advance(4, to: .mpls) }
        offset += 4
        let nibble = bytes[offset] >> 4
        if nibble == 0 {
            if looksLikeEthernet(bytes, at: offset + 4) { return advance(4, to: .ethernet) }
            return looksLikeEthernet(bytes, at: offset)
                ? advance(0, to: .ethernet) : .otherEtherType
        }
        let isIP = nibble == 4 || nibble == 6
        if isIP, looksLikeIP(bytes, at: offset) || !looksLikeEthernet(bytes, at: offset) {
            return advance(0, to: .ip)
        }
        return advance(0, to: .ethernet)
    }

    /// Network service header: length in 4-byte words, then what follows. RFC 8300 §2.2.
    mutating func readNSH(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(8) else { return short(8) }
        note(.nsh)
        let length = Int(bytes[offset + 1] & 0x3F) * 4
        guard length >= 8 else { return .malformed }
        guard has(length) else { return short(length) }
        return advanceNextProtocol(bytes[offset + 3], length)
    }

    /// Passes a header whose next protocol is numbered as in VXLAN-GPE and NSH.
    @inline(__always)
    mutating func advanceNextProtocol(_ number: UInt8, _ length: Int) -> PacketFate? {
        switch number {
        case 1: return advance(length, to: .ipv4)
        case 2: return advance(length, to: .ipv6)
        case 3: return advance(length, to: .ethernet)
        case 4: return advance(length, to: .nsh)
        case 5: return advance(length, to: .mpls)
        default: return .otherEtherType
        }
    }
}
