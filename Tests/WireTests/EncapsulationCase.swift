// Every way of wrapping, with what should come out.

import Testing
import Wire

/// One packet that holds `Build.body` in TCP from 10.0.0.1:1000 (or 2001:db8::1) to port 80.
struct EncapsulationCase: CustomTestStringConvertible {
    var testDescription: String
    var link = LinkType.ethernet
    var packet: Octets
    var isIPv6 = false
    var vni: UInt32?
    var vlan: UInt32?

    init(
        _ name: String, _ packet: Octets, link: LinkType = .ethernet, isIPv6: Bool = false,
        vni: UInt32? = nil, vlan: UInt32? = nil
    ) {
        testDescription = name
        self.packet = packet
        self.link = link
        self.isIPv6 = isIPv6
        self.vni = vni
        self.vlan = vlan
    }

    static let four = Build.ipv4(Build.tcp())
    static let six = Build.ipv6(Build.tcp())
    static let snap: Octets = [0xAA, 0xAA, 3, 0, 0, 0, 8, 0]

    static let all = ethernets + extensions + links + pointToPoint + wireless + tunnels + overUDP

    static let ethernets: [EncapsulationCase] = [
        .init("Ethernet", Build.plain),
        .init("Ethernet, IPv6", Build.ethernet(six, type: 0x86DD), isIPv6: true),
        .init("padding", Build.plain + Octets(repeating: 0, count: 30)),
        .init("IPv4 options", Build.ethernet(Build.ipv4(Build.tcp(), options: [1, 1, 1, 0]))),
        .init("TCP options", Build.ethernet(Build.ipv4(Build.tcp(options: [1, 1, 1, 0])))),
        .init("super-frame", Build.ethernet(Build.ipv4(Build.tcp(), totalLength: 0))),
        .init("LLC", Build.ethernet(snap + four, type: UInt16(snap.count + four.count))),
        .init("LLC, SAP 6", Build.ethernet([6, 6, 3] + four, type: 60)),
        .init("802.1Q", Build.ethernet(Build.vlan(5, four), type: 0x8100), vlan: 5),
        .init("priority tag", Build.ethernet(Build.vlan(0, four), type: 0x8100)),
        .init(
            "QinQ", Build.ethernet(Build.vlan(5, Build.vlan(6, four), type: 0x8100), type: 0x88A8),
            vlan: 5 << 12 | 6),
        .init(
            "three tags",
            Build.ethernet(
                Build.vlan(4, Build.vlan(5, Build.vlan(6, four), type: 0x9100), type: 0x8100),
                type: 0x88A8), vlan: 5 << 12 | 6),
        .init("MPLS", Build.ethernet(big(UInt32(0x1000), 0x2100) + four, type: 0x8847)),
        .init("MPLS, IPv6", Build.ethernet(big(UInt32(0x2100)) + six, type: 0x8847), isIPv6: true),
        .init("MPLS, Ethernet", Build.ethernet(big(UInt32(0x2100)) + Build.plain, type: 0x8848)),
        .init(
            "MPLS, control word",
            Build.ethernet(big(UInt32(0x2100), 0) + Build.plain, type: 0x8847)),
        .init("provider backbone", Build.ethernet(big(UInt32(99)) + Build.plain, type: 0x88E7)),
        .init("FabricPath", Build.ethernet(big(UInt16(99)) + Build.plain, type: 0x8903)),
        .init("VN-tag", Build.ethernet(big(UInt32(9)) + big(UInt16(0x0800)) + four, type: 0x8926)),
        .init("TRILL", Build.ethernet(big(UInt16(0x0040), 1, 2, 3, 4) + Build.plain, type: 0x22F3)),
        .init(
            "NSH",
            Build.ethernet([0, 6, 1, 1] + Octets(repeating: 0, count: 20) + four, type: 0x894F)),
        .init(
            "batman",
            Build.ethernet([0x40, 15, 1, 1, 2, 2, 2, 2, 2, 2] + Build.plain, type: 0x4305)),
        .init(
            "PPPoE",
            Build.ethernet(
                [0x11, 0, 0, 1] + big(UInt16(four.count + 2), 0x0021) + four, type: 0x8864)),
    ]

