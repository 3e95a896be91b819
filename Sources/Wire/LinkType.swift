// What the first byte of a packet belongs to. Numbers: tcpdump.org/linktypes.html.

/// A LINKTYPE_ number as capture files and pcapng interface descriptions carry it.
public struct LinkType: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    /// The LINKTYPE_ number.
    public var rawValue: UInt32
    /// Creates a value from its bits.
    @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
    /// Creates a link type from its number.
    @inlinable public init(_ number: UInt32) { rawValue = number }

    /// BSD loopback: a 4-byte address family in the writer's byte order.
    public static let null = LinkType(0)
    /// Ethernet II or 802.3.
    public static let ethernet = LinkType(1)
    /// 802.5 token ring.
    public static let tokenRing = LinkType(6)
    /// ARCnet with BSD headers.
    public static let arcnet = LinkType(7)
    /// SLIP behind a 16-byte pseudo header.
    public static let slip = LinkType(8)
    /// PPP, with or without HDLC framing.
    public static let ppp = LinkType(9)
    /// FDDI.
    public static let fddi = LinkType(10)
    /// Raw IP, as DLT_RAW is numbered on most systems.
    public static let rawDLT = LinkType(12)
    /// Raw IP, as DLT_RAW is numbered on OpenBSD.
    public static let rawOpenBSD = LinkType(14)
    /// PPP in HDLC-like framing, or Cisco HDLC.
    public static let pppHDLC = LinkType(50)
    /// A PPPoE session packet without its Ethernet header.
    public static let pppEthernet = LinkType(51)
    /// ATM, LLC or VC multiplexing. RFC 2684.
    public static let atmRFC1483 = LinkType(100)
    /// Raw IP, version by the first nibble.
    public static let raw = LinkType(101)
    /// Cisco HDLC.
    public static let ciscoHDLC = LinkType(104)
    /// 802.11 without a pseudo header.
    public static let wlan = LinkType(105)
    /// Linux classical IP over ATM.
    public static let atmClassicalIP = LinkType(106)
    /// Frame Relay.
    public static let frameRelay = LinkType(107)
    /// OpenBSD loopback: a 4-byte address family, big-endian.
    public static let loop = LinkType(108)
    /// OpenBSD enc(4): a 12-byte header.
    public static let enc = LinkType(109)
    /// Linux cooked capture.
    public static let linuxCooked = LinkType(113)
    /// 802.11 behind a Prism (or AVS) header.
    public static let wlanPrism = LinkType(119)
    /// SunATM.
    public static let sunATM = LinkType(123)
    /// 802.11 behind a radiotap header.
    public static let wlanRadiotap = LinkType(127)
    /// ARCnet with Linux headers.
    public static let arcnetLinux = LinkType(129)
    /// Juniper ATM2 interface.
    public static let juniperATM2 = LinkType(135)
    /// Juniper ATM1 interface.
    public static let juniperATM1 = LinkType(137)
    /// Apple's IP over IEEE 1394.
    public static let ipOverIEEE1394 = LinkType(138)
    /// 802.11 behind an AVS header.
    public static let wlanAVS = LinkType(163)
    /// PPP of Linux pppd: the address byte is a direction.
    public static let pppPPPD = LinkType(166)
    /// Juniper Ethernet.
    public static let juniperEthernet = LinkType(178)
    /// Per-packet information: a header that names the inner link type.
    public static let ppi = LinkType(192)
    /// Endace extensible record format.
    public static let erf = LinkType(197)
    /// PPP behind a direction byte.
    public static let pppWithDirection = LinkType(204)
    /// Cisco HDLC behind a direction byte.
    public static let ciscoHDLCWithDirection = LinkType(205)
    /// Frame Relay behind a direction byte.
    public static let frameRelayWithDirection = LinkType(206)
    /// MPLS label stack.
    public static let mpls = LinkType(219)
    /// Raw IPv4.
    public static let ipv4 = LinkType(228)
    /// Raw IPv6.
    public static let ipv6 = LinkType(229)
    /// Linux netfilter log.
    public static let nflog = LinkType(239)
    /// Ethernet behind a 4-byte netANALYZER header.
    public static let netAnalyzer = LinkType(240)
    /// Ethernet behind a netANALYZER header, preamble and start of frame.
    public static let netAnalyzerTransparent = LinkType(241)
    /// Apple pktap: a header that names the inner link type.
    public static let pktap = LinkType(258)
    /// Ethernet with preamble (802.3br mPackets).
    public static let ethernetMPacket = LinkType(274)
    /// Linux cooked capture, version 2.
    public static let linuxCooked2 = LinkType(276)
}
