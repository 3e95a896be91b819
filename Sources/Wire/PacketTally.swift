// A count of packets with their bytes.

/// How many packets, and how many captured bytes in them.
public struct PacketTally: Sendable, Equatable, BitwiseCopyable {
    /// Packets.
    public var packets: UInt64
    /// Captured bytes.
    public var bytes: UInt64

    /// Creates a tally; nothing counted by default.
    @inlinable public init(packets: UInt64 = 0, bytes: UInt64 = 0) {
        self.packets = packets
        self.bytes = bytes
    }

    /// Counts one packet.
    @inlinable @inline(__always) mutating func count(_ byteCount: Int) {
        packets &+= 1
        bytes &+= UInt64(truncatingIfNeeded: byteCount)
    }

    /// Adds another tally.
    public mutating func add(_ other: PacketTally) {
        packets &+= other.packets
        bytes &+= other.bytes
    }
}
