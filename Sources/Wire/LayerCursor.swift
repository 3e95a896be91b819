// Where the decoder stands in a packet, and what it has learnt on the way.
//
// Invariants: 0 <= offset <= end <= promised, and end <= the number of bytes at hand. Every header
// is read after `has`, so that no load can be out of range. A step reads one header or changes
// layer.

/// A place between two headers of one packet.
@usableFromInline
struct LayerCursor: BitwiseCopyable {
    @usableFromInline var layer: Layer
    /// The link type, EtherType or IP protocol that says what comes next.
    @usableFromInline var type: UInt32 = 0
    /// The offset of the next header, at last of the TCP payload.
    @usableFromInline var offset = 0
    /// The end of the captured bytes that belong to the present header.
    @usableFromInline var end: Int
    /// The end that the lengths on the wire promise.
    @usableFromInline var promised: Int
    /// The end that a length of the link's own sets, which no IP length can exceed.
    @usableFromInline var ceiling = Int.max
    /// How many Ethernet and IP headers were entered.
    @usableFromInline var depth = 0
    /// How many headers of any kind were read.
    @usableFromInline var steps = 0
    /// The encapsulations met, one bit per `EncapsulationKind`.
    @usableFromInline var kinds: UInt32 = 0
    /// The innermost VNI, or `LayerCursor.none`.
    @usableFromInline var vni = LayerCursor.none
    /// The VLAN tags of the innermost link header, or `LayerCursor.none`.
    @usableFromInline var vlan = LayerCursor.none
    @usableFromInline var source = IPAddress(v6: 0)
    @usableFromInline var destination = IPAddress(v6: 0)
    @usableFromInline var sourcePort: UInt16 = 0
    @usableFromInline var destinationPort: UInt16 = 0
    @usableFromInline var sequence: UInt32 = 0
    @usableFromInline var acknowledgement: UInt32 = 0
    @usableFromInline var flags: UInt8 = 0
    /// Whether this is the last fragment of its datagram.
    @usableFromInline var isLastFragment = false
    /// Where the fragment belongs in its datagram.
    @usableFromInline var fragmentOffset: Int32 = 0
    /// The identification that its fragments share.
    @usableFromInline var fragmentIdentification: UInt32 = 0
    /// The captured bytes of the packet, for counting.
    @usableFromInline var packetByteCount: Int
    /// Whether a datagram was completed, which the cursor now stands before.
    @usableFromInline var isDatagramComplete = false

    /// No VNI, no VLAN.
    @usableFromInline static let none = UInt32.max

    /// Stands before the first header of a packet.
    @inlinable @inline(__always)
    init(_ header: PacketHeader, byteCount: Int, superFrameBytes: Int) {
        layer = header.linkType.rawValue == 1 ? .ethernet : .link
        type = header.linkType.rawValue
        end = byteCount
        promised = max(byteCount, min(header.originalByteCount, superFrameBytes))
        packetByteCount = byteCount
    }

    /// How the flow's network is told from others.
    @inlinable @inline(__always) var encapsulation: Encapsulation {
        Encapsulation(
            vni: vni == LayerCursor.none ? nil : vni, vlan: vlan == LayerCursor.none ? nil : vlan)
    }

    /// The TCP segment that the cursor has come to.
    @inlinable @inline(__always) func segment(_ header: PacketHeader) -> TCPPacket {
        TCPPacket(
            timestamp: header.timestamp, location: header.location,
            source: Endpoint(source, sourcePort),
            destination: Endpoint(destination, destinationPort),
            encapsulation: encapsulation, sequence: SequenceNumber(sequence),
            acknowledgement: SequenceNumber(acknowledgement), flags: TCPFlags(rawValue: flags),
            missingByteCount: promised &- end)
    }

    /// Moves to the start of a datagram put together from fragments.
    mutating func enter(_ datagram: CompletedDatagram) {
        layer = .ipProtocol
        type = datagram.protocolNumber
        offset = 0
        end = datagram.capturedByteCount
        promised = datagram.byteCount
        ceiling = Int.max
        isDatagramComplete = true
    }

    /// Whether `byteCount` bytes are at hand.
    @inline(__always) func has(_ byteCount: Int) -> Bool { end &- offset >= byteCount }

    /// The fate of a packet that ends inside a header of `byteCount` bytes: the capture cut it, or
    /// it never was that long.
    @inline(__always) func short(_ byteCount: Int) -> PacketFate {
        promised - offset >= byteCount ? .truncated : .malformed
    }

    /// Passes a header and names the next one.
    @inline(__always)
    mutating func advance(_ byteCount: Int, to next: Layer) -> PacketFate? {
        offset &+= byteCount
        layer = next
        return nil
    }

    /// Passes a header that ends with the EtherType of the next.
    @inline(__always)
    mutating func advance(_ byteCount: Int, etherType: UInt16) -> PacketFate? {
        type = UInt32(etherType)
        return advance(byteCount, to: etherType == 0x0800 ? .ipv4 : .etherType)
    }

    /// Bounds what follows to `byteCount` bytes, of which fewer may be at hand.
    @inline(__always) mutating func bound(_ byteCount: Int) {
        promised = min(offset &+ byteCount, ceiling)
        end = min(end, promised)
    }

    /// Notes an encapsulation.
    @inline(__always) mutating func note(_ kind: EncapsulationKind) {
        kinds |= 1 << UInt32(kind.rawValue)
    }
}
