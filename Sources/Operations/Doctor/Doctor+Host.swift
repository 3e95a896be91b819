// Rights, interfaces, ports, memory: what capture needs of its host.

extension Doctor {
    // capabilities(7): CAP_NET_RAW is 13.
    func rights() -> Finding {
        let check = "rights"
        guard let text = host.value(of: "CapEff", in: "/proc/self/status"),
            let effective = UInt64(text, radix: 16)
        else { return Finding(.warn, check, "the kernel does not tell") }
        if effective >> 13 & 1 == 1 { return Finding(.ok, check, "CAP_NET_RAW is there") }
        return Finding(
            .warn, check, "this user may not capture; earshot-capture needs CAP_NET_RAW",
            fix: "sudo setcap cap_net_raw+ep \"$(command -v earshot-capture)\"")
    }

    func interfaces() -> [Finding] {
        let present = host.names("/sys/class/net")
        let wanted =
            options.interfaces.isEmpty
            ? present.filter { $0 != "lo" } : options.interfaces.filter { $0 != "any" }
        if wanted.isEmpty {
            return [Finding(.warn, "interfaces", "there is none but loopback")]
        }
        return wanted.flatMap { name -> [Finding] in
            guard present.contains(name) else {
                return [
                    Finding(
                        .fail, "interface \(name)",
                        "there is none; there are \(present.joined(separator: ", "))",
                        fix: name.hasPrefix("vx")
                            ? "deploy/vxlan.sh up --vni NUMBER --remote TALKER" : "ip link")
                ]
            }
            return [link(name), missed(name), largestPacket(name)].compactMap(\.self)
        }
    }

    func link(_ name: String) -> Finding {
        let state = host.word("/sys/class/net/\(name)/operstate") ?? "unknown"
        // Tunnels and veth say unknown while they work.
        if state == "up" || state == "unknown" {
            return Finding(.ok, "interface \(name)", state == "up" ? "up" : "there")
        }
        return Finding(
            .warn, "interface \(name)", "is \(state)", fix: "sudo ip link set dev \(name) up")
    }

    func missed(_ name: String) -> Finding? {
        let folder = "/sys/class/net/\(name)/statistics"
        let lost =
            (host.number("\(folder)/rx_missed_errors") ?? 0)
            + (host.number("\(folder)/rx_fifo_errors") ?? 0)
        guard lost > 0 else { return nil }
        return Finding(
            .warn, "interface \(name)",
            "has missed \(lost) packets since it came up, before any program saw them",
            fix: "sudo ethtool -G \(name) rx 4096")
    }

    // A mirrored packet comes in Ethernet 14 + IPv4 20 + UDP 8 + VXLAN 8 more bytes; what is above
    // the path's MTU, AWS cuts.
    func largestPacket(_ name: String) -> Finding? {
        guard hears, let mtu = host.number("/sys/class/net/\(name)/mtu"),
            host.word("/sys/class/net/\(name)/type") == "1", !name.hasPrefix("vx")
        else { return nil }
        let inner = Int(clamping: mtu) - 50
        if inner >= 1500 {
            return Finding(.ok, "MTU of \(name)", "\(mtu): mirrored packets up to \(inner) fit")
        }
        return Finding(
            .warn, "MTU of \(name)",
            "\(mtu): of mirrored packets above \(inner) bytes the end is missing",
            fix: "sudo ip link set dev \(name) mtu 9001, and the same on the way there")
    }

    // Whether this host takes VXLAN at all.
    var hears: Bool {
        listener != nil || options.interfaces.contains { $0.hasPrefix("vx") }
    }

    static func listener(among ports: [UInt16], _ host: HostFacts) -> UInt16? {
        let tables = ["/proc/net/udp", "/proc/net/udp6"].compactMap { host.text($0) }
        return ports.first { port in
            let digits = String(port, radix: 16, uppercase: true)
            let ending = ":" + String(repeating: "0", count: 4 - digits.count) + digits
            return tables.contains { table in
                table.split(separator: "\n").contains { line in
                    let words = line.split(separator: " ")
                    return words.count > 1 && words[1].hasSuffix(ending)
                }
            }
        }
    }

    func vxlanPort() -> Finding {
        if let listener {
            return Finding(.ok, "VXLAN", "UDP port \(listener) is listened on")
        }
        let ports = options.vxlanPorts.map(String.init).joined(separator: ", ")
        return Finding(
            .warn, "VXLAN",
            "nobody listens on UDP port \(ports): to mirrored packets the kernel answers the talker "
                + "with ICMP errors; of no account where nothing is mirrored",
            fix: "start earshot-capture, or deploy/vxlan.sh up")
    }

    func memory() -> Finding {
        guard let text = host.value(of: "MemAvailable", in: "/proc/meminfo"),
            let kibibytes = UInt64(text)
        else { return Finding(.warn, "memory", "the kernel does not tell") }
        let said = "\(Doctor.bytes(kibibytes << 10)) available"
        // Ring and pool of 256 MiB each, a budget of 1 GiB, and what is around them.
        if kibibytes >= 1_800 << 10 { return Finding(.ok, "memory", said) }
        return Finding(
            .warn, "memory", said + ", the three processes may take 1.8 GiB",
            fix: "smaller --ring and --pool for capture, a smaller --memory for assemble")
    }

    func openFiles() -> Finding {
        guard let limits = host.text("/proc/self/limits"),
            let line = limits.split(separator: "\n").first(where: { $0.hasPrefix("Max open files") }
            ),
            let soft = line.split(separator: " ").dropFirst(3).first.flatMap({ Int($0) })
        else { return Finding(.ok, "open files", "without a limit") }
        if soft >= 256 { return Finding(.ok, "open files", "up to \(soft)") }
        return Finding(.warn, "open files", "only \(soft)", fix: "ulimit -n 4096")
    }
}
