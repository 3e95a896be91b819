// The filter in the kernel: what surely is not wanted never reaches the ring, and nothing else is
// lost.
//
// Rule: a packet is refused only when its headers prove it unwanted. What a classic BPF program
// cannot decide passes and is left to assemble: fragments, IPv6 extension headers, IP options under
// VXLAN, tunnels inside tunnels, MPLS, PPPoE. The operator's own expression is asked about the
// outer packet, as a program of its own: `vlan` and its like shift the offsets of all that follows
// them in a text. RFC 7348 §5 (VXLAN), RFC 8926 (GENEVE), RFC 8200 §4 (IPv6).

import CPcap
public import Wire

/// What packets the kernel shall hand over.
public struct KernelFilter: Sendable, Equatable {
    /// The TCP ports wanted, as source or destination; none means all.
    public var ports: [ClosedRange<UInt16>] = []
    /// The VXLAN networks wanted; all by default.
    public var networks = VNIFilter()
    /// The UDP ports VXLAN comes in on; none means VXLAN is not looked into and not wanted.
    public var vxlanPorts: [UInt16] = [4789]
    /// The UDP ports of tunnels whose content is left to assemble: GENEVE, VXLAN-GPE, GTP-U,
    /// Teredo, L2TP, AYIYA.
    public var otherTunnelPorts: [UInt16] = [6081, 4790, 2152, 3544, 1701, 5072]
    /// Whether packets outside any tunnel are unwanted, as on a machine that only hears mirrors.
    public var isTunnelledOnly = false
    /// The operator's expression in pcap-filter(7); empty for none.
    public var userExpression = ""

    /// How many networks and how many port ranges are tested inside VXLAN; with more the kernel
    /// lets all of them through, since its programs may have 4,096 instructions.
    static let testLimit = 32
    /// IP in IP, IPv6 in IP, GRE, EtherIP, L2TPv3, MPLS, Ethernet.
    static let tunnelProtocols = [4, 41, 47, 97, 115, 137, 143]
    /// Hop-by-hop, routing, fragment, authentication, destination options, mobility, HIP, Shim6.
    static let extensionHeaders = [0, 43, 44, 51, 60, 135, 139, 140]
    /// IPv4, IPv6 and VLAN tags, which are looked into; ARP, RARP, LLDP, EAPOL, LACP and PPPoE's
    /// discovery, in which there is no TCP. Frames of all other types pass.
    static let decidedEtherTypes = [
        0x0800, 0x86DD, 0x8100, 0x88A8, 0x9100, 0x0806, 0x8035, 0x88CC, 0x888E, 0x8809, 0x8863,
    ]

    /// Everything on TCP, plain or in a tunnel.
    public init() {}

    /// The text of the filter made from ports and networks, for a link type.
    public func text(linkType: UInt16) -> String {
        let linkBytes: Int
        switch linkType {
        case LinkTypeNumber.ethernet:
            let (plain, tagged, doubled) = (layer(14), layer(18), layer(22))
            return "\(plain) or (vlan and (\(tagged) or (vlan and (\(doubled)))))"
        case LinkTypeNumber.linuxCooked: linkBytes = 16
        case LinkTypeNumber.linuxCooked2: linkBytes = 20
        case LinkTypeNumber.raw, LinkTypeNumber.ipv4, LinkTypeNumber.ipv6: linkBytes = 0
        case _: linkBytes = 24
        }
        // `vlan` is known for Ethernet only; elsewhere a tag is left to assemble.
        let tags = [0x8100, 0x88A8, 0x9100].map { "ether proto \($0)" }
        return "\(layer(linkBytes)) or \(tags.joined(separator: " or "))"
    }

    /// What to let through at one depth of VLAN tags, `linkBytes` being in front of the IP header.
    func layer(_ linkBytes: Int) -> String {
        var parts: [String] = []
        if !isTunnelledOnly {
            if ports.isEmpty { parts.append("tcp") }
            for range in ports {
                parts.append(
                    range.count == 1
                        ? "tcp port \(range.lowerBound)"
                        : "tcp portrange \(range.lowerBound)-\(range.upperBound)")
            }
        }
        // Fragments carry no ports but the first; all of them pass, the first one included. Only
        // UDP and TCP matter.
        parts.append("(ip[6:2] & 0x3fff != 0 and (ip[9] = 6 or ip[9] = 17))")
        let tunnels = Self.tunnelProtocols.map { "ip[9] = \($0)" }
        parts.append(tunnels.joined(separator: " or "))
        let extensions = (Self.extensionHeaders + Self.tunnelProtocols).map { "ip6[6] = \($0)" }
        parts.append(extensions.joined(separator: " or "))
        let decided = Self.decidedEtherTypes.map { "ether proto \($0)" }
        parts.append("not (\(decided.joined(separator: " or ")))")
        let ports = otherTunnelPorts.map { "port \($0)" }
        if !ports.isEmpty { parts.append("(udp and (\(ports.joined(separator: " or "))))") }
        if !vxlanPorts.isEmpty {
            let list = vxlanPorts.map { "dst port \($0)" }.joined(separator: " or ")
            let inner4 = VXLANTest(filter: self, family: .ipv4, linkBytes: linkBytes).text
            let inner6 = VXLANTest(filter: self, family: .ipv6, linkBytes: linkBytes).text
            parts.append("(ip and udp and (\(list))\(inner4))")
            parts.append("(ip6 and udp and (\(list))\(inner6))")
        }
        return "(" + parts.joined(separator: " or ") + ")"
    }

    /// Compiles text and the operator's expression and joins them.
    ///
    /// The text made here is compiled for packets as files have them, also for a live handle: the
    /// kernel takes the outermost tag off before the program runs, and libpcap 1.10's own way of
    /// asking for it (`vlan` on a live handle) gets the offsets of what follows wrong. So a packet
    /// with one tag is tested as one without, one with two tags as one with one. The operator's
    /// `vlan 7` does need the live handle.
    func compile(
        for handle: borrowing PcapHandle, linkType: UInt16
    ) throws(CaptureError) -> BPFProgram {
        let program = try compileText(linkType: linkType)
        guard !userExpression.isEmpty else { return program }
        return try BPFProgram.compile(userExpression, for: handle).and(program)
    }

    private func compileText(linkType: UInt16) throws(CaptureError) -> BPFProgram {
        try BPFProgram.compile(text(linkType: linkType), for: Self.deadHandle(linkType, 262_144))
    }

    private static func deadHandle(
        _ linkType: UInt16, _ snaplen: Int32
    ) throws(CaptureError) -> PcapHandle {
        // SAFETY: the handle is owned and closed by PcapHandle.
        guard let pointer = unsafe pcap_open_dead(LinkTypeNumber.dataLink(linkType), snaplen) else {
            throw .failed(call: "pcap_open_dead", subject: "\(linkType)", detail: "out of memory")
        }
        return unsafe PcapHandle(pointer)
    }

    /// Compiles the filter for packets of files: for `--check`, for tests, and for filtering them.
    ///
    /// - Throws: `CaptureError.invalidFilter` with libpcap's message.
    public func compile(linkType: UInt16, snaplen: Int32 = 262_144) throws(CaptureError)
        -> FileFilter
    {
        let handle = try Self.deadHandle(linkType, snaplen)
        return FileFilter(try compile(for: handle, linkType: linkType))
    }
}
