// snoop, version 2. RFC 1761.
//
//   file    "snoop" and zeros 8 · version 4 · datalink 4, all big-endian
//   record  original 4 · captured 4 · record 4 · drops 4 · seconds 4 · microseconds 4 · bytes · pad

import Bytes

extension CaptureFileParser {
    mutating func readSnoopHeader(_ bytes: Span<UInt8>, _ offset: Int) -> CaptureRecord {
        guard bytes.count - offset >= 16 else { return .needMore(byteCount: 16) }
        guard bytes.bigEndian(UInt64.self, at: offset) == 0x736E_6F6F_7000_0000 else {
            return failure(.unknownMagic(bytes.bigEndian(UInt32.self, at: offset)))
        }
        let version = bytes.bigEndian(UInt32.self, at: offset + 8)
        guard version == 2 else {
            return failure(.unsupportedVersion(major: UInt16(clamping: version), minor: 0))
        }
        let linkType: UInt32 =
            switch bytes.bigEndian(UInt32.self, at: offset + 12) {
            case 0, 4: 1  // IEEE 802.3, Ethernet
            case 2: 6  // token ring
            case 5: 50  // HDLC
            case 8: 10  // FDDI
            case 18: 123  // SunATM
            default: .max
            }
        isBigEndian = true
        interfaces = [CaptureInterface(linkType: linkType, snaplen: 0)]
        format = .snoop
        return .skipped(nextOffset: offset + 16)
    }

    mutating func nextSnoopRecord(_ bytes: Span<UInt8>, _ offset: Int) -> CaptureRecord {
        let available = bytes.count - offset
        guard available >= 24 else { return .needMore(byteCount: 24) }
        let original = bytes.bigEndian(UInt32.self, at: offset)
        let captured = bytes.bigEndian(UInt32.self, at: offset + 4)
        let recordLength = bytes.bigEndian(UInt32.self, at: offset + 8)
        guard captured <= CaptureFileParser.maximumPacketByteCount else {
            return failure(.tooLong(captured))
        }
        guard recordLength >= captured &+ 24,
            recordLength - captured <= CaptureFileParser.maximumBlockOverhead
        else { return failure(.blockLength(recordLength)) }
        let length = Int(recordLength)
        guard available >= length else { return .needMore(byteCount: length) }
        let seconds = Int64(bytes.bigEndian(UInt32.self, at: offset + 16))
        let microseconds = Int64(bytes.bigEndian(UInt32.self, at: offset + 20))
        return .packet(
            CapturedPacket(
                dataOffset: offset + 24, capturedByteCount: Int(captured),
                originalByteCount: Int(max(original, captured)),
                timestamp: Timestamp(nanoseconds: seconds * 1_000_000_000 + microseconds * 1000),
                linkType: interfaces[0].linkType, interface: 0, nextOffset: offset + length))
    }
}
