// The capture thread's side of a lane: copies each packet into the buffer at hand, as a finished
// pcapng block, and hands the buffer over when it is full or old.
//
// Hot path: one copy, no allocation, no lock but when a buffer changes hands or there is none.

import Bytes
import CaptureFile
public import PacketSource
import Platform
import Synchronization

/// Takes packets from a source and hands them to the writer of their lane.
public struct PacketIntake: ~Copyable, FilePacketHandler {
    private let channel: LaneChannel
    /// Whether it waits for a buffer (files) or refuses packets (live).
    private let waitsForBuffers: Bool
    private var current = PacketBuffer(capacity: 0)
    private var hasBuffer = false
    private var interfaceCount = 0
    private var lost = LostPackets()
    private var received: [UInt64] = []

    /// The monotonic clock as of the last look; the loop that calls sets it once per batch.
    public var now: Int64 = 0
    /// Packets refused so far because every buffer was full.
    public private(set) var refusedInAll = PacketCount()
    /// Packets taken in so far.
    public private(set) var takenInAll = PacketCount()

    init(channel: LaneChannel, waitsForBuffers: Bool) {
        self.channel = channel
        self.waitsForBuffers = waitsForBuffers
    }

    /// Learns of an interface before its first packet.
    public mutating func describe(_ interface: SourceInterface, at index: Int) {
        channel.describe(interface, at: index)
        interfaceCount = max(interfaceCount, index + 1)
    }

    /// Has nothing to do: whoever reads the file hands buffers over.
    public mutating func pause() -> Bool { true }

    /// Copies a packet into the buffer at hand; refuses and counts it when there is none.
    public mutating func handle(_ packet: SourcePacket, bytes: Span<UInt8>) {
        let index = packet.interface
        while received.count <= index { received.append(0) }
        received[index] &+= 1
        let needed = PcapngEncoder.packetBlockByteCount(bytes.count)
        if !hasBuffer || needed > channel.bufferBytes &- current.blocks.count {
            guard makeRoom(needed, bytes.count) else { return }
        }
        PcapngEncoder.appendPacket(
            bytes, timestamp: packet.timestamp, originalByteCount: Int(packet.originalLength),
            interface: UInt32(truncatingIfNeeded: packet.interface), to: &current.blocks)
        if current.packets.packets == 0 { current.firstArrival = now }
        if packet.timestamp < current.firstTime { current.firstTime = packet.timestamp }
        if packet.timestamp > current.lastTime { current.lastTime = packet.timestamp }
        current.packets.add(bytes: bytes.count)
        takenInAll.add(bytes: bytes.count)
        while current.tallies.count <= index { current.tallies.append(InterfaceTally()) }
        current.tallies[index].stored.add(bytes: bytes.count)
        let missing = Int(packet.originalLength) &- bytes.count
        if missing > 0 { current.tallies[index].cut.add(bytes: missing) }
    }

    /// How many packets came from an interface, stored or not.
    public func received(at index: Int) -> UInt64 {
        index < received.count ? received[index] : 0
    }

    /// Hands over what there is when its first packet is at least `age` nanoseconds old.
    public mutating func handOver(olderThan age: Int64) {
        let isOld = hasBuffer && current.packets.packets > 0 && now - current.firstArrival >= age
        if isOld { handOver() }
    }

    /// Counts packets of files that the filter refused.
    public mutating func countFiltered(_ packets: PacketCount) { lost.filtered.add(packets) }

    /// Hands over what there is, counts of what was refused included.
    public mutating func finish() {
        handOver()
        if lost.isZero { return }
        let rest = lost
        channel.leftover.withLock { $0.add(rest) }
        lost = LostPackets()
    }

    @inline(never)
    private mutating func makeRoom(_ needed: Int, _ packetBytes: Int) -> Bool {
        if packetBytes > RecorderOptions.largestPacketBytes {
            // Only a file can hold such a packet; live ones are cut at the snaplen.
            lost.oversized.add(bytes: packetBytes)
            return false
        }
        if hasBuffer { handOver() }
        if hasBuffer { return true }
        let fresh = waitsForBuffers ? channel.free.pop() : channel.free.tryPop()
        if let fresh {
            use(fresh)
            return true
        }
        if channel.isStorageFull.load(ordering: .relaxed) {
            lost.quota.add(bytes: packetBytes)
        } else {
            lost.pool.add(bytes: packetBytes)
        }
        refusedInAll.add(bytes: packetBytes)
        return false
    }

    private mutating func use(_ fresh: consuming PacketBuffer) {
        current = fresh
        hasBuffer = true
    }

    private mutating func handOver() {
        guard hasBuffer else { return }
        current.lost.add(lost)
        guard !current.isEmpty else { return }
        lost = LostPackets()
        current.interfaceCount = interfaceCount
        var given = PacketBuffer(capacity: 0)
        swap(&given, &current)
        hasBuffer = false
        if let unwanted = channel.full.tryPush(given) {
            // The queue has room for every buffer there is, so it was closed: the writer is gone.
            refusedInAll.add(unwanted.packets)
        }
    }
}
