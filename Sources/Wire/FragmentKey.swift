// What the fragments of one datagram have in common. RFC 791 §3.2, RFC 8200 §4.5.

/// The identity of a datagram that was sent in fragments, within its virtual network.
struct FragmentKey: Hashable, BitwiseCopyable {
    var source: IPAddress
    var destination: IPAddress
    var identification: UInt32
    /// The IPv4 protocol; IPv6 does not count it in, and has 0 here.
    var protocolNumber: UInt32
    var vni: UInt32
    var vlan: UInt32

    init(_ cursor: LayerCursor) {
        source = cursor.source
        destination = cursor.destination
        identification = cursor.fragmentIdentification
        protocolNumber = cursor.source.isIPv4 ? cursor.type : 0
        vni = cursor.vni
        vlan = cursor.vlan
    }
}
