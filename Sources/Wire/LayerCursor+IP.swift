// IPv4 (RFC 791), IPv6 (RFC 8200) and what they carry. The IP length bounds all that follows:
// Ethernet padding is behind it, and what the capture lacks of it is missing, not absent.

import Bytes

extension LayerCursor {
    /// IPv4: 20 bytes and options. A total length of 0 is a super-frame that the card had yet to
    /// cut.
    @inline(__always)
    mutating func readIPv4(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(20) else { return short(20) }
        // Few wide loads from bytes of known length: their bounds are checked once.
        let header = bytes.slice(offset, 20)
        let head = header.bigEndian(UInt64.self, at: 0)
        let addresses = header.bigEndian(UInt64.self, at: 12)
        let number = header[9]
        let headerLength = Int(truncatingIfNeeded: (head >> 56) & 15) &* 4
        guard head >> 60 == 4, headerLength >= 20 else { return .malformed }
        guard has(headerLength) else { return short(headerLength) }
        let totalLength = Int(truncatingIfNeeded: (head >> 32) & 0xFFFF)
        if totalLength != 0 {
            guard totalLength >= headerLength else { return .malformed }
            bound(totalLength)
        }
        depth &+= 1
        source = IPAddress(v4: UInt32(truncatingIfNeeded: addresses >> 32))
        destination = IPAddress(v4: UInt32(truncatingIfNeeded: addresses))
        type = UInt32(number)
        if head & 0x3FFF != 0 {
            fragmentIdentification = UInt32(truncatingIfNeeded: (head >> 16) & 0xFFFF)
            fragmentOffset = Int32(truncatingIfNeeded: head & 0x1FFF) &* 8
            isLastFragment = head & 0x2000 == 0
            return advance(headerLength, to: .fragment)
        }
        return advance(headerLength, to: LayerCursor.transport(number))
    }

    /// The layer of the protocols that most packets have.
    @inline(__always) static func transport(_ number: UInt8) -> Layer {
        number == 6 ? .tcp : number == 17 ? .udp : .ipProtocol
    }

    /// IPv6: 40 bytes; extension headers are read as protocols. A payload length of 0 is a
    /// jumbogram (RFC 2675) or a super-frame.
    mutating func readIPv6(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(40) else { return short(40) }
        guard bytes[offset] >> 4 == 6 else { return .malformed }
        depth += 1
        let header = bytes.slice(offset, 40)
        let payloadLength = Int(header.bigEndian(UInt16.self, at: 4))
        source = IPAddress(v6: header.bigEndian(UInt128.self, at: 8))
        destination = IPAddress(v6: header.bigEndian(UInt128.self, at: 24))
        let number = header[6]
        type = UInt32(number)
        if payloadLength != 0 { bound(payloadLength + 40) }
        return advance(40, to: LayerCursor.transport(number))
    }

    /// What the IP protocol in `type` says. Numbers: IANA.
    mutating func readIPProtocol(_ bytes: Span<UInt8>) -> PacketFate? {
        switch type {
        case 6: return advance(0, to: .tcp)
        case 17: return advance(0, to: .udp)
        case 1, 58: return .icmp
        case 132: return .sctp
        case 4: return enterInnerIP(.ipv4)
        case 41: return enterInnerIP(.ipv6)
        case 47: return advance(0, to: .gre)
        case 0, 43, 60, 135, 139, 140: return readExtensionHeader(bytes)
        case 44: return readFragmentHeader(bytes)
        case 51: return readAuthenticationHeader(bytes)
        case 97:  // EtherIP, RFC 3378
            guard has(2) else { return short(2) }
            note(.fabric)
            return advance(2, to: .ethernet)
        case 115: return readL2TPv3(bytes, offset + 4)
        case 137: return advance(0, to: .mpls)
        case 143: return advance(0, to: .ethernet)
        default: return .otherIPProtocol
        }
    }

    mutating func enterInnerIP(_ next: Layer) -> PacketFate? {
        note(.ipInIP)
        return advance(0, to: next)
    }

    /// Next header 1, length 1 in 8-byte words less one. RFC 8200 §4.
    mutating func readExtensionHeader(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(8) else { return short(8) }
        let length = (Int(bytes[offset + 1]) + 1) * 8
        guard has(length) else { return short(length) }
        if type == 43 { readRouting(bytes, length) }
        type = UInt32(bytes[offset])
        return advance(length, to: .ipProtocol)
    }

    /// While segments are left, the IP header names the next hop; the final one is in the list.
    /// RFC 8200 §4.4 (types 0 and 2: last entry), RFC 8754 §2 (type 4: first entry).
    mutating func readRouting(_ bytes: Span<UInt8>, _ length: Int) {
        let addressCount = (length - 8) / 16
        guard bytes[offset + 3] > 0, addressCount > 0 else { return }
        switch bytes[offset + 2] {
        case 0, 2:
            let last = offset + 8 + (addressCount - 1) * 16
            destination = IPAddress(v6: bytes.bigEndian(UInt128.self, at: last))
        case 4: destination = IPAddress(v6: bytes.bigEndian(UInt128.self, at: offset + 8))
        default: return
        }
    }

    /// Next header 1, reserved 1, offset and more flag 2, identification 4. RFC 8200 §4.5.
    mutating func readFragmentHeader(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(8) else { return short(8) }
        let field = bytes.bigEndian(UInt16.self, at: offset + 2)
        type = UInt32(bytes[offset])
        // An atomic fragment is a whole datagram. RFC 6946.
        if field & 0xFFF9 == 0 { return advance(8, to: .ipProtocol) }
        fragmentIdentification = bytes.bigEndian(UInt32.self, at: offset + 4)
        fragmentOffset = Int32(field & 0xFFF8)
        isLastFragment = field & 1 == 0
        return advance(8, to: .fragment)
    }

    /// Next header 1, length 1 in 4-byte words less two. RFC 4302 §2.
    mutating func readAuthenticationHeader(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(12) else { return short(12) }
        let length = (Int(bytes[offset + 1]) + 2) * 4
        guard length >= 12 else { return .malformed }
        guard has(length) else { return short(length) }
        type = UInt32(bytes[offset])
        return advance(length, to: .ipProtocol)
    }

    /// TCP: 20 bytes and options; the payload is what the IP length leaves. RFC 9293 §3.1.
    @inline(__always)
    mutating func readTCP(_ bytes: Span<UInt8>) -> PacketFate {
        guard has(20) else { return short(20) }
        let header = bytes.slice(offset, 20)
        let first = header.bigEndian(UInt64.self, at: 0)
        let second = header.bigEndian(UInt64.self, at: 8)
        let headerLength = Int(truncatingIfNeeded: (second >> 28) & 15) &* 4
        guard headerLength >= 20, headerLength <= promised &- offset else { return .malformed }
        sourcePort = UInt16(truncatingIfNeeded: first >> 48)
        destinationPort = UInt16(truncatingIfNeeded: first >> 32)
        sequence = UInt32(truncatingIfNeeded: first)
        acknowledgement = UInt32(truncatingIfNeeded: second >> 32)
        flags = UInt8(truncatingIfNeeded: second >> 16)
        offset &+= headerLength
        // The capture may end among the options: nothing of the payload is there then.
        promised &-= max(0, offset &- end)
        offset = min(offset, end)
        return .tcp
    }
}
