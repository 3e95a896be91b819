// The part of the kernel's filter that looks into VXLAN: the network, and the inner ports where
// they are surely where they seem to be.
//
// From the first byte of the UDP header:
//
//    8  VXLAN flags    12  VNI (24 bits)    16  inner Ethernet    28  inner EtherType
//   30  inner IPv4: 36 fragment, 39 protocol, 50 and 52 the ports (header of 20 bytes)
//   30  inner IPv6: 36 next header, 70 and 72 the ports (no extension headers)
//
// A load behind the packet's end makes a classic BPF program refuse the packet, so the length is
// asked first and short packets pass.

import Wire

/// The text that follows `udp dst port …` for one family of the outer IP header.
struct VXLANTest {
    enum Family { case ipv4, ipv6 }

    let filter: KernelFilter
    let family: Family
    let linkBytes: Int

    /// ` and (…)`, or nothing when VXLAN passes whatever is in it.
    var text: String {
        var tests: [String] = []
        if let network = networkTest { tests.append(network) }
        if !filter.ports.isEmpty, filter.ports.count <= KernelFilter.testLimit {
            tests.append("not (\(unwantedIPv4))")
            tests.append("not (\(unwantedIPv6))")
        } else if filter.ports.isEmpty {
            tests.append("not (\(field(28, 2)) = 0x0806)")
        }
        guard !tests.isEmpty else { return "" }
        let undecided: String
        switch family {
        case .ipv4: undecided = "len < \(linkBytes + 20 + 54) or ip[0] != 0x45"
        case .ipv6: undecided = "len < \(linkBytes + 40 + 54)"
        }
        return " and (\(undecided) or (\(tests.joined(separator: " and "))))"
    }

    /// The field of `size` bytes at `offset` from the UDP header.
    func field(_ offset: Int, _ size: Int) -> String {
        switch family {
        case .ipv4: "ip[\(20 + offset):\(size)]"
        case .ipv6: "ip6[\(40 + offset):\(size)]"
        }
    }

    var networkTest: String? {
        let vni = "\(field(12, 4)) & 0xffffff00"
        let entries = filter.networks.entries
        if entries.isEmpty || entries.count > KernelFilter.testLimit { return nil }
        // The first entry that names a network decides.
        var seen: Set<UInt32> = []
        let deciding = entries.filter { seen.insert($0.vni).inserted }
        let wantsUnlisted = filter.networks.allowsUnlisted
        let named = deciding.filter { $0.allows != wantsUnlisted }
        let tests = named.map { "\(vni) \(wantsUnlisted ? "!=" : "=") \(($0.vni & 0xFFFFFF) << 8)" }
        guard !tests.isEmpty else { return nil }
        let joined = tests.joined(separator: wantsUnlisted ? " and " : " or ")
        return "((\(joined)) or \(mayHoldTunnel))"
    }

    /// A tunnel inside the tunnel: its network is for assemble to judge.
    var mayHoldTunnel: String {
        let numbers = [17] + KernelFilter.tunnelProtocols
        let inIPv4 = numbers.map { "\(field(39, 1)) = \($0)" }.joined(separator: " or ")
        let inIPv6 = numbers.map { "\(field(36, 1)) = \($0)" }.joined(separator: " or ")
        return "(\(field(28, 2)) = 0x0800 and (\(inIPv4)))"
            + " or (\(field(28, 2)) = 0x86dd and (\(inIPv6)))"
    }

    /// IPv4 without options, no fragment, and: ICMP, UDP to no tunnel's port, or TCP of other
    /// ports.
    var unwantedIPv4: String {
        let plain =
            "\(field(28, 2)) = 0x0800 and \(field(30, 1)) = 0x45"
            + " and \(field(36, 2)) & 0x3fff = 0"
        let other = "\(field(39, 1)) = 1\(otherUDP(protocolAt: 39, portAt: 52))"
        return "\(plain) and (\(other) or (\(field(39, 1)) = 6 and not (\(ports(at: 50)))))"
    }

    /// IPv6 without extension headers and the same.
    var unwantedIPv6: String {
        let inside = family == .ipv4 ? 20 : 40
        let whole = "len >= \(linkBytes + inside + 74) and \(field(28, 2)) = 0x86dd"
        let other = "\(field(36, 1)) = 58\(otherUDP(protocolAt: 36, portAt: 72))"
        return "\(whole) and (\(other) or (\(field(36, 1)) = 6 and not (\(ports(at: 70)))))"
    }

    func otherUDP(protocolAt protocolOffset: Int, portAt portOffset: Int) -> String {
        let tunnels = (filter.vxlanPorts + filter.otherTunnelPorts).map {
            "\(field(portOffset, 2)) != \($0)"
        }
        let tests = ["\(field(protocolOffset, 1)) = 17"] + tunnels
        return " or (\(tests.joined(separator: " and ")))"
    }

    func ports(at offset: Int) -> String {
        var tests: [String] = []
        for range in filter.ports {
            for at in [offset, offset + 2] {
                tests.append(
                    range.count == 1
                        ? "\(field(at, 2)) = \(range.lowerBound)"
                        : "(\(field(at, 2)) >= \(range.lowerBound)"
                            + " and \(field(at, 2)) <= \(range.upperBound))")
            }
        }
        return tests.joined(separator: " or ")
    }
}