    static let extensions: [EncapsulationCase] = [
        .init(
            "hop-by-hop", link6(Build.ipv6([6, 0] + zeros(6) + Build.tcp(), next: 0)),
            isIPv6: true),
        .init(
            "destination options twice",
            link6(Build.ipv6([60, 0] + zeros(6) + [6, 1] + zeros(14) + Build.tcp(), next: 60)),
            isIPv6: true),
        .init("AH", link6(Build.ipv6([6, 1] + zeros(10) + Build.tcp(), next: 51)), isIPv6: true),
        .init(
            "mobility", link6(Build.ipv6([6, 0] + zeros(6) + Build.tcp(), next: 135)),
            isIPv6: true),
        .init(
            "atomic fragment", link6(Build.ipv6([6, 0] + zeros(6) + Build.tcp(), next: 44)),
            isIPv6: true),
        .init(
            "jumbo",
            link6(Build.ipv6([6, 0, 0xC2, 4] + zeros(4) + Build.tcp(), next: 0, length: 0)),
            isIPv6: true),
        .init(
            "AH over IPv4",
            Build.ethernet(Build.ipv4([6, 1] + zeros(10) + Build.tcp(), protocol: 51))),
    ]

    static let links: [EncapsulationCase] = [
        .init("raw", four, link: .raw),
        .init("raw 12", six, link: .rawDLT, isIPv6: true),
        .init("raw 14", four, link: .rawOpenBSD),
        .init("IPv4", four, link: .ipv4),
        .init("IPv6", six, link: .ipv6, isIPv6: true),
        .init("null, little", [2, 0, 0, 0] + four, link: .null),
        .init("null, big", [0, 0, 0, 2] + four, link: .null),
        .init("null, macOS IPv6", [30, 0, 0, 0] + six, link: .null, isIPv6: true),
        .init("null, FreeBSD IPv6", [28, 0, 0, 0] + six, link: .null, isIPv6: true),
        .init("null, NetBSD IPv6", [0, 0, 0, 24] + six, link: .null, isIPv6: true),
        .init("loop", [0, 0, 0, 2] + four, link: .loop),
        .init("enc", [2, 0, 0, 0] + zeros(8) + four, link: .enc),
        .init(
            "cooked", big(UInt16(0), 1, 6) + zeros(8) + big(UInt16(0x0800)) + four,
            link: .linuxCooked),
        .init(
            "cooked, VLAN",
            big(UInt16(0), 1, 6) + zeros(8) + big(UInt16(0x8100)) + Build.vlan(7, four),
            link: .linuxCooked, vlan: 7),
        .init(
            "cooked 2", big(UInt16(0x86DD), 0, 0, 1, 1) + [0, 6] + zeros(8) + six,
            link: .linuxCooked2,
            isIPv6: true),
        .init("NFLOG", [2, 0, 0, 0, 5, 0, 10, 0, 7, 0, 0, 0] + attribute(four), link: .nflog),
        .init(
            "pktap", [108, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0] + zeros(96) + Build.plain,
            link: .pktap),
        .init("FDDI", [0x50] + zeros(12) + snap + four, link: .fddi),
        .init("token ring", [0x10, 0x40] + zeros(12) + snap + four, link: .tokenRing),
        .init(
            "token ring, source route",
            [0x10, 0x40] + zeros(6) + [0x80] + zeros(5) + [4, 0, 1, 1] + snap + four,
            link: .tokenRing),
        .init("ARCnet", [1, 2, 212, 0, 0, 1] + four, link: .arcnet),
        .init("ARCnet, RFC 1051", [1, 2, 240] + four, link: .arcnet),
        .init("ARCnet, Linux", [1, 2, 0, 0, 212, 0, 0, 1] + four, link: .arcnetLinux),
        .init("ATM, LLC", snap + four, link: .atmRFC1483),
        .init("ATM, IP", four, link: .atmRFC1483),
        .init(
            "ATM, bridged", [0xAA, 0xAA, 3, 0, 0x80, 0xC2, 0, 7, 0, 0] + Build.plain,
            link: .atmRFC1483),
        .init("SunATM", [0x82, 0, 0, 1] + snap + four, link: .sunATM),
        .init("IEEE 1394", zeros(16) + big(UInt16(0x0800)) + four, link: .ipOverIEEE1394),
        .init("Juniper ATM1", [0x4D, 0x47, 0x43, 0, 0, 0, 0, 9] + snap + four, link: .juniperATM1),
        .init("MPLS", big(UInt32(0x2100)) + four, link: .mpls),
        .init("mPacket", zeros(8) + Build.plain, link: .ethernetMPacket),
        .init("ERF", zeros(8) + [2] + zeros(9) + Build.plain, link: .erf),
    ]

