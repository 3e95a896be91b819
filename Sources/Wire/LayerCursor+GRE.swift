// GRE (RFC 2784, 2890, 1701 routing), its PPTP variant (RFC 2637) and the mirrors that ride on it.

import Bytes

extension LayerCursor {
    /// GRE: flags and version 2, protocol 2, then what the flags announce.
    mutating func readGRE(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(4) else { return short(4) }
        let flags = bytes.bigEndian(UInt16.self, at: offset)
        let number = bytes.bigEndian(UInt16.self, at: offset + 2)
        note(.gre)
        if flags & 7 == 1 { return readPPTP(bytes, flags, number) }
        guard flags & 7 == 0 else { return .malformed }
        let hasRouting = flags & 0x4000 != 0
        let hasSequence = flags & 0x1000 != 0
        var length = 4
        if flags & 0x8000 != 0 || hasRouting { length += 4 }
        if flags & 0x2000 != 0 { length += 4 }
        if hasSequence { length += 4 }
        guard has(length) else { return short(length) }
        offset += length
        if hasRouting, let fate = passSourceRoutes(bytes) { return fate }
        switch number {
        case 0x88BE where !hasSequence:  // ERSPAN I has no header of its own
            note(.erspan)
            return advance(0, to: .ethernet)
        case 0x883E: return readWCCP(bytes)
        case 0: return .otherIPProtocol  // keep-alive
        default: return advance(0, etherType: number)
        }
    }

    /// Source route entries: family 2, offset 1, length 1; a length of 0 ends them. RFC 1701.
    mutating func passSourceRoutes(_ bytes: Span<UInt8>) -> PacketFate? {
        while true {
            guard has(4) else { return short(4) }
            let length = Int(bytes[offset + 3])
            offset += 4
            if length == 0 { return nil }
            guard has(length) else { return short(length) }
            offset += length
        }
    }

    /// PPTP: payload length 2, call 2, sequence 4 and acknowledgement 4 if flagged, then PPP.
    mutating func readPPTP(
        _ bytes: Span<UInt8>, _ flags: UInt16, _ number: UInt16
    ) -> PacketFate? {
        guard number == 0x880B, flags & 0x2000 != 0 else { return .malformed }
        guard flags & 0x1000 != 0 else { return .otherIPProtocol }  // acknowledgement only
        let length = flags & 0x0080 != 0 ? 16 : 12
        guard has(length) else { return short(length) }
        return advance(length, to: .ppp)
    }

    /// WCCP: version 2 has a 4-byte redirect header, whose first nibble is never 4.
    mutating func readWCCP(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(5) else { return short(5) }
        return advance(bytes[offset] >> 4 == 4 ? 0 : 4, to: .ipv4)
    }

    /// ERSPAN II: 8 bytes, then the mirrored frame.
    mutating func readERSPAN2(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(8) else { return short(8) }
        note(.erspan)
        return advance(8, to: .ethernet)
    }

    /// ERSPAN III: 12 bytes, 8 more with the O flag; a 5-bit frame type says what was mirrored.
    mutating func readERSPAN3(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(12) else { return short(12) }
        note(.erspan)
        let tail = bytes.bigEndian(UInt16.self, at: offset + 10)
        let length = tail & 1 != 0 ? 20 : 12
        guard has(length) else { return short(length) }
        switch tail >> 10 & 0x1F {
        case 0: return advance(length, to: .ethernet)
        case 2: return advance(length, to: .ip)
        default: return .otherIPProtocol
        }
    }

    /// Aruba access points send whole 802.11 frames under their own protocol numbers.
    mutating func readArubaWLAN(_ bytes: Span<UInt8>) -> PacketFate? {
        advance(0, to: .wlan)
    }
}
