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
