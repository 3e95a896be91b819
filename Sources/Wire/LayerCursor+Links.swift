// What a link type begins with: the first header of a packet. Formats: tcpdump.org/linktypes.html.

import Bytes

extension LayerCursor {
    /// What the link type in `type` says.
    mutating func readLink(_ bytes: Span<UInt8>) -> PacketFate? {
        switch LinkType(type) {
        case .ethernet: return advance(0, to: .ethernet)
        case .raw, .rawDLT, .rawOpenBSD: return advance(0, to: .ip)
        case .ipv4: return advance(0, to: .ipv4)
        case .ipv6: return advance(0, to: .ipv6)
        case .null, .loop: return readLoopback(bytes)
        case .enc: return readEnc(bytes)
        case .linuxCooked: return readLinuxCooked(bytes)
        case .linuxCooked2: return readLinuxCooked2(bytes)
        case .ppp, .pppHDLC: return readSerial(bytes)
        case .pppEthernet: return readPPPoE(bytes)
        case .pppWithDirection: return advance(1, to: .ppp, checked: true)
        case .pppPPPD: return advance(2, to: .ppp, checked: true)
        case .ciscoHDLC: return advance(0, to: .ciscoHDLC)
        case .ciscoHDLCWithDirection: return advance(1, to: .ciscoHDLC, checked: true)
        case .frameRelay: return advance(0, to: .frameRelay)
        case .frameRelayWithDirection: return advance(1, to: .frameRelay, checked: true)
        case .slip: return readSLIP(bytes)
        case .wlan: return advance(0, to: .wlan)
        case .wlanRadiotap: return advance(0, to: .radiotap)
        case .wlanPrism, .wlanAVS: return readPrism(bytes)
        case .mpls: return advance(0, to: .mpls)
        default: return readOtherLink(bytes)
        }
    }

    mutating func readOtherLink(_ bytes: Span<UInt8>) -> PacketFate? {
        switch LinkType(type) {
        case .ppi: return readPPI(bytes)
        case .pktap: return readPktap(bytes)
        case .nflog: return readNFLOG(bytes)
        case .fddi: return advance(13, to: .llc, checked: true)
        case .tokenRing: return readTokenRing(bytes)
        case .arcnet: return readARCnet(bytes, addressLength: 2)
        case .arcnetLinux: return readARCnet(bytes, addressLength: 4)
        case .atmRFC1483, .atmClassicalIP: return readATM(bytes)
        case .sunATM: return readSunATM(bytes)
        case .juniperATM1, .juniperATM2, .juniperEthernet: return readJuniper(bytes)
        case .ipOverIEEE1394:
            guard has(18) else { return short(18) }
            return advance(18, etherType: bytes.bigEndian(UInt16.self, at: offset + 16))
        case .erf: return readERF(bytes)
        case .netAnalyzer: return advance(4, to: .ethernet, checked: true)
        case .netAnalyzerTransparent: return advance(12, to: .ethernet, checked: true)
        case .ethernetMPacket: return advance(8, to: .ethernet, checked: true)
        default: return .unknownLinkType
        }
    }

    /// BSD loopback: an address family in the byte order of who wrote it, which differ by system.
    mutating func readLoopback(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(4) else { return short(4) }
        // PPP was once captured under this number.
        if bytes.bigEndian(UInt16.self, at: offset) == 0xFF03 { return advance(0, to: .ppp) }
        let big = bytes.bigEndian(UInt32.self, at: offset)
        let little = bytes.littleEndian(UInt32.self, at: offset)
        return readFamily(min(big, little), 4)
    }

    /// Address families: 2 everywhere; 10 Linux, 23 Windows, 24, 28 and 30 the BSDs.
    mutating func readFamily(_ family: UInt32, _ length: Int) -> PacketFate? {
        switch family {
        case 2: return advance(length, to: .ipv4)
        case 10, 23, 24, 28, 30: return advance(length, to: .ipv6)
        case 0x0600...0xFFFF: return advance(length, etherType: UInt16(family))
        default: return .otherLinkPayload
        }
    }

    /// OpenBSD enc: address family 4 in the writer's byte order, security parameters 4, flags 4.
    mutating func readEnc(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(12) else { return short(12) }
        let big = bytes.bigEndian(UInt32.self, at: offset)
        return readFamily(min(big, big.byteSwapped), 12)
    }

    /// Linux cooked: packet type 2, device type 2, address length 2, address 8, protocol 2.
    mutating func readLinuxCooked(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(16) else { return short(16) }
        let device = bytes.bigEndian(UInt16.self, at: offset + 2)
        return readCooked(bytes, 16, device, bytes.bigEndian(UInt16.self, at: offset + 14))
    }

    /// Version 2: protocol 2, reserved 2, interface 4, device type 2, packet type 1, address 1 + 8.
    mutating func readLinuxCooked2(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(20) else { return short(20) }
        let device = bytes.bigEndian(UInt16.self, at: offset + 8)
        return readCooked(bytes, 20, device, bytes.bigEndian(UInt16.self, at: offset))
    }

    mutating func readCooked(
        _ bytes: Span<UInt8>, _ length: Int, _ device: UInt16, _ number: UInt16
    ) -> PacketFate? {
        depth += 1
        switch (device, number) {
        case (824, _): return .otherLinkPayload  // netlink
        case (770, _): return advance(length, to: .frameRelay)
        case (801, _): return advance(length, to: .wlan)
        case (803, _): return advance(length, to: .radiotap)
        case (_, 0x0004): return advance(length, to: .llc)
        case (_, 0x0000...0x05FF): return .otherEtherType
        default: return advance(length, etherType: number)
        }
    }

    /// Netfilter log: family 1, version 1, resource 2, then attributes of length 2 and type 2 in
    /// the writer's byte order, padded to 4; type 9 is the packet.
    mutating func readNFLOG(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(4) else { return short(4) }
        let family = bytes[offset]
        offset += 4
        while has(4) {
            var length = Int(bytes.littleEndian(UInt16.self, at: offset))
            var number = bytes.littleEndian(UInt16.self, at: offset + 2)
            if number & 0xFF == 0, number != 0 {
                length = Int(bytes.bigEndian(UInt16.self, at: offset))
                number = number.byteSwapped
            }
            guard length >= 4 else { return .malformed }
            if number == 9 {
                bound(length)
                return readFamily(UInt32(family), 4)
            }
            let padded = (length + 3) & ~3
            guard has(padded) else { return short(padded) }
            offset += padded
        }
        return .otherLinkPayload
    }

    /// Apple pktap: header length 4, record type 4, inner link type 4, little-endian.
    mutating func readPktap(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(12) else { return short(12) }
        let length = bytes.littleEndian(UInt32.self, at: offset)
        guard length >= 12 else { return .malformed }
        guard bytes.littleEndian(UInt32.self, at: offset + 4) == 1 else { return .otherLinkPayload }
        type = bytes.littleEndian(UInt32.self, at: offset + 8)
        return advance(Int(length), to: .link, checked: true)
    }
}
