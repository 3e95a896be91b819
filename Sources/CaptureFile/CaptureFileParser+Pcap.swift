// pcap and its relatives. draft-ietf-opsawg-pcap; the modified kind: Kuznetzov's libpcap patches.
//
//   file    magic 4 · version 2+2 · zone 4 · accuracy 4 · snaplen 4 · link type 4 (low 26 bits)
//   record  seconds 4 · fraction 4 · captured 4 · original 4 · [modified: 8 more] · bytes

import Bytes

/// The kinds of pcap file, by their magic number.
struct PcapKind: Equatable, BitwiseCopyable {
    var isBigEndian: Bool
    /// What the fraction counts in, as a power of 10.
    var resolution: UInt8 = 6
    var recordHeaderLength = 16
    /// Ixia's files have 4 more bytes in the file header.
    var headerLength = 24

    /// - Parameter magic: The first four bytes, read most significant first.
    init?(magic: UInt32) {
        isBigEndian = PcapKind.isMagic(magic)
        guard isBigEndian || PcapKind.isMagic(magic.byteSwapped) else { return nil }
        switch isBigEndian ? magic : magic.byteSwapped {
        case 0xA1B2_3C4D: resolution = 9
        case 0xA1B2_CD34: recordHeaderLength = 24
        case 0x1C00_01AC, 0x1C00_01AB: (resolution, headerLength) = (9, 28)
        default: break
        }
    }

    private static func isMagic(_ magic: UInt32) -> Bool {
        switch magic {
        case 0xA1B2_C3D4, 0xA1B2_3C4D, 0xA1B2_CD34, 0x1C00_01AC, 0x1C00_01AB: true
        default: false
        }
    }
}

extension CaptureFileParser {
    mutating func readPcapHeader(
        _ bytes: Span<UInt8>, _ offset: Int, _ kind: PcapKind
    ) -> CaptureRecord {
        guard bytes.count - offset >= kind.headerLength else {
            return .needMore(byteCount: kind.headerLength)
        }
        isBigEndian = kind.isBigEndian
        let major = load(UInt16.self, bytes, offset + 4)
        let minor = load(UInt16.self, bytes, offset + 6)
        // 543.0 is what DG/UX wrote; like versions before 2.3 it has the lengths the other way
        // round.
        guard major == 2 || (major == 543 && minor == 0) else {
            return failure(.unsupportedVersion(major: major, minor: minor))
        }
        if major == 543 || minor < 3 {
            lengthOrder = .exchanged
        } else {
            lengthOrder = minor == 3 ? .exchangedIfLarger : .usual
        }
        recordHeaderLength = kind.recordHeaderLength
        interfaces = [
            CaptureInterface(
                linkType: load(UInt32.self, bytes, offset + 20) & 0x03FF_FFFF,
                snaplen: load(UInt32.self, bytes, offset + 16),
                unit: TimestampUnit(resolution: kind.resolution))
        ]
        format = .pcap
        return .skipped(nextOffset: offset + kind.headerLength)
    }

    mutating func nextPcapRecord(_ bytes: Span<UInt8>, _ offset: Int) -> CaptureRecord {
        let available = bytes.count - offset
        guard available >= recordHeaderLength else {
            return .needMore(byteCount: recordHeaderLength)
        }
        let header = bytes.slice(offset, 16)
        var captured = load(UInt32.self, header, 8)
        var original = load(UInt32.self, header, 12)
        switch lengthOrder {
        case .usual: break
        case .exchanged: swap(&captured, &original)
        case .exchangedIfLarger: if captured > original { swap(&captured, &original) }
        }
        guard captured <= CaptureFileParser.maximumPacketByteCount else {
            return failure(.tooLong(captured))
        }
        let length = recordHeaderLength + Int(captured)
        guard available >= length else { return .needMore(byteCount: length) }
        let seconds = Int64(load(UInt32.self, header, 0))
        let fraction = Int64(load(UInt32.self, header, 4))
        let interface = interfaces[0]
        return .packet(
            CapturedPacket(
                dataOffset: offset + recordHeaderLength, capturedByteCount: Int(captured),
                originalByteCount: Int(max(original, captured)),
                timestamp: Timestamp(
                    nanoseconds: seconds * 1_000_000_000 + fraction * Int64(interface.unit.factor)),
                linkType: interface.linkType, interface: 0, nextOffset: offset + length))
    }
}
