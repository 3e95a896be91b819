// Packets of a spool as one pcapng file: of a time range, of a flow, of a call. Lanes are merged by
// time, so that what stands in the file is in the order of the wire.

public import Assembly
import Bytes
import CaptureFile
import Spool
import Wire

/// Exports packets.
public struct PacketExport: Sendable {
    /// What an export came to.
    public struct Tally: Sendable, Equatable {
        /// Packets written.
        public var packets: UInt64 = 0
        /// Their captured bytes.
        public var bytes: UInt64 = 0
        /// Packets looked at.
        public var seen: UInt64 = 0
        /// Bytes of segments that gave nothing.
        public var lostBytes: UInt64 = 0
        /// Segments that were deleted while they were wanted.
        public var vanished: UInt64 = 0
    }

    private let spool: LaneSpool
    /// The time.
    public var time = TimeRange()
    /// The flows; empty is every packet.
    public var flows: [FlowSpec] = []
    /// The lanes; empty is all.
    public var lanes: Set<UInt32> = []
    /// UDP ports that carry VXLAN.
    public var vxlanPorts: [UInt16] = [4789]

    /// Bytes handed on at once, about.
    static let writeBytes = 1 << 20

    /// Chooses a spool.
    public init(_ spool: LaneSpool) { self.spool = spool }

    /// Writes the packets chosen.
    ///
    /// - Parameter write: Takes the file's bytes, piece by piece.
    public func run(_ write: (Span<UInt8>) throws -> Void) throws -> Tally {
        var tally = Tally()
        var cursors: [PacketCursor] = []
        for lane in try RetainedSegments.lanes(.packets, lanes, in: spool) {
            let segments = try RetainedSegments.packets(lane, in: time, of: spool)
            let cursor = PacketCursor(spool, lane: lane, sequences: segments.map(\.sequence))
            try cursor.advance()
            cursors.append(cursor)
        }
        var output = ByteBuffer()
        PcapngEncoder.appendSectionHeader(application: "earshot replay", to: &output)
        var interfaces: [InterfaceKind] = []
        var matcher = FlowMatcher(flows, vxlanPorts: vxlanPorts)
        while let cursor = PacketExport.earliest(cursors), let packet = cursor.packet {
            tally.seen += 1
            let isWanted =
                time.contains(packet.timestamp.nanoseconds)
                && cursor.withBytes { matcher.takes(packet, $0) }
            if isWanted {
                let kind = InterfaceKind(linkType: packet.linkType, snaplen: cursor.snaplen)
                let index = PacketExport.index(of: kind, in: &interfaces, &output)
                cursor.withBytes { bytes in
                    PcapngEncoder.appendPacket(
                        bytes, timestamp: packet.timestamp,
                        originalByteCount: packet.originalByteCount, interface: index,
                        to: &output)
                }
                tally.packets += 1
                tally.bytes += UInt64(packet.capturedByteCount)
            }
            if output.count >= PacketExport.writeBytes {
                try write(output.span)
                output.removeAll()
            }
            try cursor.advance()
        }
        try write(output.span)
        for cursor in cursors {
            tally.lostBytes += cursor.lostBytes
            tally.vanished += cursor.vanished
        }
        return tally
    }

    private struct InterfaceKind: Equatable {
        var linkType: UInt32
        var snaplen: UInt32
    }

    /// The lane whose packet is next; of equals the first, so that the order is always the same.
    private static func earliest(_ cursors: [PacketCursor]) -> PacketCursor? {
        var found: PacketCursor?
        var time = Timestamp(nanoseconds: .max)
        for cursor in cursors {
            guard let packet = cursor.packet else { continue }
            if found == nil || packet.timestamp < time {
                found = cursor
                time = packet.timestamp
            }
        }
        return found
    }

    private static func index(
        of kind: InterfaceKind, in known: inout [InterfaceKind], _ output: inout ByteBuffer
    ) -> UInt32 {
        if let index = known.firstIndex(of: kind) { return UInt32(index) }
        PcapngEncoder.appendInterface(
            linkType: kind.linkType, snaplen: kind.snaplen, to: &output)
        known.append(kind)
        return UInt32(known.count - 1)
    }
}

/// Says whether packets belong to flows.
private struct FlowMatcher: ~Copyable {
    private var eye: FlowEye
    private var decoder: PacketDecoder

    init(_ flows: [FlowSpec], vxlanPorts: [UInt16]) {
        eye = FlowEye(flows: flows)
        var options = DecoderOptions()
        options.vxlanPorts = vxlanPorts
        decoder = PacketDecoder(options)
    }

    mutating func takes(_ packet: CapturedPacket, _ bytes: Span<UInt8>) -> Bool {
        if eye.flows.isEmpty { return true }
        eye.isMatch = false
        decoder.decode(
            bytes,
            PacketHeader(
                timestamp: packet.timestamp, originalByteCount: packet.originalByteCount,
                linkType: LinkType(packet.linkType)), into: &eye)
        return eye.isMatch
    }
}

private struct FlowEye: TCPPacketHandler {
    let flows: [FlowSpec]
    var isMatch = false

    mutating func handle(_ packet: TCPPacket, payload: Span<UInt8>) {
        if flows.contains(where: { $0.contains(packet) }) { isMatch = true }
    }
}
