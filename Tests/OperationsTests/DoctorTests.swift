import Assembly
import Platform
import Spool
import Testing

@testable import Operations

@Suite struct DoctorTests {
    static let healthy: [String: String] = [
        "/proc/self/status": "Name:\tearshot\nCapEff:\t0000000000002000\n",
        "/proc/meminfo": "MemTotal: 8000000 kB\nMemAvailable:   7000000 kB\n",
        "/proc/self/limits": "Max open files            1024                 4096     files\n",
        "/proc/net/udp":
            "  sl  local_address rem_address\n   1: 00000000:12B5 00000000:0000 07\n",
        "/sys/class/net/eth0/operstate": "up\n",
        "/sys/class/net/eth0/mtu": "9001\n",
        "/sys/class/net/eth0/type": "1\n",
        "/sys/class/net/eth0/statistics/rx_missed_errors": "0\n",
    ]

    func examine(
        _ changes: [String: String] = [:], interfaces: [String] = [], spool: LaneSpool? = nil
    ) -> [Finding] {
        let facts = Self.healthy.merging(changes) { $1 }
        let host = HostFacts(
            text: { facts[$0] }, names: { $0 == "/sys/class/net" ? ["eth0", "lo"] : [] })
        var options = Doctor.Options()
        options.interfaces = interfaces
        return Doctor(options, host: host, root: "/spool", spool: spool).examine()
    }

    @Test func `a host that is fit is told so`() {
        let findings = examine()
        #expect(findings.allSatisfy { $0.level == .ok }, "\(findings)")
        #expect(findings.count >= 6)
    }

    @Test(arguments: [
        ("/proc/self/status", "CapEff:\t0000000000000000\n", "rights", "setcap"),
        ("/proc/net/udp", "  sl  local_address\n", "VXLAN", "earshot-capture"),
        ("/sys/class/net/eth0/mtu", "1500\n", "MTU of eth0", "mtu 9001"),
        ("/sys/class/net/eth0/operstate", "down\n", "interface eth0", "ip link set dev eth0 up"),
        ("/sys/class/net/eth0/statistics/rx_missed_errors", "7\n", "interface eth0", "ethtool -G"),
        ("/proc/meminfo", "MemAvailable: 900000 kB\n", "memory", "--ring"),
        ("/proc/self/limits", "Max open files   64   64   files\n", "open files", "ulimit"),
    ])
    func `what is wrong comes with what mends it`(
        path: String, text: String, check: String, mend: String
    ) throws {
        let found = examine([path: text]).filter { $0.level != .ok }
        #expect(found.count == 1, "\(found)")
        let finding = try #require(found.first)
        #expect(finding.check == check)
        #expect(finding.level == .warn)
        #expect(finding.fix?.contains(mend) == true)
        #expect(finding.line.contains("mend: "))
    }

    @Test func `an interface that is not there is a failure that names those there are`() throws {
        let found = examine(interfaces: ["vx0"]).filter { $0.level == .fail }
        let finding = try #require(found.first)
        #expect(finding.text.contains("eth0"))
        #expect(finding.fix?.contains("vxlan.sh") == true)
    }

    @Test func `a spool is looked at, timed, and left as it was`() throws {
        let files = MemoryFiles()
        for path in ["/spool", "/spool/state", "/spool/packets", "/spool/calls"] {
            try files.makeDirectory(path)
        }
        let spool = LaneSpool(
            files: files, layout: SpoolLayout(root: "/spool"), time: ManualTime())
        let before = files.paths
        let findings = examine(spool: spool)
        #expect(findings.contains { $0.check == "disk" && $0.level == .ok })
        #expect(findings.contains { $0.check == "losses" && $0.level == .ok })
        #expect(files.paths == before)
    }
}
