// The bytes of packet segments, piece by piece, into an engine: window → parser → packets.
//
// One parser serves a lane for life: a section header begins the interfaces anew, and a segment
// whose first block is damaged is read on with the interfaces of the one before it, which are the
// same.

import Bytes
import Calls
import CaptureFile
import Wire

/// Reads the pcapng of packet segments and hands the packets on.
struct SegmentFeed: ~Copyable {
    /// What a segment held.
    struct Tally: Sendable, Equatable {
        /// Packets handed on.
        var packets: UInt64 = 0
        /// Their captured bytes.
        var packetBytes: UInt64 = 0
        /// Places where blocks were damaged or missing.
        var holes: UInt64 = 0
        /// Bytes passed over because no block could be made of them.
        var skippedBytes: UInt64 = 0
        /// The first packet's time.
        var firstTime: Timestamp?
        /// The last packet's time.
        var lastTime: Timestamp?
        /// The latest time that interface statistics were taken.
        var statisticsTime: Timestamp?
    }

    /// Bytes read and not parsed yet; the owner appends to it.
    var window = ByteBuffer(capacity: 2 << 20)
    /// What the present segment held so far.
    private(set) var tally = Tally()

    private var parser = CaptureFileParser()
    private var segment: UInt64 = 0
    private var isLost = false

    /// The most bytes searched for a block before the search begins anew with the next ones.
    static let searchWindowBytes = 4 << 20
    /// The most bytes a block may have.
    static let maximumBlockBytes = 16 << 20

    /// Begins a segment.
    mutating func begin(_ sequence: UInt64) {
        window.removeAll()
        tally = Tally()
        segment = sequence
        isLost = false
    }

    /// Hands on the packets that are whole in the window, and forgets them.
    mutating func run(into engine: inout Engine) { run(isComplete: false, into: &engine) }

    /// The bytes that follow are not the next ones: some are missing.
    mutating func hole(into engine: inout Engine) {
        run(isComplete: true, into: &engine)
        tally.holes &+= 1
        window.removeAll()
        isLost = true
    }

    /// The segment is over: packet time moves on even when it held no packet.
    mutating func end(into engine: inout Engine) {
        run(isComplete: true, into: &engine)
        if !window.isEmpty {
            tally.holes &+= 1
            tally.skippedBytes &+= UInt64(window.count)
            window.removeAll()
        }
        if tally.packets == 0, let time = tally.statisticsTime { engine.advance(to: time) }
    }

    private mutating func run(isComplete: Bool, into engine: inout Engine) {
        // Out of self, so that its bytes can be borrowed while the parser changes.
        var bytes = ByteBuffer()
        swap(&bytes, &window)
        var offset = 0
        repeat {
            if isLost, !findBlock(bytes.span, &offset, isComplete) { break }
        } while !readRecords(bytes.span, &offset, isComplete, into: &engine)
        bytes.removeFirst(offset)
        swap(&bytes, &window)
    }

    // Moves on to the next block after damage; false when there is none in the window.
    private mutating func findBlock(
        _ bytes: Span<UInt8>, _ offset: inout Int, _ isComplete: Bool
    ) -> Bool {
        guard let found = parser.resynchronise(in: bytes, from: offset) else {
            offset += giveUp(bytes.count - offset, isComplete)
            return false
        }
        tally.skippedBytes &+= UInt64(found - offset)
        parser.skip(found - offset)
        offset = found
        isLost = false
        return true
    }

    // A search without result keeps what may be the beginning of a block.
    private mutating func giveUp(_ rest: Int, _ isComplete: Bool) -> Int {
        guard isComplete || rest > SegmentFeed.searchWindowBytes else { return 0 }
        let dropped = isComplete ? rest : rest - SegmentFeed.searchWindowBytes / 2
        tally.skippedBytes &+= UInt64(dropped)
        parser.skip(dropped)
        return dropped
    }

    /// Reads records from `offset` on; false at damage, true when the window holds no whole one.
    private mutating func readRecords(
        _ bytes: Span<UInt8>, _ offset: inout Int, _ isComplete: Bool, into engine: inout Engine
    ) -> Bool {
        while true {
            switch parser.next(in: bytes, at: offset, isComplete: isComplete) {
            case .packet(let packet):
                receive(packet, bytes, into: &engine)
                offset = packet.nextOffset
            case .interfaceStatistics(let nextOffset):
                let time = parser.statistics.timestamp
                if time > tally.statisticsTime ?? .distantPast { tally.statisticsTime = time }
                offset = nextOffset
            case .skipped(let nextOffset): offset = nextOffset
            case .end, .truncated: return true
            case .needMore(let byteCount):
                // A length that no recorder of ours writes is damage, not a reason to wait.
                if byteCount <= SegmentFeed.maximumBlockBytes { return true }
                markDamage(bytes.count, &offset)
                return false
            case .failed:
                markDamage(bytes.count, &offset)
                return false
            }
        }
    }

    private mutating func markDamage(_ count: Int, _ offset: inout Int) {
        tally.holes &+= 1
        isLost = true
        // Blocks begin at multiples of four bytes, and this one has failed.
        let skipped = min(4, count - offset)
        tally.skippedBytes &+= UInt64(skipped)
        parser.skip(skipped)
        offset += skipped
    }

    private mutating func receive(
        _ packet: CapturedPacket, _ bytes: Span<UInt8>, into engine: inout Engine
    ) {
        tally.packets &+= 1
        tally.packetBytes &+= UInt64(packet.capturedByteCount)
        if tally.firstTime == nil { tally.firstTime = packet.timestamp }
        tally.lastTime = packet.timestamp
        engine.receive(
            bytes.slice(packet.dataOffset, packet.capturedByteCount),
            PacketHeader(
                timestamp: packet.timestamp, originalByteCount: packet.originalByteCount,
                linkType: LinkType(packet.linkType),
                location: PacketLocation(segment: segment, number: tally.packets)))
    }
}
