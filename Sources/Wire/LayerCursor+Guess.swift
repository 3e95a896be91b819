// What the bytes look like, where no header says what they are.

import Bytes

extension LayerCursor {
    /// Whether an IP header with a length that fits is at `start`.
    func looksLikeIP(_ bytes: Span<UInt8>, at start: Int) -> Bool {
        guard end - start >= 20 else { return false }
        let available = promised - start
        switch bytes[start] >> 4 {
        case 4:
            let header = Int(bytes[start] & 15) * 4
            let total = Int(bytes.bigEndian(UInt16.self, at: start + 2))
            return header >= 20 && total >= header && total <= available
        case 6:
            let payload = Int(bytes.bigEndian(UInt16.self, at: start + 4))
            return available >= 40 && payload <= available - 40
        default: return false
        }
    }

    /// Where Linux, and what is built on it, sends VXLAN unless told otherwise.
    @usableFromInline static let linuxVXLANPort: UInt16 = 8472

    /// Whether a UDP payload on a port that is not listed is VXLAN: only the I flag set, all that
    /// is reserved 0, and a frame with an IP packet whose lengths fit (RFC 7348 §5).
    @inline(__always)
    func looksLikeVXLAN(_ bytes: Span<UInt8>) -> Bool {
        guard has(42), bytes[offset] == 8 else { return false }
        return bytes.bigEndian(UInt32.self, at: offset) == 0x0800_0000
            && bytes[offset &+ 7] == 0 && looksLikeFrameWithIP(bytes, at: offset &+ 8)
    }

    func looksLikeFrameWithIP(_ bytes: Span<UInt8>, at start: Int) -> Bool {
        var position = start + 12
        while position + 6 <= end {
            switch bytes.bigEndian(UInt16.self, at: position) {
            case 0x8100, 0x88A8: position += 4
            case 0x0800: return looksLikeIP(bytes, at: position + 2) && bytes[position + 2] < 0x50
            case 0x86DD: return looksLikeIP(bytes, at: position + 2) && bytes[position + 2] > 0x5F
            default: return false
            }
        }
        return false
    }

    /// Whether the UDP payload is an IPv6 packet of a Teredo client, which is sent from any port to
    /// any port once two of them know each other: an address in 2001::/32, and the length is the
    /// datagram's. RFC 4380 §2.6, §5.2.3.
    func looksLikeTeredo(_ bytes: Span<UInt8>) -> Bool {
        guard has(40), bytes[offset] >> 4 == 6 else { return false }
        let isWhole = Int(bytes.bigEndian(UInt16.self, at: offset + 4)) == promised - offset - 40
        return isWhole
            && (bytes.bigEndian(UInt32.self, at: offset + 8) == 0x2001_0000
                || bytes.bigEndian(UInt32.self, at: offset + 24) == 0x2001_0000)
    }

    /// Whether an Ethernet header with a likely EtherType is at `start`.
    func looksLikeEthernet(_ bytes: Span<UInt8>, at start: Int) -> Bool {
        guard end - start >= 14 else { return false }
        switch bytes.bigEndian(UInt16.self, at: start + 12) {
        case 0x0800, 0x86DD, 0x8100, 0x88A8, 0x0806, 0x8847, 0x8864: return true
        default: return false
        }
    }

    /// IPv4 or IPv6, by the first nibble.
    mutating func readIP(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(1) else { return short(1) }
        switch bytes[offset] >> 4 {
        case 4: return advance(0, to: .ipv4)
        case 6: return advance(0, to: .ipv6)
        default: return .malformed
        }
    }
}
