// The decoder's part of the ledger: every packet has one fate, and the fates add up.

/// What a `PacketDecoder` did with the packets it was given.
///
/// `total.packets` is the sum of `self[fate].packets` over all fates; the same holds for bytes. A
/// fragment that completes a datagram has the fate of the datagram; the others stay `fragmentHeld`.
public struct WireCounters: Sendable, BitwiseCopyable {
    /// All packets, with their captured bytes.
    public var total = PacketTally()
    var fates = InlineArray<17, PacketTally>(repeating: PacketTally())
    var kinds = InlineArray<16, UInt64>(repeating: 0)
    /// Packets of which the capture holds fewer bytes than were on the wire.
    public var truncatedPackets: UInt64 = 0
    /// Bytes that were on the wire in those packets and not in the capture.
    public var truncatedBytes: UInt64 = 0
    /// TCP payload bytes handed on.
    public var tcpPayloadBytes: UInt64 = 0
    /// TCP payload bytes that lengths promise and the capture does not hold, declared as missing.
    public var tcpMissingBytes: UInt64 = 0
    /// Datagrams put together from fragments.
    public var datagramsReassembled: UInt64 = 0
    /// Datagrams given up because fragments did not come in time.
    public var datagramsExpired: UInt64 = 0
    /// Fragments in those datagrams; each was counted `fragmentHeld`.
    public var fragmentsExpired: UInt64 = 0
    /// Payload bytes in those fragments.
    public var fragmentBytesExpired: UInt64 = 0
    /// Datagrams given up to make room for newer ones.
    public var datagramsEvicted: UInt64 = 0
    /// Fragments in those datagrams; each was counted `fragmentHeld`.
    public var fragmentsEvicted: UInt64 = 0
    /// Payload bytes in those fragments.
    public var fragmentBytesEvicted: UInt64 = 0

    /// Creates counters at zero.
    public init() {}

    /// The packets that had a fate.
    public subscript(fate: PacketFate) -> PacketTally { fates[Int(fate.rawValue)] }

    /// The packets that were wrapped in a kind of encapsulation at least once.
    public subscript(kind: EncapsulationKind) -> UInt64 { kinds[Int(kind.rawValue)] }

    @inline(__always) mutating func record(_ fate: PacketFate, byteCount: Int) {
        total.count(byteCount)
        fates[Int(fate.rawValue)].count(byteCount)
    }

    mutating func recordKinds(_ mask: UInt32) {
        var rest = mask
        while rest != 0 {
            kinds[rest.trailingZeroBitCount] &+= 1
            rest &= rest &- 1
        }
    }

    /// Adds other counters, field by field.
    public mutating func add(_ other: WireCounters) {
        total.add(other.total)
        for index in fates.indices { fates[index].add(other.fates[index]) }
        for index in kinds.indices { kinds[index] &+= other.kinds[index] }
        truncatedPackets &+= other.truncatedPackets
        truncatedBytes &+= other.truncatedBytes
        tcpPayloadBytes &+= other.tcpPayloadBytes
        tcpMissingBytes &+= other.tcpMissingBytes
        datagramsReassembled &+= other.datagramsReassembled
        datagramsExpired &+= other.datagramsExpired
        fragmentsExpired &+= other.fragmentsExpired
        fragmentBytesExpired &+= other.fragmentBytesExpired
        datagramsEvicted &+= other.datagramsEvicted
        fragmentsEvicted &+= other.fragmentsEvicted
        fragmentBytesEvicted &+= other.fragmentBytesEvicted
    }
}
