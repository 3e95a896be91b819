// Capture files for tests, in either byte order, and a reader that goes through them.

import Bytes
import CaptureFile

typealias Octets = [UInt8]

/// Appends integers in one byte order.
struct FileBuilder {
    var isBigEndian = false
    var bytes: Octets = []

    mutating func add<T: FixedWidthInteger>(_ values: T...) {
        for value in values {
            var buffer = ByteBuffer()
            if isBigEndian {
                buffer.append(bigEndian: value)
            } else {
                buffer.append(littleEndian: value)
            }
            bytes += buffer.copyBytes()
        }
    }

    mutating func add(_ octets: Octets) { bytes += octets }

    mutating func pcapHeader(magic: UInt32 = 0xA1B2_C3D4, minor: UInt16 = 4, linkType: UInt32 = 1) {
        add(magic)
        add(UInt16(2), minor)
        add(UInt32(0), 0, 262_144, linkType)
    }

    mutating func pcapRecord(
        _ packet: Octets, seconds: UInt32 = 1, fraction: UInt32 = 2, original: UInt32? = nil,
        extra: Octets = []
    ) {
        add(seconds, fraction, UInt32(packet.count), original ?? UInt32(packet.count))
        add(extra + packet)
    }

    /// A pcapng block around a body, which is padded.
    mutating func block(_ type: UInt32, _ body: (inout FileBuilder) -> Void) {
        var inner = FileBuilder(isBigEndian: isBigEndian)
        body(&inner)
        while inner.bytes.count % 4 != 0 { inner.bytes.append(0) }
        let length = UInt32(inner.bytes.count + 12)
        add(type, length)
        add(inner.bytes)
        add(length)
    }

    mutating func section() {
        block(0x0A0D_0D0A) {
            $0.add(UInt32(0x1A2B_3C4D))
            $0.add(UInt16(1), 0)
            $0.add(Int64(-1))
        }
    }

    mutating func interface(
        linkType: UInt16 = 1, snaplen: UInt32 = 0, resolution: UInt8? = nil, offset: Int64? = nil
    ) {
        block(1) {
            $0.add(linkType, 0)
            $0.add(snaplen)
            if let resolution {
                $0.add(UInt16(9), 1)
                $0.add([resolution, 0, 0, 0])
            }
            if let offset {
                $0.add(UInt16(14), 8)
                $0.add(offset)
            }
            $0.add(UInt32(0))
        }
    }

    mutating func enhancedPacket(
        _ packet: Octets, ticks: UInt64 = 0, interface: UInt32 = 0, original: UInt32? = nil
    ) {
        block(6) {
            $0.add(interface, UInt32(ticks >> 32), UInt32(truncatingIfNeeded: ticks))
            $0.add(UInt32(packet.count), original ?? UInt32(packet.count))
            $0.add(packet)
        }
    }
}

/// A packet with its bytes.
struct ReadPacket: Equatable {
    var bytes: Octets
    var nanoseconds: Int64
    var original: Int
    var linkType: UInt32
    var interface: UInt32
}

/// What a whole file gave.
struct ReadFile: Equatable {
    var packets: [ReadPacket] = []
    var statistics: [InterfaceStatistics] = []
    /// The last record.
    var ending = CaptureRecord.end

    /// Reads a file at once.
    init(_ file: Octets) {
        var parser = CaptureFileParser()
        var offset = 0
        while let next = step(&parser, file, offset, true) { offset = next }
    }

    /// Reads a file through a window that grows by the byte and forgets what was read.
    init(byByte file: Octets) {
        var parser = CaptureFileParser()
        var start = 0
        var end = 0
        while true {
            let window = Octets(file[start..<end])
            if let next = step(&parser, window, 0, end == file.count) {
                start += next
            } else if case .needMore = ending, end < file.count {
                end += 1
            } else {
                return
            }
        }
    }

    /// Takes one record; returns where the next begins, nil when there is none yet.
    mutating func step(
        _ parser: inout CaptureFileParser, _ bytes: Octets, _ offset: Int,
        _ isComplete: Bool
    ) -> Int? {
        ending = parser.next(in: bytes.span, at: offset, isComplete: isComplete)
        switch ending {
        case .packet(let packet):
            let end = packet.dataOffset + packet.capturedByteCount
            packets.append(
                ReadPacket(
                    bytes: Octets(bytes[packet.dataOffset..<end]),
                    nanoseconds: packet.timestamp.nanoseconds,
                    original: packet.originalByteCount, linkType: packet.linkType,
                    interface: packet.interface))
            return packet.nextOffset
        case .interfaceStatistics(let next):
            statistics.append(parser.statistics)
            return next
        case .skipped(let next): return next
        case .needMore, .end, .truncated, .failed: return nil
        }
    }
}

/// Seeded randomness: splitmix64.
struct TestRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
