// Link layers of the past that captures still hold.

import Bytes

extension LayerCursor {
    /// Token ring: access 1, control 1, destination 6, source 6; a source route if its top bit is
    /// set.
    mutating func readTokenRing(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(15) else { return short(15) }
        guard bytes[offset + 1] >> 6 == 1 else { return .otherLinkPayload }
        let route = bytes[offset + 8] & 0x80 != 0 ? Int(bytes[offset + 14] & 0x1F) : 0
        return advance(14 + route, to: .llc, checked: true)
    }

    /// ARCnet: addresses (Linux adds 2 bytes of offset), type 1; RFC 1201 adds flag 1, sequence 2,
    /// or seven bytes when the flag is FF. Split packets are not put together.
    mutating func readARCnet(_ bytes: Span<UInt8>, addressLength: Int) -> PacketFate? {
        guard has(addressLength + 2) else { return short(addressLength + 2) }
        let number = bytes[offset + addressLength]
        let flag = bytes[offset + addressLength + 1]
        let newLength = addressLength + (flag == 0xFF && addressLength == 2 ? 8 : 4)
        switch number {
        case 240: return advance(addressLength + 1, to: .ipv4)  // RFC 1051
        case 241, 213: return .arp
        case 212, 196:
            guard flag == 0 || flag == 0xFF else { return .otherLinkPayload }
            return advance(newLength, to: .ip, checked: true)
        default: return .otherEtherType
        }
    }

    /// ATM, RFC 2684: LLC (routed, or bridged behind two bytes of padding), or IP at once.
    mutating func readATM(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(8) else { return short(8) }
        switch bytes.bigEndian(UInt32.self, at: offset) >> 8 {
        case 0xAAAA03:
            let number = bytes.bigEndian(UInt16.self, at: offset + 6)
            let organisation = bytes.bigEndian(UInt32.self, at: offset + 2) & 0xFF_FFFF
            if organisation == 0x0080C2, number == 1 || number == 7 {
                return advance(10, to: .ethernet, checked: true)
            }
            return advance(0, to: .llc)
        case 0xFEFE03: return advance(0, to: .llc)
        default: return looksLikeIP(bytes, at: offset) ? advance(0, to: .ip) : .otherLinkPayload
        }
    }

    /// SunATM: flags 1 (low nibble: what is carried), path 1, channel 2.
    mutating func readSunATM(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(6) else { return short(6) }
        switch bytes[offset] & 0x0F {
        case 1:  // LAN emulation: client 2, then Ethernet; FF00 is control
            if bytes.bigEndian(UInt16.self, at: offset + 4) == 0xFF00 { return .otherLinkPayload }
            return advance(6, to: .ethernet)
        case 2:
            offset += 4
            return readATM(bytes)
        default: return .otherLinkPayload
        }
    }

    /// Juniper: "MGC" 3, flags 1, extensions when flagged, then a cookie of the card.
    mutating func readJuniper(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(6) else { return short(6) }
        let word = bytes.bigEndian(UInt32.self, at: offset)
        guard word >> 8 == 0x4D4743 else { return .malformed }
        var length = 4
        if word & 0x80 != 0 { length += 2 + Int(bytes.bigEndian(UInt16.self, at: offset + 4)) }
        if LinkType(type) == .juniperEthernet {
            return advance(length, to: .ethernet, checked: true)
        }
        // The cookie has 4 bytes on ATM1 and 8 on ATM2; behind it LLC, NLPID or IP.
        length += LinkType(type) == .juniperATM1 ? 4 : 8
        guard has(length + 4) else { return short(length + 4) }
        offset += length
        if looksLikeIP(bytes, at: offset) { return advance(0, to: .ip) }
        if looksLikeEthernet(bytes, at: offset) { return advance(0, to: .ethernet) }
        return bytes[offset] == 3 && bytes[offset + 1] == 0xCC
            ? advance(2, to: .ipv4) : readATM(bytes)
    }

    /// Endace: timestamp 8, type 1, flags 1, lengths 4, colour 2, extensions of 8, then the frame.
    mutating func readERF(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(16) else { return short(16) }
        let number = bytes[offset + 8]
        offset += 16
        var hasMore = number & 0x80 != 0
        while hasMore {
            guard has(8) else { return short(8) }
            hasMore = bytes[offset] & 0x80 != 0
            offset += 8
        }
        switch number & 0x7F {
        case 2, 11, 16, 20: return advance(2, to: .ethernet, checked: true)
        case 1, 10, 15: return readSerial(bytes)
        case 22: return advance(0, to: .ipv4)
        case 23: return advance(0, to: .ipv6)
        default: return .otherLinkPayload
        }
    }
}
