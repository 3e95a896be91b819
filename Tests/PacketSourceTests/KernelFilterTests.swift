import Bytes
import Testing
import Wire

@testable import PacketSource

@Suite struct KernelFilterTests {
    typealias Make = PacketMaker

    func filter(_ change: (inout KernelFilter) -> Void) throws -> FileFilter {
        var filter = KernelFilter()
        change(&filter)
        return try filter.compile(linkType: 1)
    }

    func passes(_ filter: FileFilter, _ packet: [UInt8]) -> Bool { filter.matches(packet.span) }

    /// Every way to wrap a frame that a port filter must see through.
    static func wrapped(_ frame: [UInt8]) -> [(name: String, packet: [UInt8])] {
        [
            ("plain", frame),
            ("VLAN", Make.tagged(7, frame)),
            ("QinQ", Make.tagged(9, type: 0x88A8, Make.tagged(7, frame))),
            ("VXLAN", Make.tunnel4(77, frame)),
            ("VXLAN over IPv6", Make.tunnel6(77, frame)),
            ("VLAN outside VXLAN", Make.tagged(7, Make.tunnel4(77, frame))),
            ("QinQ outside VXLAN", Make.tagged(9, Make.tagged(7, Make.tunnel6(77, frame)))),
        ]
    }

    @Test(arguments: [UInt16(80), 8443])
    func `wanted ports pass and others do not, however wrapped`(port: UInt16) throws {
        let filter = try filter { $0.ports = [80...80, 8443...8443] }
        for make in [Make.plain4, Make.plain6] {
            for (name, packet) in Self.wrapped(make(port, 40_000, [])) {
                #expect(passes(filter, packet), "request side, \(name)")
            }
            for (name, packet) in Self.wrapped(make(40_000, port, [1, 2, 3])) {
                #expect(passes(filter, packet), "response side, \(name)")
            }
            for (name, packet) in Self.wrapped(make(22, 40_000, [1])) {
                #expect(!passes(filter, packet), "unwanted, \(name)")
            }
        }
    }

    @Test func `port ranges include their ends and nothing else`() throws {
        let filter = try filter { $0.ports = [8000...8010] }
        for (port, expected) in [(7999, false), (8000, true), (8010, true), (8011, false)] {
            for (name, packet) in Self.wrapped(Make.plain4(40_000, UInt16(port))) {
                #expect(passes(filter, packet) == expected, "\(port) \(name)")
            }
        }
    }

    @Test func `without ports all TCP passes and other traffic does not`() throws {
        let filter = try filter { _ in }
        for (name, packet) in Self.wrapped(Make.plain4(22, 40_000)) {
            #expect(passes(filter, packet), "\(name)")
        }
        let dns = Make.ethernet(0x0800, Make.ipv4(1, 2, number: 17, Make.udp(53, 4000, [1])))
        #expect(!passes(filter, dns))
        #expect(!passes(filter, Make.tagged(5, dns)))
        #expect(!passes(filter, Make.ethernet(0x0806, [UInt8](repeating: 0, count: 46))))
        #expect(!passes(filter, Make.ethernet(0x0800, Make.ipv4(1, 2, number: 1, [8, 0, 0, 0]))))
    }

