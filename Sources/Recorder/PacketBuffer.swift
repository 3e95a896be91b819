// What travels from a capture thread to its writer: a few megabytes of finished pcapng packet
// blocks and what is known of them, so that the writer need not look at packets again.

import Bytes

/// How many packets, and how many bytes of them.
public struct PacketCount: Sendable, Equatable, BitwiseCopyable {
    /// Packets.
    public var packets: UInt64 = 0
    /// Their bytes: captured ones where the packets were captured, those on the wire else.
    public var bytes: UInt64 = 0

    /// Nothing, or the numbers given.
    public init(packets: UInt64 = 0, bytes: UInt64 = 0) {
        self.packets = packets
        self.bytes = bytes
    }

    /// Whether there is nothing.
    public var isZero: Bool { packets == 0 && bytes == 0 }

    /// Adds other packets.
    public mutating func add(_ other: PacketCount) {
        packets &+= other.packets
        bytes &+= other.bytes
    }

    @inline(__always) mutating func add(bytes more: Int) {
        packets &+= 1
        bytes &+= UInt64(more)
    }
}

/// What came in from one interface.
public struct InterfaceTally: Sendable, Equatable, BitwiseCopyable {
    /// Packets stored.
    public var stored = PacketCount()
    /// Of them, those of which bytes are missing, and how many bytes.
    public var cut = PacketCount()

    /// Nothing.
    public init() {}

    mutating func add(_ other: InterfaceTally) {
        stored.add(other.stored)
        cut.add(other.cut)
    }
}

/// Packet blocks on their way to the writer.
struct PacketBuffer: ~Copyable, Sendable {
    /// The room for blocks; a single packet of a file may need more.
    let capacity: Int
    /// Enhanced packet blocks, one behind the other.
    var blocks: ByteBuffer
    /// What is in them, by interface index.
    var tallies: [InterfaceTally] = []
    /// How many interfaces must be described before these blocks can be read.
    var interfaceCount = 0
    var packets = PacketCount()
    var firstTime = Timestamp(nanoseconds: .max)
    var lastTime = Timestamp(nanoseconds: .min)
    /// When the first packet was put in, on the monotonic clock.
    var firstArrival: Int64 = 0
    /// Packets that came since the buffer before this one and are in none.
    var lost = LostPackets()

    /// A buffer for up to `capacity` bytes of blocks; 0 makes one that takes nothing.
    init(capacity: Int) {
        self.capacity = capacity
        blocks = ByteBuffer(capacity: capacity)
    }

    /// Touches all memory once, so that no page is missing when packets come.
    mutating func populate() {
        blocks.append(repeating: 0, count: blocks.capacity)
        blocks.removeAll()
    }

    var isEmpty: Bool { packets.packets == 0 && lost.isZero }

    /// Makes it as new, keeping the memory.
    mutating func reset() {
        blocks.removeAll()
        for index in tallies.indices { tallies[index] = InterfaceTally() }
        interfaceCount = 0
        packets = PacketCount()
        firstTime = Timestamp(nanoseconds: .max)
        lastTime = Timestamp(nanoseconds: .min)
        lost = LostPackets()
        if blocks.capacity > capacity { blocks = ByteBuffer(capacity: capacity) }
    }
}
