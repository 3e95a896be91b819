// What recovery asks of an unsealed packet segment: how many bytes of it are whole pcapng blocks,
// and what its manifest should have said.

import Bytes
import CaptureFile
import PacketSource
import Spool

/// Looks through the pcapng of a segment that a crash left open.
struct PacketInspector: RecoveryInspector, ~Copyable {
    private let software: String
    private var window = ByteBuffer()
    private var parser = CaptureFileParser()
    private var usable: UInt64 = 0
    private var hasFailed = false
    private var content = SegmentContent()

    /// The most bytes of a record that are waited for.
    private static let largestRecord = RecorderOptions.largestPacketBytes + (1 << 20)

    init(software: String) { self.software = software }

    mutating func consume(_ bytes: Span<UInt8>) {
        if hasFailed { return }
        window.append(bytes)
        var held = ByteBuffer()
        swap(&held, &window)
        let offset = read(held.span)
        usable &+= UInt64(offset)
        held.removeFirst(offset)
        swap(&held, &window)
    }

    /// Reads whole records. - Returns: Where the next one begins.
    private mutating func read(_ bytes: Span<UInt8>) -> Int {
        var offset = 0
        var isDone = false
        while !isDone {
            switch parser.next(in: bytes, at: offset, isComplete: false) {
            case .packet(let packet):
                count(packet)
                offset = packet.nextOffset
            case .skipped(let nextOffset), .interfaceStatistics(let nextOffset):
                offset = nextOffset
            case .needMore(let byteCount):
                hasFailed = byteCount > Self.largestRecord
                isDone = true
            case .end, .truncated, .failed:
                hasFailed = true
                isDone = true
            }
        }
        return offset
    }

    mutating func hole() {
        // Readers of pcapng stop where a block is missing: what is whole ends here.
        hasFailed = true
    }

    mutating func finish() -> RecoveredContent {
        let known = parser.interfaces.enumerated().map { index, interface in
            SourceInterface(
                name: "interface \(index)", linkType: UInt16(clamping: interface.linkType),
                snaplen: interface.snaplen)
        }
        var manifest = content.manifest(interfaces: known, software: software)
        manifest.isMarker = content.packets.packets == 0
        return RecoveredContent(usableBytes: usable, manifest: manifest)
    }

    private mutating func count(_ packet: CapturedPacket) {
        let index = Int(packet.interface)
        while content.tallies.count <= index { content.tallies.append(InterfaceTally()) }
        content.tallies[index].stored.add(bytes: packet.capturedByteCount)
        let missing = packet.originalByteCount - packet.capturedByteCount
        if missing > 0 { content.tallies[index].cut.add(bytes: missing) }
        content.packets.add(bytes: packet.capturedByteCount)
        content.firstTime = min(content.firstTime, packet.timestamp)
        content.lastTime = max(content.lastTime, packet.timestamp)
    }
}
