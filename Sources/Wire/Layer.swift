// The states of the decoder: which header comes next.

/// The header that the cursor stands before.
@usableFromInline
enum Layer: UInt8, BitwiseCopyable {
    /// What the link type in `type` says.
    case link
    case ethernet
    /// What the EtherType in `type` says.
    case etherType
    case ipv4
    case ipv6
    /// IPv4 or IPv6, by the first nibble.
    case ip
    /// What the IP protocol in `type` says; IPv6 extension headers are passed.
    case ipProtocol
    /// Part of a datagram; see the cursor's fragment fields.
    case fragment
    case tcp
    case udp
    case llc
    case ppp
    case ciscoHDLC
    case frameRelay
    case wlan
    case radiotap
    case mpls
    case nsh
    case gre
}
