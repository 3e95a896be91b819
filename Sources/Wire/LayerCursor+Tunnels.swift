// Tunnels over UDP. A message of theirs that carries no packet is UDP and nothing more.

import Bytes

extension LayerCursor {
    /// VXLAN behind its UDP header: flags 1, reserved 2, next protocol 1, VNI 3, reserved 1.
    ///
    /// The caller has checked the length and the I flag. Reserved bits are tolerated; with the P
    /// flag of VXLAN-GPE the next protocol is believed where it is one.
    @inline(__always)
    mutating func readVXLAN(_ bytes: Span<UInt8>) -> PacketFate? {
        note(.vxlan)
        vni = bytes.bigEndian(UInt32.self, at: offset &+ 4) >> 8
        let number = bytes[offset &+ 3]
        if bytes[offset] & 0x04 != 0, number >= 1, number <= 5 {
            return advanceNextProtocol(number, 8)
        }
        return advance(8, to: .ethernet)
    }

    /// GENEVE: version 2 bits, option words 6, flags 8, EtherType 2, VNI 3. RFC 8926 §3.4.
    mutating func readGENEVE(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(8) else { return short(8) }
        let length = 8 + Int(bytes[offset] & 0x3F) * 4
        guard bytes[offset] >> 6 == 0 else { return .udp }
        // The O flag marks a control message, which is not to be forwarded.
        if bytes[offset + 1] & 0x80 != 0 { return .udp }
        guard has(length) else { return short(length) }
        note(.geneve)
        vni = bytes.bigEndian(UInt32.self, at: offset + 4) >> 8
        return advance(length, etherType: bytes.bigEndian(UInt16.self, at: offset + 2))
    }

    /// Whether the UDP payload is a GTP-U packet that carries IP, by its lengths. Any port will do.
    func looksLikeGTP(_ bytes: Span<UInt8>) -> Bool {
        guard has(28), bytes[offset] & 0xF0 == 0x30, bytes[offset + 1] == 0xFF else { return false }
        return Int(bytes.bigEndian(UInt16.self, at: offset + 2)) == promised - offset - 8
    }

    /// GTP-U version 1: flags 1, type 1, length 2, tunnel 4, then sequence 2, number 1 and next
    /// extension 1 if any flag is set. TS 29.281 §5.1, §5.2.1.
    mutating func readGTP(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(8) else { return .udp }
        let flags = bytes[offset]
        guard flags & 0xF0 == 0x30, bytes[offset + 1] == 0xFF else { return .udp }
        note(.gtp)
        guard flags & 7 != 0 else { return advance(8, to: .ip) }
        guard has(12) else { return short(12) }
        var extensionType = flags & 4 != 0 ? bytes[offset + 11] : 0
        offset += 12
        while extensionType != 0 {
            guard has(4) else { return short(4) }
            let length = Int(bytes[offset]) * 4
            guard length > 0 else { return .malformed }
            guard has(length) else { return short(length) }
            extensionType = bytes[offset + length - 1]
            offset += length
        }
        return advance(0, to: .ip)
    }

    /// Teredo: authentication and origin indication may come before the IPv6 packet. RFC 4380
    /// §5.1.1.
    mutating func readTeredo(_ bytes: Span<UInt8>) -> PacketFate? {
        var position = offset
        while end - position >= 8 {
            switch bytes.bigEndian(UInt16.self, at: position) {
            case 0: position += 8
            case 1: position += 13 + Int(bytes[position + 2]) + Int(bytes[position + 3])
            default:
                guard bytes[position] >> 4 == 6, looksLikeIP(bytes, at: position) else {
                    return .udp
                }
                note(.teredo)
                return advance(position - offset, to: .ipv6)
            }
        }
        return .udp
    }
}
