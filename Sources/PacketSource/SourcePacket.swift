// What a packet source says of a packet; the packet's bytes travel beside it, borrowed.

public import Bytes

/// When a packet was captured, where, and how long it was on the wire.
public struct SourcePacket: Sendable, BitwiseCopyable {
    /// When it was captured.
    public var timestamp: Timestamp
    /// Its length on the wire; more than the bytes held when a snaplen or a mirror cut it.
    public var originalLength: UInt32
    /// The index of its interface in the source's list.
    public var interface: Int

    /// Describes a packet.
    @inlinable
    public init(timestamp: Timestamp, originalLength: UInt32, interface: Int) {
        self.timestamp = timestamp
        self.originalLength = originalLength
        self.interface = interface
    }
}

/// Takes packets from a source, one by one, in the order they were captured.
public protocol PacketBatchHandler: ~Copyable {
    /// Takes one packet; `bytes` is borrowed for the call.
    mutating func handle(_ packet: SourcePacket, bytes: Span<UInt8>)
}

/// Takes packets from files, whose interfaces are known only as they are met.
public protocol FilePacketHandler: PacketBatchHandler, ~Copyable {
    /// Learns of an interface before its first packet; indices grow by one.
    mutating func describe(_ interface: SourceInterface, at index: Int)
    /// Comes between packets, some thousand times per gigabyte; false ends the reading.
    mutating func pause() -> Bool
}