    static let pointToPoint: [EncapsulationCase] = [
        .init("PPP", [0xFF, 3, 0, 0x21] + four, link: .ppp),
        .init("PPP, compressed", [0x21] + four, link: .ppp),
        .init("PPP, IPv6", [0xFF, 3, 0, 0x57] + six, link: .pppHDLC, isIPv6: true),
        .init("PPP with direction", [1, 0xFF, 3, 0, 0x21] + four, link: .pppWithDirection),
        .init("PPP, pppd", [1, 3, 0, 0x21] + four, link: .pppPPPD),
        .init(
            "PPPoE", [0x11, 0, 0, 1] + big(UInt16(four.count + 2), 0x0021) + four,
            link: .pppEthernet),
        .init("Cisco HDLC", [0x0F, 0, 8, 0] + four, link: .ciscoHDLC),
        .init("Cisco HDLC as PPP", [0x8F, 0, 8, 0] + four, link: .pppHDLC),
        .init("Frame Relay, NLPID", [0x18, 0x41, 3, 0xCC] + four, link: .frameRelay),
        .init(
            "Frame Relay, SNAP", [0x18, 0x41, 3, 0, 0x80, 0, 0, 0, 8, 0] + four, link: .frameRelay),
        .init("Frame Relay, Cisco", [0x18, 0x41, 8, 0] + four, link: .frameRelay),
        .init("SLIP", zeros(16) + four, link: .slip),
    ]

    static let wireless: [EncapsulationCase] = [
        .init("802.11", [8, 1] + zeros(22) + snap + four, link: .wlan),
        .init("802.11, QoS", [0x88, 1] + zeros(22) + zeros(2) + snap + four, link: .wlan),
        .init("802.11, four addresses", [8, 3] + zeros(28) + snap + four, link: .wlan),
        .init(
            "radiotap", [0, 0, 8, 0, 0, 0, 0, 0, 8, 1] + zeros(22) + snap + four,
            link: .wlanRadiotap),
        .init(
            "radiotap, padded",
            [0, 0, 17, 0, 3, 0, 0, 0] + zeros(8) + [0x20, 0x88, 1] + zeros(22) + zeros(4) + snap
                + four,
            link: .wlanRadiotap),
        .init("PPI", [0, 0, 8, 0, 105, 0, 0, 0, 8, 1] + zeros(22) + snap + four, link: .ppi),
        .init(
            "Prism", zeros(4) + [144, 0, 0, 0] + zeros(136) + [8, 1] + zeros(22) + snap + four,
            link: .wlanPrism),
        .init(
            "AVS", big(UInt32(0x8021_1001), 64) + zeros(56) + [8, 1] + zeros(22) + snap + four,
            link: .wlanAVS),
    ]

    static let tunnels: [EncapsulationCase] = [
        .init("IP in IP", over4(four, 4)),
        .init("6in4", over4(six, 41), isIPv6: true),
        .init("4in6", link6(Build.ipv6(four, next: 4))),
        .init("GRE", over4(Build.gre(four, type: 0x0800), 47)),
        .init(
            "GRE, all fields",
            over4(Build.gre(four, type: 0x0800, flags: 0xB000, fields: zeros(12)), 47)),
        .init(
            "GRE, routing",
            over4(
                Build.gre(
                    four, type: 0x0800, flags: 0x4000, fields: zeros(4) + [8, 0, 0, 4] + zeros(8)),
                47)),
        .init("GRE, Ethernet", over4(Build.gre(Build.plain, type: 0x6558), 47)),
        .init("ERSPAN I", over4(Build.gre(Build.plain, type: 0x88BE), 47)),
        .init(
            "ERSPAN II",
            over4(
                Build.gre(zeros(8) + Build.plain, type: 0x88BE, flags: 0x1000, fields: zeros(4)), 47
            )),
        .init(
            "ERSPAN III",
            over4(
                Build.gre(zeros(12) + Build.plain, type: 0x22EB, flags: 0x1000, fields: zeros(4)),
                47)),
        .init(
            "ERSPAN III, subheader",
            over4(
                Build.gre(
                    zeros(11) + [1] + zeros(8) + Build.plain, type: 0x22EB, flags: 0x1000,
                    fields: zeros(4)), 47)),
        .init("WCCP 2", over4(Build.gre(zeros(4) + four, type: 0x883E), 47)),
        .init("WCCP 1", over4(Build.gre(four, type: 0x883E), 47)),
        .init(
            "PPTP",
            over4(Build.gre([0, 0x21] + four, type: 0x880B, flags: 0x3001, fields: zeros(8)), 47)),
        .init("Aruba", over4(Build.gre([8, 1] + zeros(22) + snap + four, type: 0x8200), 47)),
        .init("EtherIP", over4([0x30, 0] + Build.plain, 97)),
        .init("MPLS in IP", over4(big(UInt32(0x2100)) + four, 137)),
        .init("L2TPv3", over4(zeros(4) + zeros(4) + Build.plain, 115)),
    ]

