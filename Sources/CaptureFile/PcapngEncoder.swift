// pcapng blocks, little-endian, timestamps in nanoseconds. draft-ietf-opsawg-pcapng §4.

public import Bytes

/// Appends pcapng blocks to a buffer.
public enum PcapngEncoder {
    /// The bytes of an enhanced packet block beside its packet.
    public static let packetOverhead = 32

    /// The bytes of an enhanced packet block without options.
    @inlinable @inline(__always)
    public static func packetBlockByteCount(_ capturedByteCount: Int) -> Int {
        packetOverhead &+ ((capturedByteCount &+ 3) & ~3)
    }

    /// Appends an enhanced packet block.
    ///
    /// - Parameters:
    ///   - packet: The captured bytes.
    ///   - timestamp: When it was captured; the epoch when before it.
    ///   - originalByteCount: Its length on the wire.
    ///   - interface: The number of its interface in the section.
    ///   - buffer: Grows by `packetBlockByteCount(packet.count)`.
    @inlinable
    public static func appendPacket(
        _ packet: Span<UInt8>, timestamp: Timestamp, originalByteCount: Int, interface: UInt32,
        to buffer: inout ByteBuffer
    ) {
        buffer.reserve(packetBlockByteCount(packet.count))
        appendPacketHeader(
            capturedByteCount: packet.count, timestamp: timestamp,
            originalByteCount: originalByteCount, interface: interface, to: &buffer)
        buffer.append(packet)
        appendPacketTrailer(capturedByteCount: packet.count, to: &buffer)
    }

    /// Appends the 28 bytes before the packet's own.
    @inlinable @inline(__always)
    public static func appendPacketHeader(
        capturedByteCount: Int, timestamp: Timestamp, originalByteCount: Int, interface: UInt32,
        to buffer: inout ByteBuffer
    ) {
        let length = packetBlockByteCount(capturedByteCount)
        let time = UInt64(truncatingIfNeeded: max(timestamp.nanoseconds, 0))
        // Two fields at a time: the first of a pair is the low half.
        buffer.append(littleEndian: UInt64(length) << 32 | 6)
        buffer.append(littleEndian: (time >> 32) << 32 | UInt64(interface))
        buffer.append(
            littleEndian: UInt64(UInt32(clamping: capturedByteCount)) << 32 | time & 0xFFFF_FFFF)
        buffer.append(littleEndian: UInt32(clamping: originalByteCount))
    }

    /// Appends what comes behind the packet's bytes: padding and the block's length.
    @inlinable @inline(__always)
    public static func appendPacketTrailer(capturedByteCount: Int, to buffer: inout ByteBuffer) {
        var rest = capturedByteCount & 3
        while rest & 3 != 0 {
            buffer.append(0)
            rest &+= 1
        }
        buffer.append(littleEndian: UInt32(packetBlockByteCount(capturedByteCount)))
    }

    /// Appends a section header; interfaces are numbered from 0 after it.
    ///
    /// - Parameters:
    ///   - application: What writes the file (shb_userappl); empty for none.
    ///   - hardware: What it runs on (shb_hardware); empty for none.
    ///   - system: The operating system (shb_os); empty for none.
    ///   - buffer: Grows by the block.
    public static func appendSectionHeader(
        application: String = "", hardware: String = "", system: String = "",
        to buffer: inout ByteBuffer
    ) {
        let start = beginBlock(BlockType.section, &buffer)
        buffer.append(littleEndian: UInt32(0x1A2B_3C4D))
        buffer.append(littleEndian: UInt16(1))
        buffer.append(littleEndian: UInt16(0))
        buffer.append(littleEndian: UInt64.max)  // the section's length is not known
        append(option: 2, text: hardware, to: &buffer)
        append(option: 3, text: system, to: &buffer)
        append(option: 4, text: application, to: &buffer)
        endBlock(start, &buffer)
    }

    /// Appends an interface description with timestamps in nanoseconds.
    ///
    /// - Parameters:
    ///   - linkType: The LINKTYPE_ number.
    ///   - snaplen: The most bytes kept of a packet; 0 for no limit.
    ///   - name: The interface's name (if_name); empty for none.
    ///   - filter: The capture filter as text (if_filter); empty for none.
    ///   - system: The operating system (if_os); empty for none.
    ///   - buffer: Grows by the block.
    public static func appendInterface(
        linkType: UInt32, snaplen: UInt32, name: String = "", filter: String = "",
        system: String = "", to buffer: inout ByteBuffer
    ) {
        let start = beginBlock(BlockType.interface, &buffer)
        buffer.append(littleEndian: UInt16(clamping: linkType))
        buffer.append(littleEndian: UInt16(0))
        buffer.append(littleEndian: snaplen)
        append(option: 2, text: name, to: &buffer)
        append(option: 9, bytes: [9], to: &buffer)
        // The first byte of if_filter says that a string follows.
        if !filter.isEmpty { append(option: 11, bytes: [0] + Array(filter.utf8), to: &buffer) }
        append(option: 12, text: system, to: &buffer)
        endBlock(start, &buffer)
    }

    /// Appends an interface statistics block with the counts that are known.
    public static func appendStatistics(
        _ statistics: InterfaceStatistics, to buffer: inout ByteBuffer
    ) {
        let start = beginBlock(BlockType.interfaceStatistics, &buffer)
        buffer.append(littleEndian: statistics.interface)
        append(time: statistics.timestamp, to: &buffer)
        append(option: 2, time: statistics.startTime, to: &buffer)
        append(option: 3, time: statistics.endTime, to: &buffer)
        append(option: 4, number: statistics.received, to: &buffer)
        append(option: 5, number: statistics.droppedByInterface, to: &buffer)
        append(option: 6, number: statistics.acceptedByFilter, to: &buffer)
        append(option: 7, number: statistics.droppedBySystem, to: &buffer)
        append(option: 8, number: statistics.delivered, to: &buffer)
        endBlock(start, &buffer)
    }
}
