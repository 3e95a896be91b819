// Rarer tunnels over UDP: L2TP (RFC 2661, 3931), AYIYA, LISP (RFC 9300), TZSP. A message of theirs
// that carries no packet is UDP and nothing more.

import Bytes

extension LayerCursor {
    /// L2TP over UDP: flags and version 2, then what the flags announce, then PPP. RFC 2661 §3.1.
    mutating func readL2TP(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(8) else { return .udp }
        let flags = bytes.bigEndian(UInt16.self, at: offset)
        guard flags & 0x8000 == 0 else { return .udp }  // control message
        if flags & 0x000F == 3 { return readL2TPv3(bytes, offset + 8) }
        guard flags & 0x000F == 2 else { return .udp }
        var length = flags & 0x4000 != 0 ? 8 : 6
        if flags & 0x0800 != 0 { length += 4 }
        if flags & 0x0200 != 0 {
            guard has(length + 2) else { return short(length + 2) }
            length += 2 + Int(bytes.bigEndian(UInt16.self, at: offset + length))
        }
        guard has(length + 1) else { return short(length + 1) }
        note(.l2tp)
        return advance(length, to: .ppp)
    }

    /// L2TPv3 data: the session decides about a cookie of 0, 4 or 8 bytes, a sublayer of 4 and what
    /// is carried (RFC 3931 §4.1), and was agreed on elsewhere: the first that looks right is
    /// taken.
    mutating func readL2TPv3(_ bytes: Span<UInt8>, _ start: Int) -> PacketFate? {
        for gap in 0...3 {
            let position = start + gap * 4
            guard position + 14 <= end else { break }
            if looksLikeEthernet(bytes, at: position) {
                note(.l2tp)
                return advance(position - offset, to: .ethernet)
            }
            if bytes.bigEndian(UInt32.self, at: position) >> 8 == 0xFF0300 {
                note(.l2tp)
                return advance(position - offset, to: .ppp)
            }
            if looksLikeIP(bytes, at: position) {
                note(.l2tp)
                return advance(position - offset, to: .ip)
            }
        }
        return .otherIPProtocol
    }

    /// AYIYA: lengths of identity and signature, operation, next header. draft-massar-v6ops-ayiya
    /// §3.
    mutating func readAYIYA(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(8) else { return .udp }
        let identity = 1 << Int(bytes[offset] >> 4)
        let length = 8 + identity + Int(bytes[offset + 1] >> 4) * 4
        guard bytes[offset + 2] & 0x0F == 1 else { return .udp }  // forward
        guard has(length + 1) else { return short(length + 1) }
        note(.ayiya)
        type = UInt32(bytes[offset + 3])
        return advance(length, to: .ipProtocol)
    }

    /// LISP data: flags and nonce 4, locator bits or instance 4, then IP. RFC 9300 §5.1.
    mutating func readLISP(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(8) else { return short(8) }
        guard looksLikeIP(bytes, at: offset + 8) else { return .udp }
        note(.ipInIP)
        return advance(8, to: .ip)
    }

    /// TZSP, with which access points and routers send mirrored frames: version 1, type 1, protocol
    /// 2, then tagged fields up to the end tag.
    mutating func readTZSP(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(5) else { return short(5) }
        // Version 1; a packet received, or one to transmit; Ethernet inside.
        guard bytes[offset] == 1, bytes[offset + 1] <= 1,
            bytes.bigEndian(UInt16.self, at: offset + 2) == 1
        else { return .udp }
        var position = offset + 4
        while position < end {
            switch bytes[position] {
            case 0: position += 1
            case 1:
                note(.fabric)
                return advance(position + 1 - offset, to: .ethernet)
            default:
                guard position + 1 < end else { return .udp }
                position += 2 + Int(bytes[position + 1])
            }
        }
        return .udp
    }
}