    static let overUDP: [EncapsulationCase] = [
        .init("VXLAN", Build.overUDP(Build.vxlan(Build.plain, vni: 77), to: 4789), vni: 77),
        .init(
            "VXLAN, reserved bits",
            Build.overUDP(Build.vxlan(Build.plain, vni: 77, flags: 0xFB, next: 9), to: 4789),
            vni: 77),
        .init(
            "VXLAN-GPE, IPv4",
            Build.overUDP(Build.vxlan(four, vni: 1, flags: 0x0C, next: 1), to: 4789),
            vni: 1),
        .init(
            "VXLAN-GPE, NSH",
            Build.overUDP(
                Build.vxlan([0, 2, 2, 3] + zeros(4) + Build.plain, vni: 1, flags: 0x0C, next: 4),
                to: 4789),
            vni: 1),
        .init(
            "VXLAN in VXLAN",
            Build.overUDP(
                Build.vxlan(Build.overUDP(Build.vxlan(Build.plain, vni: 2), to: 4789), vni: 1),
                to: 4789), vni: 2),
        .init(
            "VLAN in VXLAN",
            Build.overUDP(
                Build.vxlan(Build.ethernet(Build.vlan(3, four), type: 0x8100), vni: 2), to: 4789),
            vni: 2, vlan: 3),
        .init(
            "VXLAN in VLAN",
            Build.ethernet(
                Build.vlan(
                    3,
                    Build.ipv4(
                        Build.udp(Build.vxlan(Build.plain, vni: 2), to: 4789),
                        protocol: 17)),
                type: 0x8100), vni: 2),
        .init("GENEVE", Build.overUDP(geneve(0x6558) + Build.plain, to: 6081), vni: 12),
        .init(
            "GENEVE, options", Build.overUDP(geneve(0x0800, words: 2) + zeros(8) + four, to: 6081),
            vni: 12),
        .init("GTP", Build.overUDP([0x30, 0xFF] + gtp(four) + four, to: 2152)),
        .init("GTP, another port", Build.overUDP([0x30, 0xFF] + gtp(four) + four, to: 9999)),
        .init(
            "GTP, extension",
            Build.overUDP([0x36, 0xFF] + gtp(four) + [0, 1, 0, 0x85, 1, 0, 9, 0] + six, to: 2152),
            isIPv6: true),
        .init("Teredo", Build.overUDP(six, to: 3544), isIPv6: true),
        .init(
            "Teredo, origin and authentication",
            Build.overUDP([0, 1, 0, 0] + zeros(9) + zeros(8) + six, from: 3544, to: 3000),
            isIPv6: true),
        .init("L2TP", Build.overUDP([0, 2] + zeros(4) + [0xFF, 3, 0, 0x21] + four, to: 1701)),
        .init(
            "L2TP, all fields",
            Build.overUDP([0x4A, 2] + zeros(10) + [0, 2, 0, 0] + [0, 0x21] + four, to: 1701)),
        .init("L2TPv3", Build.overUDP([0, 3, 0, 0, 0, 0, 0, 9] + Build.plain, to: 1701)),
        .init(
            "AYIYA", Build.overUDP([0x40, 0x52, 0x11, 41] + zeros(4 + 16 + 20) + six, to: 5072),
            isIPv6: true),
        .init(
            "VXLAN, the port of Linux",
            Build.overUDP(Build.vxlan(Build.plain, vni: 7), to: 8472), vni: 7),
        .init(
            "VXLAN in VXLAN, both ports",
            Build.overUDP(
                Build.vxlan(
                    Build.overUDP(Build.vxlan(Build.plain, vni: 8), to: 8472), vni: 7), to: 4789),
            vni: 8),
        .init("MPLS in UDP", Build.overUDP(big(UInt32(0x2100)) + four, to: 6635)),
        .init("LISP", Build.overUDP(zeros(8) + four, to: 4341)),
        .init(
            "TZSP", Build.overUDP([1, 0, 0, 1, 0, 10, 1, 9, 1] + Build.plain, to: 37008)),
        .init("GRE in UDP", Build.overUDP(Build.gre(four, type: 0x0800), to: 4754)),
    ]

    static func zeros(_ count: Int) -> Octets { Octets(repeating: 0, count: count) }
    static func link6(_ packet: Octets) -> Octets { Build.ethernet(packet, type: 0x86DD) }
    static func over4(_ payload: Octets, _ number: UInt8) -> Octets {
        Build.ethernet(Build.ipv4(payload, protocol: number))
    }
    static func attribute(_ packet: Octets) -> Octets {
        [UInt8(packet.count + 4), 0, 9, 0] + packet
    }
    static func geneve(_ type: UInt16, words: UInt8 = 0) -> Octets {
        [words, 0] + big(type) + big(UInt32(12) << 8)
    }
    static func gtp(_ payload: Octets) -> Octets { big(UInt16(payload.count)) + big(UInt32(5)) }
}
