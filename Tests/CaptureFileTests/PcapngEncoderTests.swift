// What is written is read back the same.

import Bytes
import CaptureFile
import Testing

@Suite struct PcapngEncoderTests {
    static let statistics: InterfaceStatistics = {
        var statistics = InterfaceStatistics(
            interface: 1, timestamp: Timestamp(nanoseconds: 1_700_000_000_123_456_789))
        statistics.startTime = Timestamp(nanoseconds: 1)
        statistics.endTime = Timestamp(nanoseconds: 1 << 40)
        statistics.received = .max
        statistics.droppedByInterface = 0
        statistics.acceptedByFilter = 3
        statistics.droppedBySystem = 4
        statistics.delivered = 5
        return statistics
    }()

    /// A file with every block and option, and packets of 0 to 9 bytes.
    static func everything() -> ByteBuffer {
        var buffer = ByteBuffer()
        PcapngEncoder.appendSectionHeader(
            application: "test 1", hardware: "machine", system: "Linux", to: &buffer)
        PcapngEncoder.appendInterface(linkType: 1, snaplen: 96, name: "eth0", to: &buffer)
        PcapngEncoder.appendInterface(
            linkType: 113, snaplen: 0, name: "any", filter: "tcp port 80", system: "Linux 6",
            to: &buffer)
        for count in 0..<10 {
            let packet = Octets(repeating: UInt8(count), count: count)
            PcapngEncoder.appendPacket(
                packet.span, timestamp: Timestamp(nanoseconds: 1_700_000_000_000_000_001),
                originalByteCount: count + 100, interface: UInt32(count & 1), to: &buffer)
        }
        var unknown = InterfaceStatistics(interface: 0)
        unknown.received = 7
        PcapngEncoder.appendStatistics(unknown, to: &buffer)
        PcapngEncoder.appendStatistics(statistics, to: &buffer)
        return buffer
    }

    @Test func `everything written is read back`() {
        let file = PcapngEncoderTests.everything().copyBytes()
        let read = ReadFile(file)
        #expect(read.ending == .end)
        #expect(
            read.packets
                == (0..<10).map {
                    ReadPacket(
                        bytes: Octets(repeating: UInt8($0), count: $0),
                        nanoseconds: 1_700_000_000_000_000_001, original: $0 + 100,
                        linkType: $0 & 1 == 0 ? 1 : 113, interface: UInt32($0 & 1))
                })
        #expect(read.statistics.count == 2)
        #expect(read.statistics.last == PcapngEncoderTests.statistics)
        #expect(read.statistics.first?.received == 7)
        #expect(read.statistics.first?.droppedBySystem == nil)
        #expect(ReadFile(byByte: file) == read)
    }

    @Test func `a packet block has the size foretold`() {
        for count in 0..<20 {
            var buffer = ByteBuffer()
            let packet = Octets(repeating: 1, count: count)
            PcapngEncoder.appendPacket(
                packet.span, timestamp: Timestamp(nanoseconds: -5), originalByteCount: 1 << 40,
                interface: 0, to: &buffer)
            #expect(buffer.count == PcapngEncoder.packetBlockByteCount(count))
            #expect(buffer.count % 4 == 0)
            // Before the epoch there is no time to write, and above 4 GiB no length.
            #expect(buffer.span.littleEndian(UInt64.self, at: 12) == 0)
            #expect(buffer.span.littleEndian(UInt32.self, at: 24) == .max)
        }
    }

    @Test func `a block is as the specification draws it`() {
        var buffer = ByteBuffer()
        let packet: Octets = [0xAA, 0xBB, 0xCC]
        PcapngEncoder.appendPacket(
            packet.span, timestamp: Timestamp(nanoseconds: 0x0102_0304_0506_0708),
            originalByteCount: 9, interface: 2, to: &buffer)
        let expected: Octets = [
            6, 0, 0, 0, 36, 0, 0, 0, 2, 0, 0, 0, 4, 3, 2, 1, 8, 7, 6, 5, 3, 0, 0, 0, 9, 0, 0, 0,
            0xAA,
            0xBB, 0xCC, 0, 36, 0, 0, 0,
        ]
        #expect(buffer.copyBytes() == expected)
    }

    @Test func `a text too long for an option is cut`() {
        var buffer = ByteBuffer()
        PcapngEncoder.appendSectionHeader(to: &buffer)
        PcapngEncoder.appendInterface(
            linkType: 1, snaplen: 0, filter: String(repeating: "x", count: 70_000), to: &buffer)
        let packet: Octets = [1]
        PcapngEncoder.appendPacket(
            packet.span, timestamp: Timestamp(nanoseconds: 5), originalByteCount: 1, interface: 0,
            to: &buffer)
        #expect(ReadFile(buffer.copyBytes()).packets.map(\.nanoseconds) == [5])
    }
}