    @Test func `fragments pass, first and later ones, plain and tagged`() throws {
        let filter = try filter { $0.ports = [80...80] }
        for fragment: UInt16 in [0x2000, 0x2010, 0x0010] {
            for number: UInt8 in [6, 17] {
                let packet = Make.ethernet(
                    0x0800, Make.ipv4(1, 2, number: number, Make.tcp(1, 2), fragment: fragment))
                for (name, wrapped) in Self.wrapped(packet) {
                    #expect(passes(filter, wrapped), "\(fragment) \(number) \(name)")
                }
            }
        }
        // "Don't fragment" is no fragment.
        let whole = Make.ethernet(
            0x0800, Make.ipv4(1, 2, number: 6, Make.tcp(1, 2), fragment: 0x4000))
        #expect(!passes(filter, whole))
        #expect(!passes(filter, Make.tunnel4(77, whole)))
        let first = Make.tcp(9, 9)
        let six = Make.ethernet(
            0x86DD, Make.ipv6(1, 2, next: 44, [6, 0, 0, 1, 0, 0, 0, 9] + first))
        for (name, wrapped) in Self.wrapped(six) { #expect(passes(filter, wrapped), "\(name)") }
    }

    @Test func `what the kernel cannot decide passes`() throws {
        let filter = try filter { $0.ports = [80...80] }
        let other = Make.plain4(22, 40_000)
        let hop = Make.ethernet(
            0x86DD, Make.ipv6(1, 2, next: 0, [6, 0, 0, 0, 0, 0, 0, 0] + Make.tcp(1, 2)))
        let options = Make.ethernet(
            0x0800,
            Make.ipv4(1, 2, number: 6, Make.tcp(1, 2), options: [1, 1, 1, 0]))
        #expect(passes(filter, hop))
        #expect(passes(filter, Make.tunnel4(5, options)), "inner options move the inner ports")
        #expect(!passes(filter, options), "outer options do not")
        #expect(passes(filter, Make.tunnel4(5, Make.tagged(3, other))), "a tag inside the tunnel")
        #expect(passes(filter, Make.tunnel4(5, Make.tunnel4(6, other))), "a tunnel in the tunnel")
        #expect(passes(filter, Make.ethernet(0x8847, [0, 1, 1, 64])), "MPLS")
        #expect(passes(filter, Make.ethernet(0x8864, [0x11, 0, 0, 1])), "PPPoE")
        let gre = Make.ethernet(0x0800, Make.ipv4(1, 2, number: 47, [0, 0, 8, 0]))
        #expect(passes(filter, gre))
        let geneve = Make.ethernet(0x0800, Make.ipv4(1, 2, number: 17, Make.udp(9, 6081, [0])))
        #expect(passes(filter, geneve))
    }

    @Test func `a tunnelled packet cut short passes at every length that hides its ports`() throws {
        let filter = try filter {
            $0.ports = [80...80]
            $0.networks = VNIFilter([.init(vni: 77, allows: true)])
        }
        for packet in [
            Make.tunnel4(77, Make.plain4(80, 4000)), Make.tunnel4(77, Make.plain6(80, 4000)),
            Make.tunnel6(77, Make.plain4(80, 4000)), Make.tunnel6(77, Make.plain6(80, 4000)),
        ] {
            // From the UDP ports on, which any filter needs.
            let start = packet[12] == 8 ? 14 + 20 + 8 : 14 + 40 + 8
            for length in start...packet.count {
                #expect(passes(filter, Array(packet[0..<length])), "\(length) of \(packet.count)")
            }
        }
    }

    @Test func `networks are let through as listed`() throws {
        let wanted = Make.plain4(80, 4000, [1])
        let lists: [(String, [UInt32: Bool])] = [
            ("77", [77: true, 78: false]), ("77,78", [77: true, 78: true, 79: false]),
            ("-77", [77: false, 78: true]), ("-77,78", [77: false, 78: true, 79: true]),
            ("", [77: true, 16_777_215: true]), ("16777215", [16_777_215: true, 77: false]),
        ]
        for ports: [ClosedRange<UInt16>] in [[], [80...80]] {
            for (text, answers) in lists {
                let networks = try VNIFilter(parsing: text)
                let filter = try filter {
                    $0.networks = networks
                    $0.ports = ports
                }
                for (network, expected) in answers {
                    #expect(passes(filter, Make.tunnel4(network, wanted)) == expected, "\(text)")
                    #expect(passes(filter, Make.tunnel6(network, wanted)) == expected, "\(text)")
                    #expect(networks.allows(network) == expected)
                }
                #expect(passes(filter, wanted), "what is not tunnelled")
            }
        }
    }

    @Test func `the operator's expression asks about the outer packet, tags or not`() throws {
        let packet = Make.tunnel4(77, Make.plain4(80, 4000))
        let tagged = Make.tagged(7, packet)
        for (text, plain, inTag) in [
            ("host 172.16.0.1", true, false), ("host 10.0.0.1", false, false),
            ("vlan 7", false, true), ("vlan and host 172.16.0.1", false, true),
            ("not vlan", true, false), ("host 172.16.0.1 or vlan 7", true, true),
        ] {
            let filter = try filter {
                $0.ports = [80...80]
                $0.userExpression = text
            }
            #expect(passes(filter, packet) == plain, "\(text)")
            #expect(passes(filter, tagged) == inTag, "\(text), tagged")
            #expect(!passes(filter, Make.plain4(22, 23)), "\(text), unwanted port")
        }
    }

    @Test func `a wrong expression is named`() throws {
        var filter = KernelFilter()
        filter.userExpression = "prot 80"
        do {
            _ = try filter.compile(linkType: 1)
            Issue.record("it compiled")
        } catch {
            guard case .invalidFilter(let text, let detail) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(text == "prot 80")
            #expect(!detail.isEmpty)
            #expect(error.exitCode == 64)
        }
    }

    @Test(arguments: [UInt16(1), 101, 113, 276, 228, 229, 0])
    func `the filter compiles for every link type Linux offers`(linkType: UInt16) throws {
        var filter = KernelFilter()
        filter.ports = (0..<32).map { 8000 + $0 * 2...8000 + $0 * 2 }
        filter.networks = VNIFilter((0..<32).map { .init(vni: $0, allows: true) })
        filter.userExpression = linkType == 1 ? "not port 22" : ""
        let compiled = try filter.compile(linkType: linkType)
        #expect(compiled.instructionCount <= 4096)
    }

    @Test func `only tunnels pass where only mirrors are heard`() throws {
        let filter = try filter { $0.isTunnelledOnly = true }
        #expect(!passes(filter, Make.plain4(80, 4000)))
        #expect(passes(filter, Make.tunnel4(1, Make.plain4(80, 4000))))
    }

    @Test func `cooked and raw packets are filtered by the same ports`() throws {
        var filter = KernelFilter()
        filter.ports = [80...80]
        let raw = try filter.compile(linkType: 101)
        #expect(passes(raw, Array(Make.plain4(80, 1)[14...])))
        #expect(!passes(raw, Array(Make.plain4(81, 1)[14...])))
        #expect(passes(raw, Array(Make.tunnel4(1, Make.plain6(1, 80))[14...])))
        let cooked = try filter.compile(linkType: 113)
        let header: [UInt8] = [0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0]
        #expect(passes(cooked, (header + Make.plain4(80, 1)[14...])))
        #expect(!passes(cooked, (header + Make.plain4(81, 1)[14...])))
        #expect(!passes(cooked, (header + Make.tunnel4(1, Make.plain4(81, 1))[14...])))
    }
}
