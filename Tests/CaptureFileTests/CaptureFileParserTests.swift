// The formats, in both byte orders, whole and byte by byte.

import Bytes
import CaptureFile
import Testing

@Suite struct CaptureFileParserTests {
    static let first: Octets = [1, 2, 3, 4, 5]
    static let second: Octets = [6, 7, 8]

    static func pcap(magic: UInt32, isBigEndian: Bool, extra: Int = 0, gap: Int = 0) -> Octets {
        var file = FileBuilder(isBigEndian: isBigEndian)
        file.pcapHeader(magic: magic)
        file.add(Octets(repeating: 0, count: gap))
        file.pcapRecord(first, extra: Octets(repeating: 9, count: extra))
        file.pcapRecord(
            second, seconds: .max, fraction: 999, original: 1500,
            extra: Octets(repeating: 9, count: extra))
        return file.bytes
    }

    static let kinds: [(UInt32, Int64, Int, Int)] = [
        (0xA1B2_C3D4, 1000, 0, 0), (0xA1B2_3C4D, 1, 0, 0), (0xA1B2_CD34, 1000, 8, 0),
        (0x1C00_01AC, 1, 0, 4), (0x1C00_01AB, 1, 0, 4),
    ]

    @Test(arguments: kinds.indices, [false, true])
    func `every kind of pcap is read`(_ index: Int, _ isBigEndian: Bool) {
        let (magic, unit, extra, gap) = CaptureFileParserTests.kinds[index]
        let file = CaptureFileParserTests.pcap(
            magic: magic, isBigEndian: isBigEndian, extra: extra, gap: gap)
        let read = ReadFile(file)
        #expect(
            read.packets == [
                ReadPacket(
                    bytes: CaptureFileParserTests.first, nanoseconds: 1_000_000_000 + 2 * unit,
                    original: 5, linkType: 1, interface: 0),
                ReadPacket(
                    bytes: CaptureFileParserTests.second,
                    nanoseconds: Int64(UInt32.max) * 1_000_000_000 + 999 * unit, original: 1500,
                    linkType: 1, interface: 0),
            ])
        #expect(read.ending == .end)
        #expect(ReadFile(byByte: file) == read)
    }

    @Test func `the link type is freed of its FCS bits`() {
        var file = FileBuilder()
        file.pcapHeader(linkType: 0x2400_0071)
        file.pcapRecord([1])
        #expect(ReadFile(file.bytes).packets.map(\.linkType) == [0x71])
    }

    @Test func `old pcap versions have their lengths exchanged`() {
        for (minor, captured, original) in [(2, 9, 3), (3, 9, 3), (3, 3, 9)]
            as [(UInt16, UInt32, UInt32)]
        {
            var file = FileBuilder()
            file.pcapHeader(minor: minor)
            file.add(UInt32(1), 2, captured, original)
            file.add([1, 2, 3])
            let read = ReadFile(file.bytes)
            #expect(read.packets.map(\.bytes) == [[1, 2, 3]])
            #expect(read.packets.map(\.original) == [9])
        }
    }

    static func pcapng() -> Octets {
        var file = FileBuilder(isBigEndian: true)
        file.section()
        file.interface(linkType: 113, resolution: 9)
        file.interface(snaplen: 2)
        file.block(0x0BAD) { $0.add([1, 2, 3, 4]) }
        file.enhancedPacket(first, ticks: 5_000_000_000, interface: 0)
        file.block(3) {  // simple packet
            $0.add(UInt32(77))
            $0.add([1, 2, 3, 4])
        }
        file.block(2) {  // obsolete packet
            $0.add(UInt16(1), 0)
            $0.add(UInt32(0), 3_000_000, 3, 3)
            $0.add(second)
        }
        file.isBigEndian = false
        file.section()
        file.interface(linkType: 101)
        file.enhancedPacket(second, ticks: 1)
        return file.bytes
    }

    @Test func `pcapng sections of different byte order are read`() {
        let read = ReadFile(CaptureFileParserTests.pcapng())
        let expected: [ReadPacket] = [
            ReadPacket(
                bytes: CaptureFileParserTests.first, nanoseconds: 5_000_000_000, original: 5,
                linkType: 113, interface: 0),
            ReadPacket(
                bytes: [1, 2, 3, 4], nanoseconds: 5_000_000_000, original: 77, linkType: 113,
                interface: 0),
            ReadPacket(
                bytes: CaptureFileParserTests.second, nanoseconds: 3_000_000_000, original: 3,
                linkType: 1, interface: 1),
            ReadPacket(
                bytes: CaptureFileParserTests.second, nanoseconds: 1000, original: 3,
                linkType: 101, interface: 0),
        ]
        #expect(read.packets == expected)
        #expect(read.ending == .end)
        #expect(ReadFile(byByte: CaptureFileParserTests.pcapng()) == read)
    }

    @Test func `a simple packet is cut at the snaplen`() {
        var file = FileBuilder()
        file.section()
        file.interface(snaplen: 2)
        file.block(3) {
            $0.add(UInt32(77))
            $0.add([1, 2, 0, 0])
        }
        #expect(ReadFile(file.bytes).packets.map(\.bytes) == [[1, 2]])
    }

    static let resolutions: [(UInt8, Int64, UInt64, Int64)] = [
        (0, 0, 7, 7_000_000_000),
        (3, 0, 7, 7_000_000),
        (9, 0, 7, 7),
        (12, 0, 7999, 7),
        (28, 0, .max, 1),
        (29, 0, .max, 0),
        (127, 0, .max, 0),
        (0x80, 0, 7, 7_000_000_000),
        (0x80 | 10, 0, 512, 500_000_000),
        (0x80 | 63, 0, 1 << 62, 500_000_000),
        (0xFF, 0, .max, 0),
        (6, 100, 1, 100_000_001_000),
        (6, -100, 1, -99_999_999_000),
        (6, .max, .max, .max),
        (6, .min, 0, .min),
        (0, 0, .max, .max),
        (9, 0, .max, .max),
    ]

    @Test(arguments: resolutions.indices)
    func `clocks of any unit are read without overflow`(_ index: Int) {
        let (resolution, offset, ticks, expected) = CaptureFileParserTests.resolutions[index]
        var file = FileBuilder()
        file.section()
        file.interface(resolution: resolution, offset: offset == 0 ? nil : offset)
        file.enhancedPacket([1], ticks: ticks)
        #expect(ReadFile(file.bytes).packets.map(\.nanoseconds) == [expected])
    }

    @Test func `snoop is read`() {
        var file = FileBuilder(isBigEndian: true)
        file.add(Octets("snoop\0\0\0".utf8))
        file.add(UInt32(2), 4)
        file.add(UInt32(60), 3, 28, 0, 9, 8)
        file.add(CaptureFileParserTests.second + [0])
        let read = ReadFile(file.bytes)
        #expect(
            read.packets == [
                ReadPacket(
                    bytes: CaptureFileParserTests.second, nanoseconds: 9_000_008_000, original: 60,
                    linkType: 1, interface: 0)
            ])
        #expect(read.ending == .end)
        #expect(ReadFile(byByte: file.bytes) == read)
    }

    @Test func `what is no capture is said to be none`() {
        let cases: [(Octets, CaptureFileError.Reason)] = [
            ([], .empty),
            (Octets("GET / HTTP".utf8), .unknownMagic(0x4745_5420)),
            ([0x1F, 0x8B, 8, 0], .compressed(.gzip)),
            ([0x04, 0x22, 0x4D, 0x18], .compressed(.lz4)),
            ([0x28, 0xB5, 0x2F, 0xFD], .compressed(.zstd)),
        ]
        for (bytes, reason) in cases {
            let error = CaptureFileError(offset: 0, reason: reason)
            #expect(ReadFile(bytes).ending == .failed(error))
            #expect(error.isNotACapture)
            #expect(error.description.hasPrefix("not a capture file: "))
        }
    }

    @Test func `damage is reported where it is`() {
        func damaged(_ change: (inout FileBuilder) -> Void) -> (CaptureFileError?, Int) {
            var file = FileBuilder()
            file.section()
            file.interface()
            file.enhancedPacket(CaptureFileParserTests.first)
            let offset = file.bytes.count
            change(&file)
            file.add(Octets(repeating: 0, count: 64))
            let read = ReadFile(file.bytes)
            #expect(read.packets.count == 1)
            guard case .failed(let error) = read.ending else { return (nil, offset) }
            #expect(!error.isNotACapture)
            return (error, offset)
        }
        let cases: [(CaptureFileError.Reason, (inout FileBuilder) -> Void)] = [
            (.blockLength(0), { $0.add(UInt32(6), 0) }),
            (.blockLength(11), { $0.add(UInt32(6), 11) }),
            (.blockLength(34), { $0.add(UInt32(6), 34) }),
            (.blockLength(16), { $0.add(UInt32(6), 16, 0, 20) }),
            (.blockLength(12), { $0.block(6) { _ in } }),
            (.blockLength(12), { $0.block(1) { _ in } }),
            (.tooLong(.max & ~3), { $0.add(UInt32(6), .max & ~3) }),
            (.tooLong(5), { $0.block(6) { $0.add(UInt32(0), 0, 0, 5, 5, 1) } }),
            (.undefinedInterface(1), { $0.enhancedPacket([1], interface: 1) }),
            (.byteOrderMark(0), { $0.add(UInt32(0x0A0D_0D0A), 28, 0) }),
            (
                .unsupportedVersion(major: 2, minor: 0),
                {
                    $0.block(0x0A0D_0D0A) { $0.add(UInt32(0x1A2B_3C4D), 2, 0, 0) }
                }
            ),
        ]
        for (reason, change) in cases {
            let (error, offset) = damaged(change)
            #expect(error == CaptureFileError(offset: UInt64(offset), reason: reason))
        }
    }

    @Test func `an insane record length ends a pcap file`() {
        var file = FileBuilder()
        file.pcapHeader()
        file.pcapRecord([1])
        let offset = UInt64(file.bytes.count)
        file.add(UInt32(1), 2, 300 << 20, 300 << 20)
        let error = CaptureFileError(offset: offset, reason: .tooLong(300 << 20))
        #expect(ReadFile(file.bytes).ending == .failed(error))
        #expect(error.description.contains("offset \(offset)"))
    }

    @Test(arguments: [0, 1, 2])
    func `a cut file gives its whole records and says what is left`(_ index: Int) {
        var snoop = FileBuilder(isBigEndian: true)
        snoop.add(Octets("snoop\0\0\0".utf8))
        snoop.add(UInt32(2), 4, 60, 3, 28, 0, 9, 8)
        snoop.add([1, 2, 3, 4])
        let file = [
            CaptureFileParserTests.pcap(magic: 0xA1B2_C3D4, isBigEndian: false),
            CaptureFileParserTests.pcapng(), snoop.bytes,
        ][index]
        let whole = ReadFile(file)
        for length in 1..<file.count {
            let read = ReadFile(Octets(file[..<length]))
            #expect(
                read.packets
                    == Octets(repeating: 0, count: read.packets.count).indices.map {
                        whole.packets[$0]
                    })
            switch read.ending {
            case .end, .truncated: break
            case .failed(let error): #expect(length < 4 && error.isNotACapture)
            case .packet, .interfaceStatistics, .skipped, .needMore: Issue.record("\(read.ending)")
            }
        }
    }

    @Test func `an empty window wants more until the file is complete`() {
        var parser = CaptureFileParser()
        let empty: Octets = []
        #expect(parser.next(in: empty.span, at: 0, isComplete: false) == .needMore(byteCount: 1))
        let start: Octets = [0xD4, 0xC3]
        #expect(parser.next(in: start.span, at: 0, isComplete: false) == .needMore(byteCount: 4))
    }

    @Test func `a damaged file is picked up behind the damage`() {
        var file = FileBuilder()
        file.section()
        file.interface()
        for index in 0..<10 as Range<UInt8> { file.enhancedPacket([index, index]) }
        // 28 + 24 bytes of headers; blocks of 36. Damage the length of the fourth packet.
        let damaged = 52 + 3 * 36 + 4
        file.bytes[damaged] = 0x35
        var parser = CaptureFileParser()
        var packets: [UInt8] = []
        var offset = 0
        var failures = 0
        var isDone = false
        while !isDone {
            switch parser.next(in: file.bytes.span, at: offset, isComplete: true) {
            case .packet(let packet):
                packets.append(file.bytes[packet.dataOffset])
                offset = packet.nextOffset
            case .skipped(let next), .interfaceStatistics(let next): offset = next
            case .failed:
                failures += 1
                guard let next = parser.resynchronise(in: file.bytes.span, from: offset + 1) else {
                    isDone = true
                    continue
                }
                parser.skip(next - offset)
                offset = next
            case .end, .needMore, .truncated: isDone = true
            }
        }
        #expect(failures == 1)
        #expect(packets == [0, 1, 2, 4, 5, 6, 7, 8, 9])
        #expect(parser.position == UInt64(file.bytes.count))
    }
}
