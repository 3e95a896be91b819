// 802.11 data frames, and the headers that capture cards put before them.

import Bytes

extension LayerCursor {
    /// 802.11: frame control 2, duration 2, addresses 18, sequence 2, then what the flags announce.
    ///
    /// Encrypted frames and fragments are link payload; of an aggregate (A-MSDU) only the first
    /// frame is read. IEEE 802.11-2016 §9.2.
    mutating func readWLAN(_ bytes: Span<UInt8>, padsHeader: Bool = false) -> PacketFate? {
        guard has(2) else { return short(2) }
        let control = bytes[offset]
        let flags = bytes[offset + 1]
        // Version 0, type 2 (data), and not one of the subtypes without data.
        guard control & 0x0F == 0x08, control & 0x40 == 0 else { return .otherLinkPayload }
        note(.wlan)
        let hasQoS = control & 0x80 != 0
        var length = 24
        if flags & 3 == 3 { length += 6 }
        let qosOffset = length
        if hasQoS { length += flags & 0x80 != 0 ? 6 : 2 }
        if padsHeader { length = (length + 3) & ~3 }
        guard has(length) else { return short(length) }
        // Protected, more fragments, or a fragment number.
        guard flags & 0x44 == 0, bytes[offset + 22] & 0x0F == 0 else { return .otherLinkPayload }
        let isAggregate = hasQoS && bytes[offset + qosOffset] & 0x80 != 0
        depth += 1
        vlan = LayerCursor.none
        return advance(isAggregate ? length + 14 : length, to: .llc, checked: true)
    }

    /// Passes a header of which the end may not be at hand yet.
    mutating func advance(_ byteCount: Int, to next: Layer, checked: Bool) -> PacketFate? {
        guard has(byteCount) else { return short(byteCount) }
        return advance(byteCount, to: next)
    }

    /// Radiotap: version 1, pad 1, length 2, present words, fields. Its flags say whether the
    /// 802.11 header is padded to 4 bytes. radiotap.org.
    mutating func readRadiotap(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(8) else { return short(8) }
        let length = Int(bytes.littleEndian(UInt16.self, at: offset + 2))
        guard length >= 8 else { return .malformed }
        guard has(length) else { return short(length) }
        let start = offset
        let present = bytes.littleEndian(UInt32.self, at: start + 4)
        var field = 8
        var word = present
        while word & 0x8000_0000 != 0, field + 4 <= length {
            word = bytes.littleEndian(UInt32.self, at: start + field)
            field += 4
        }
        // Field 0 is an 8-byte clock, aligned; field 1 is the flags.
        if present & 1 != 0 { field = (field + 7) & ~7 + 8 }
        let padsHeader = present & 2 != 0 && field < length && bytes[start + field] & 0x20 != 0
        offset += length
        return readWLAN(bytes, padsHeader: padsHeader)
    }

    /// Prism: message 4, length 4 in the card's byte order; some drivers write AVS under this
    /// number.
    mutating func readPrism(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(8) else { return short(8) }
        let isAVS = bytes.bigEndian(UInt32.self, at: offset) & 0xFFFF_F000 == 0x8021_1000
        let big = Int(bytes.bigEndian(UInt32.self, at: offset + 4))
        let little = Int(bytes.littleEndian(UInt32.self, at: offset + 4))
        let length = isAVS || big < little ? big : little
        guard length >= 8 else { return .malformed }
        return advance(length, to: .wlan, checked: true)
    }

    /// Per-packet information: version 1, flags 1, length 2, inner link type 4.
    mutating func readPPI(_ bytes: Span<UInt8>) -> PacketFate? {
        guard has(8) else { return short(8) }
        let length = Int(bytes.littleEndian(UInt16.self, at: offset + 2))
        guard length >= 8 else { return .malformed }
        type = bytes.littleEndian(UInt32.self, at: offset + 4)
        return advance(length, to: .link, checked: true)
    }
}
