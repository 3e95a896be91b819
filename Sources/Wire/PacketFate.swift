// What became of a packet: exactly one of these, so that the ledger adds up.

/// The final fate of one packet.
public enum PacketFate: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    /// A TCP segment was handed on.
    case tcp
    /// A TCP segment with neither port listed.
    case portFiltered
    /// In a VXLAN network that the filter denies.
    case vniFiltered
    /// UDP that wraps nothing known.
    case udp
    /// ICMP or ICMPv6.
    case icmp
    /// SCTP.
    case sctp
    /// Another protocol over IP, or a tunnel's own message.
    case otherIPProtocol
    /// ARP or RARP.
    case arp
    /// Neither IP nor ARP.
    case otherEtherType
    /// Control, encrypted or compressed frames of the link layer.
    case otherLinkPayload
    /// VXLAN without its I flag. RFC 7348 §5.
    case vxlanInvalid
    /// A fragment kept until its datagram is whole, or one that brought nothing new.
    case fragmentHeld
    /// A fragment refused by a limit.
    case fragmentOverLimit
    /// More headers inside one another than the limit.
    case tooDeep
    /// Cut by the capture before the TCP header was complete.
    case truncated
    /// Headers that contradict themselves.
    case malformed
    /// A link type without a decoder.
    case unknownLinkType

    /// How many fates there are.
    static let count = 17
}
