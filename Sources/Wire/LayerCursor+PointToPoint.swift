// PPP and its relatives: two ends, no addresses worth keeping.

import Bytes

extension LayerCursor {
    /// PPPoE session: version and type 1, code 1, session 2, length 2, then PPP. RFC 2516 §4.
    mutating func readPPPoE(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(6) else { return short(6) }
        note(.pppoe)
        guard bytes[offset + 1] == 0 else { return .otherLinkPayload }
        // The sender's own length: what is behind it is padding, even where the IP length covers
        // it.
        let length = Int(bytes.bigEndian(UInt16.self, at: offset + 4))
        if length != 0 {
            ceiling = min(ceiling, offset + 6 + length)
            bound(6 + length)
        }
        return advance(6, to: .ppp)
    }

    /// PPP: FF 03 unless compressed away, protocol 2, or 1 when its low bit is set. RFC 1661 §2.
    mutating func readPPP(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(2) else { return short(2) }
        note(.ppp)
        if bytes[offset] == 0xFF, bytes[offset + 1] == 3 { offset += 2 }
        guard has(1) else { return short(1) }
        if bytes[offset] & 1 == 1 { return readPPPPayload(bytes, UInt16(bytes[offset]), 1) }
        guard has(2) else { return short(2) }
        return readPPPPayload(bytes, bytes.bigEndian(UInt16.self, at: offset), 2)
    }

    mutating func readPPPPayload(
        _ bytes: Span<UInt8>, _ number: UInt16, _ length: Int
    ) -> PacketFate? {
        switch number {
        case 0x0021: return advance(length, to: .ipv4)
        case 0x0057: return advance(length, to: .ipv6)
        case 0x0281, 0x0283: return advance(length, to: .mpls)
        case 0x0031:  // bridging, RFC 3518 §4.2: flags 1, MAC type 1
            guard has(length + 2) else { return short(length + 2) }
            guard bytes[offset + length + 1] == 1 else { return .otherLinkPayload }
            return advance(length + 2, to: .ethernet)
        case 0x003D:  // multilink, RFC 1990 §3: only a fragment that is the whole packet
            guard has(length + 4) else { return short(length + 4) }
            guard bytes[offset + length] & 0xC0 == 0xC0 else { return .otherLinkPayload }
            return advance(length + 4, to: .ppp)
        default: return .otherLinkPayload
        }
    }

    /// PPP in HDLC framing, unless the address is one of Cisco HDLC's.
    mutating func readSerial(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(1) else { return short(1) }
        let isCisco = bytes[offset] == 0x0F || bytes[offset] == 0x8F
        return advance(0, to: isCisco ? .ciscoHDLC : .ppp)
    }

    /// Cisco HDLC: address 1, control 1, EtherType 2; FE FE 03 is OSI's.
    mutating func readCiscoHDLC(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(4) else { return short(4) }
        let number = bytes.bigEndian(UInt16.self, at: offset + 2)
        if number == 0xFEFE { return advance(4, to: .llc) }
        // SLARP has ARP's reverse number.
        return number == 0x8035 ? .otherLinkPayload : advance(4, etherType: number)
    }

    /// Frame Relay: an address of 2 to 4 bytes, then 03 and NLPID (RFC 2427), or Cisco's EtherType.
    mutating func readFrameRelay(_ bytes: Span<UInt8>) -> PacketFate? {
        var length = 0
        repeat {
            length += 1
            guard length <= 4 else { return .malformed }
            guard has(length) else { return short(length) }
        } while bytes[offset + length - 1] & 1 == 0
        guard has(length + 2) else { return short(length + 2) }
        offset += length
        guard bytes[offset] == 3 else {
            return advance(2, etherType: bytes.bigEndian(UInt16.self, at: offset))
        }
        // A byte of padding may follow the control byte.
        let start = bytes[offset + 1] == 0 ? 2 : 1
        guard has(start + 1) else { return short(start + 1) }
        offset += start
        switch bytes[offset] {
        case 0xCC: return advance(1, to: .ipv4)
        case 0x8E: return advance(1, to: .ipv6)
        case 0xCF: return advance(1, to: .ppp)
        case 0x80: return readFrameRelaySNAP(bytes)
        default: return .otherLinkPayload
        }
    }

    /// SNAP behind NLPID 80: organisation 3, protocol 2.
    mutating func readFrameRelaySNAP(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(6) else { return short(6) }
        let number = bytes.bigEndian(UInt16.self, at: offset + 4)
        switch bytes.bigEndian(UInt32.self, at: offset) & 0xFF_FFFF {
        case 0: return advance(6, etherType: number)
        case 0x0080C2 where number == 1 || number == 7: return advance(6, to: .ethernet)
        default: return .otherLinkPayload
        }
    }

    /// SLIP: most writers put 16 bytes before the packet (direction, then the compressed header).
    mutating func readSLIP(_ bytes: Span<UInt8>) -> PacketFate? {
        if looksLikeIP(bytes, at: offset + 16) { return advance(16, to: .ip) }
        if looksLikeIP(bytes, at: offset) { return advance(0, to: .ip) }
        guard has(16) else { return short(16) }
        return advance(16, to: .ip)
    }
}
