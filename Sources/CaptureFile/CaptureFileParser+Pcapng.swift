// pcapng blocks. draft-ietf-opsawg-pcapng §3 and §4.
//
//   block  type 4 · total length 4 · body, padded to 4 · total length 4

import Bytes

/// The block types that are read here.
enum BlockType {
    static let section: UInt32 = 0x0A0D_0D0A
    static let interface: UInt32 = 1
    static let packet: UInt32 = 2  // obsolete
    static let simplePacket: UInt32 = 3
    static let interfaceStatistics: UInt32 = 5
    static let enhancedPacket: UInt32 = 6
}

extension CaptureFileParser {
    mutating func nextBlock(_ bytes: Span<UInt8>, _ offset: Int) -> CaptureRecord {
        let available = bytes.count - offset
        guard available >= 12 else { return .needMore(byteCount: 12) }
        // A section's type reads the same both ways; the mark behind it tells the order of the
        // rest.
        if bytes.littleEndian(UInt32.self, at: offset) == BlockType.section {
            if let failure = readByteOrder(bytes, offset) { return failure }
        }
        let length = load(UInt32.self, bytes, offset + 4)
        guard length >= 12, length & 3 == 0 else { return failure(.blockLength(length)) }
        guard
            length <= CaptureFileParser.maximumPacketByteCount
                + CaptureFileParser.maximumBlockOverhead
        else { return failure(.tooLong(length)) }
        let end = offset + Int(length)
        guard available >= Int(length) else { return .needMore(byteCount: Int(length)) }
        guard load(UInt32.self, bytes, end - 4) == length else {
            return failure(.blockLength(length))
        }
        let body = offset + 8..<end - 4
        switch load(UInt32.self, bytes, offset) {
        case BlockType.enhancedPacket: return readEnhancedPacket(bytes, body)
        case BlockType.simplePacket: return readSimplePacket(bytes, body)
        case BlockType.packet: return readObsoletePacket(bytes, body)
        case BlockType.interface: return readInterface(bytes, body)
        case BlockType.interfaceStatistics: return readStatistics(bytes, body)
        case BlockType.section: return readSection(bytes, body)
        default: return .skipped(nextOffset: end)
        }
    }

    mutating func readByteOrder(_ bytes: Span<UInt8>, _ offset: Int) -> CaptureRecord? {
        let mark = bytes.bigEndian(UInt32.self, at: offset + 8)
        switch mark {
        case 0x1A2B_3C4D: isBigEndian = true
        case 0x4D3C_2B1A: isBigEndian = false
        default: return failure(.byteOrderMark(mark))
        }
        return nil
    }

    /// Section: mark 4, version 2+2, length 8. Interfaces are numbered anew. §4.1.
    mutating func readSection(_ bytes: Span<UInt8>, _ body: Range<Int>) -> CaptureRecord {
        guard body.count >= 16 else { return failure(.blockLength(UInt32(body.count + 12))) }
        let major = load(UInt16.self, bytes, body.lowerBound + 4)
        let minor = load(UInt16.self, bytes, body.lowerBound + 6)
        guard major == 1 else { return failure(.unsupportedVersion(major: major, minor: minor)) }
        interfaces.removeAll(keepingCapacity: true)
        return .skipped(nextOffset: body.upperBound + 4)
    }

    /// Interface: link type 2, reserved 2, snaplen 4, options. §4.2.
    mutating func readInterface(_ bytes: Span<UInt8>, _ body: Range<Int>) -> CaptureRecord {
        guard body.count >= 8 else { return failure(.blockLength(UInt32(body.count + 12))) }
        guard interfaces.count < CaptureFileParser.maximumInterfaces else {
            return failure(.tooManyInterfaces)
        }
        var resolution: UInt8 = 6
        var offsetSeconds: Int64 = 0
        var option = body.lowerBound + 8
        while let (code, value) = nextOption(bytes, &option, body.upperBound) {
            if code == 9, value.count >= 1 { resolution = bytes[value.lowerBound] }
            if code == 14, value.count >= 8 {
                offsetSeconds = load(Int64.self, bytes, value.lowerBound)
            }
        }
        interfaces.append(
            CaptureInterface(
                linkType: UInt32(load(UInt16.self, bytes, body.lowerBound)),
                snaplen: load(UInt32.self, bytes, body.lowerBound + 4),
                unit: TimestampUnit(resolution: resolution, offsetSeconds: offsetSeconds)))
        return .skipped(nextOffset: body.upperBound + 4)
    }

    /// An option: code 2, length 2, value padded to 4. Nil at their end, or where they make no
    /// sense.
    func nextOption(
        _ bytes: Span<UInt8>, _ offset: inout Int, _ end: Int
    ) -> (code: UInt16, value: Range<Int>)? {
        guard end - offset >= 4 else { return nil }
        let code = load(UInt16.self, bytes, offset)
        let length = Int(load(UInt16.self, bytes, offset + 2))
        guard code != 0, length <= end - offset - 4 else { return nil }
        let start = offset + 4
        offset = min(end, start + (length + 3) & ~3)
        return (code, start..<start + length)
    }

    /// Interface statistics: interface 4, time 4+4, options. §4.6.
    mutating func readStatistics(_ bytes: Span<UInt8>, _ body: Range<Int>) -> CaptureRecord {
        guard body.count >= 12 else { return failure(.blockLength(UInt32(body.count + 12))) }
        let number = load(UInt32.self, bytes, body.lowerBound)
        guard Int(number) < interfaces.count else { return failure(.undefinedInterface(number)) }
        let unit = interfaces[Int(number)].unit
        func time(_ offset: Int) -> Timestamp {
            let high = UInt64(load(UInt32.self, bytes, offset))
            return unit.timestamp(high << 32 | UInt64(load(UInt32.self, bytes, offset + 4)))
        }
        statistics = InterfaceStatistics(
            interface: number, timestamp: time(body.lowerBound + 4))
        var option = body.lowerBound + 12
        while let (code, value) = nextOption(bytes, &option, body.upperBound) {
            guard value.count >= 8 else { continue }
            let start = value.lowerBound
            switch code {
            case 2: statistics.startTime = time(start)
            case 3: statistics.endTime = time(start)
            case 4: statistics.received = load(UInt64.self, bytes, start)
            case 5: statistics.droppedByInterface = load(UInt64.self, bytes, start)
            case 6: statistics.acceptedByFilter = load(UInt64.self, bytes, start)
            case 7: statistics.droppedBySystem = load(UInt64.self, bytes, start)
            case 8: statistics.delivered = load(UInt64.self, bytes, start)
            default: continue
            }
        }
        return .interfaceStatistics(nextOffset: body.upperBound + 4)
    }
}
