// The packets of one lane in order, one at a time.

import Assembly
import Bytes
import CaptureFile
import Compression
import Platform
import Spool

/// Reads the packets of some segments of a lane.
final class PacketCursor {
    let lane: UInt32
    /// The packet at hand; its bytes are in the window.
    private(set) var packet: CapturedPacket?
    /// The segment it is in.
    private(set) var sequence: UInt64 = 0
    /// Bytes that gave nothing.
    private(set) var lostBytes: UInt64 = 0
    /// Segments that were deleted while they were wanted.
    private(set) var vanished: UInt64 = 0

    private let spool: LaneSpool
    private var waiting: ArraySlice<UInt64>
    private var reader: SegmentReader
    private var walk = BlockWalk()
    private var isOpen = false

    init(_ spool: LaneSpool, lane: UInt32, sequences: [UInt64]) {
        self.spool = spool
        self.lane = lane
        waiting = sequences[...]
        reader = PacketCursor.reader(spool, lane, sequences.first ?? 0)
    }

    private static func reader(
        _ spool: LaneSpool, _ lane: UInt32, _ sequence: UInt64
    ) -> SegmentReader {
        SegmentReader(
            files: spool.files, layout: spool.layout, stage: .packets, lane: lane, from: sequence)
    }

    /// Lends the bytes of the packet at hand.
    func withBytes<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        var window = ByteBuffer()
        swap(&window, &walk.window)
        let result = body(
            window.span(from: packet?.dataOffset ?? 0, count: packet?.capturedByteCount ?? 0))
        swap(&window, &walk.window)
        return result
    }

    /// The snapshot length of the interface of the packet at hand.
    var snaplen: UInt32 { packet.map { walk.snaplen(of: $0.interface) } ?? 0 }

    /// Goes on to the next packet; `packet` is nil behind the last.
    func advance() throws(SpoolError) {
        packet = nil
        while true {
            if !isOpen, try !openNext() { return }
            switch walk.next() {
            case .packet(let found):
                packet = found
                return
            case .block: continue
            case .needMore: try readMore()
            }
        }
    }

    private func openNext() throws(SpoolError) -> Bool {
        while let wanted = waiting.popFirst() {
            reader = PacketCursor.reader(spool, lane, wanted)
            guard let opened = try reader.openNext(), opened.name.sequence == wanted else {
                vanished += 1
                continue
            }
            sequence = wanted
            walk.begin()
            isOpen = true
            return true
        }
        return false
    }

    private func readMore() throws(SpoolError) {
        if walk.isComplete {
            // Behind a hole, or at the end: nothing is left of what came before it.
            if pendingHole { walk.hole() } else { close() }
            pendingHole = false
            return
        }
        walk.compact()
        switch try reader.read(into: &walk.window) {
        case .bytes: return
        case .damaged(let damage):
            lostBytes += damage.count
            pendingHole = true
            walk.isComplete = true
        case .end(let lost):
            lostBytes += lost
            walk.isComplete = true
        }
    }

    private var pendingHole = false

    private func close() {
        isOpen = false
        walk.begin()
    }
}
