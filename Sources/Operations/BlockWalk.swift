// The blocks of a packet segment, one at a time, over damage: pull instead of push, so that lanes
// can be merged and blocks copied as they are. The parser stays for a whole lane: behind damage at
// a segment's start the interfaces of the segment before it still hold.

import Bytes
import CaptureFile

/// Walks over pcapng blocks.
struct BlockWalk: ~Copyable {
    /// What was found.
    enum Step: Equatable {
        /// A packet; its block is `block`.
        case packet(CapturedPacket)
        /// Another block.
        case block
        /// More bytes are needed; at the end nothing is left.
        case needMore
    }

    /// Bytes read and not walked over yet; the owner appends to it.
    var window = ByteBuffer()
    /// Where the block of the last step is in the window.
    private(set) var block = 0..<0
    /// Bytes passed over because no block could be made of them.
    private(set) var skippedBytes: UInt64 = 0
    /// Whether nothing more comes before a hole or the end.
    var isComplete = false

    private var parser = CaptureFileParser()
    private var offset = 0
    private var isLost = false

    /// The most bytes a block may have.
    static let maximumBlockBytes = 16 << 20
    /// The most bytes searched for a block before the search begins anew.
    static let searchWindowBytes = 4 << 20

    /// The snapshot length of an interface, as it was described.
    func snaplen(of interface: UInt32) -> UInt32 {
        let index = Int(interface)
        return index < parser.interfaces.count ? parser.interfaces[index].snaplen : 0
    }

    /// Whether interfaces are known.
    var hasInterfaces: Bool { !parser.interfaces.isEmpty }

    /// Begins a segment.
    mutating func begin() {
        window.removeAll()
        offset = 0
        isLost = false
        isComplete = false
    }

    /// What follows is not the next bytes: some are missing.
    mutating func hole() {
        skippedBytes += UInt64(window.count - offset)
        begin()
        isLost = true
    }

    /// Teaches the parser the interfaces of a header that was lost.
    mutating func prime(_ header: Span<UInt8>) {
        var place = 0
        while true {
            let record = parser.next(in: header, at: place, isComplete: true)
            guard case .skipped(let next) = record else { return }
            place = next
        }
    }

    /// Forgets what was walked over; spans of the window are of no use behind it.
    mutating func compact() {
        window.removeFirst(offset)
        offset = 0
        block = 0..<0
    }

    /// The next block.
    mutating func next() -> Step {
        while true {
            if isLost, !findBlock() { return .needMore }
            switch readRecord() {
            case .packet(let packet):
                pass(packet.nextOffset)
                return .packet(packet)
            case .interfaceStatistics(let next), .skipped(let next):
                pass(next)
                return .block
            case .needMore(let count):
                let rest = window.count - offset
                if rest == 0 { return .needMore }
                if !isComplete, count <= BlockWalk.maximumBlockBytes { return .needMore }
                markDamage()
            case .end, .truncated: return .needMore
            case .failed: markDamage()
            }
        }
    }

    /// The window is taken out of self, so that it can be borrowed while the parser changes.
    private mutating func readRecord() -> CaptureRecord {
        var bytes = ByteBuffer()
        swap(&bytes, &window)
        let record = parser.next(in: bytes.span, at: offset, isComplete: false)
        swap(&bytes, &window)
        return record
    }

    private mutating func pass(_ next: Int) {
        block = offset..<next
        offset = next
    }

    private mutating func markDamage() {
        isLost = true
        skip(min(4, window.count - offset))
    }

    private mutating func skip(_ count: Int) {
        skippedBytes += UInt64(count)
        parser.skip(count)
        offset += count
    }

    /// Moves on to the next block behind damage; false when there is none in the window.
    private mutating func findBlock() -> Bool {
        var bytes = ByteBuffer()
        swap(&bytes, &window)
        let found = parser.resynchronise(in: bytes.span, from: offset)
        swap(&bytes, &window)
        if let found {
            skip(found - offset)
            isLost = false
            return true
        }
        let rest = window.count - offset
        if isComplete {
            skip(rest)
        } else if rest > BlockWalk.searchWindowBytes {
            skip(rest - BlockWalk.searchWindowBytes / 2)
        }
        return false
    }
}
