// The blocks that hold packets. draft-ietf-opsawg-pcapng §4.3, §4.4; the obsolete one: appendix A.

import Bytes

extension CaptureFileParser {
    /// Enhanced packet: interface 4, time 4+4, captured 4, original 4, bytes, options. §4.3.
    @inline(__always)
    mutating func readEnhancedPacket(_ bytes: Span<UInt8>, _ body: Range<Int>) -> CaptureRecord {
        guard body.count >= 20 else { return failure(.blockLength(UInt32(body.count + 12))) }
        return packet(
            bytes, body, interface: load(UInt32.self, bytes, body.lowerBound))
    }

    /// The obsolete packet block: interface 2, drops 2, then as in the enhanced one.
    mutating func readObsoletePacket(_ bytes: Span<UInt8>, _ body: Range<Int>) -> CaptureRecord {
        guard body.count >= 20 else { return failure(.blockLength(UInt32(body.count + 12))) }
        return packet(
            bytes, body, interface: UInt32(load(UInt16.self, bytes, body.lowerBound)))
    }

    @inline(__always)
    func packet(_ bytes: Span<UInt8>, _ body: Range<Int>, interface number: UInt32) -> CaptureRecord
    {
        let start = body.lowerBound
        guard Int(number) < interfaces.count else { return failure(.undefinedInterface(number)) }
        let captured = load(UInt32.self, bytes, start + 12)
        guard captured <= body.count - 20 else { return failure(.tooLong(captured)) }
        let high = UInt64(load(UInt32.self, bytes, start + 4))
        let low = UInt64(load(UInt32.self, bytes, start + 8))
        let interface = interfaces[Int(number)]
        return .packet(
            CapturedPacket(
                dataOffset: start + 20, capturedByteCount: Int(captured),
                originalByteCount: Int(max(load(UInt32.self, bytes, start + 16), captured)),
                timestamp: interface.unit.timestamp(high << 32 | low),
                linkType: interface.linkType, interface: number, nextOffset: body.upperBound + 4))
    }

    /// Simple packet: original 4, bytes; cut at the first interface's snaplen, without a time.
    /// §4.4.
    func readSimplePacket(_ bytes: Span<UInt8>, _ body: Range<Int>) -> CaptureRecord {
        guard body.count >= 4 else { return failure(.blockLength(UInt32(body.count + 12))) }
        guard let interface = interfaces.first else { return failure(.undefinedInterface(0)) }
        let original = Int(load(UInt32.self, bytes, body.lowerBound))
        var captured = min(original, body.count - 4)
        if interface.snaplen > 0 { captured = min(captured, Int(interface.snaplen)) }
        return .packet(
            CapturedPacket(
                dataOffset: body.lowerBound + 4, capturedByteCount: captured,
                originalByteCount: original, timestamp: lastTimestamp,
                linkType: interface.linkType, interface: 0, nextOffset: body.upperBound + 4))
    }
}
