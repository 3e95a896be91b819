// Every way of wrapping, every cut of it, and the balance of fates.

import Bytes
import Testing
import Wire

@Suite struct PacketDecoderTests {
    @Test(arguments: EncapsulationCase.all)
    func `what is wrapped comes out`(_ example: EncapsulationCase) {
        let bench = Bench()
        bench.decode(example.packet, link: example.link)
        let addresses =
            example.isIPv6
            ? "[2001:db8::1]:1000 > [2001:db8::2]:80" : "10.0.0.1:1000 > 10.0.0.2:80"
        let expected = Decoded(
            packet: addresses + " 7", payload: Build.body, missing: 0,
            encapsulation: Encapsulation(vni: example.vni, vlan: example.vlan))
        #expect(bench.collector.all == [expected])
        #expect(bench.fate == .tcp)
        #expect(bench.isBalanced)
    }

    @Test func `Teredo is known by its addresses on any port, and by nothing else`() {
        let stranger = Build.ipv6(Build.tcp())
        var teredo = stranger
        teredo.replaceSubrange(24..<28, with: [0x20, 1, 0, 0])
        for (inner, fate) in [
            (stranger, PacketFate.udp), (teredo, .tcp), (teredo + [0], .udp),
        ] {
            let bench = Bench()
            bench.decode(Build.overUDP(inner, from: 1000, to: 2000))
            #expect(bench.fate == fate)
        }
    }

    @Test func `what only resembles VXLAN on the port of Linux is UDP`() {
        let bench = Bench()
        for packet in [
            Build.vxlan(Build.plain, vni: 5, flags: 9),
            Build.vxlan(Build.plain + [0], vni: 5, next: 1),
            [8, 0, 0, 0, 0, 0, 5, 1] + Build.plain,
            Build.vxlan(Build.ethernet(Octets(repeating: 0x41, count: 60)), vni: 5),
        ] {
            bench.decode(Build.overUDP(packet, to: 8472))
            #expect(bench.fate == .udp)
        }
    }

    /// A cut packet is a segment whose cut bytes are declared, or a truncated header; never less.
    @Test(arguments: EncapsulationCase.all)
    func `a cut at any byte costs the bytes it cut`(_ example: EncapsulationCase) {
        let count = example.packet.count
        for length in 0..<count {
            let bench = Bench()
            bench.decode(Octets(example.packet.prefix(length)), link: example.link, original: count)
            #expect(bench.isBalanced)
            for segment in bench.collector.all {
                #expect(segment.payload == Octets(Build.body.prefix(segment.payload.count)))
                #expect(segment.payload.count + segment.missing == Build.body.count)
            }
        }
    }

    @Test func `a mirror that cuts leaves a gap of known size`() {
        let inner = Build.ethernet(Build.ipv4(Build.tcp(Octets(repeating: 65, count: 1400))))
        let bench = Bench()
        let kept = Octets(inner.prefix(inner.count - 100))
        bench.decode(Build.overUDP(Build.vxlan(kept, vni: 5), to: 4789))
        #expect(bench.collector.all.first?.missing == 100)
        #expect(bench.collector.all.first?.payload.count == 1300)
        #expect(bench.decoder.counters.tcpMissingBytes == 100)
        #expect(bench.decoder.counters.truncatedPackets == 0)
    }

    @Test func `a capture that ends among the TCP options keeps the length`() {
        let packet = Build.ethernet(Build.ipv4(Build.tcp(options: Octets(repeating: 1, count: 12))))
        let bench = Bench()
        bench.decode(Octets(packet.prefix(14 + 20 + 24)), original: packet.count)
        #expect(bench.collector.all.first?.payload == [])
        #expect(bench.collector.all.first?.missing == Build.body.count)
    }

    @Test func `a super-frame has the length of its frame`() {
        let payload = Octets(repeating: 66, count: 250_000)
        let bench = Bench()
        bench.decode(Build.ethernet(Build.ipv4(Build.tcp(payload), totalLength: 0)))
        #expect(bench.collector.all.first?.payload == payload)
        bench.decode(
            Build.ethernet(Build.ipv4(Build.tcp(payload), totalLength: 0)), original: 260_054)
        #expect(bench.collector.all.last?.missing == 10_000)
        // An original length that no card makes is not believed beyond the limit.
        bench.decode(Build.ethernet(Build.ipv4(Build.tcp(), totalLength: 0)), original: .max)
        #expect((bench.collector.all.last?.missing ?? .max) < 1 << 20)
    }

    @Test func `PPPoE's own length ends the packet`() {
        let packet = Build.ipv4(Build.tcp([]), totalLength: 46)
        let bench = Bench()
        bench.decode(
            Build.ethernet(
                [0x11, 0, 0, 1] + big(UInt16(42), 0x21) + packet + Octets(repeating: 0, count: 6),
                type: 0x8864))
        #expect(bench.collector.all.first?.payload == [])
        #expect(bench.collector.all.first?.missing == 0)
    }

    @Test func `a routing header names the final destination`() {
        let final = Octets(repeating: 0xEE, count: 16)
        let header: Octets = [6, 2, 0, 1, 0, 0, 0, 0]
        let bench = Bench()
        bench.decode(Build.ipv6(header + final + Build.tcp(), next: 43), link: .ipv6)
        let text = "eeee:eeee:eeee:eeee:eeee:eeee:eeee:eeee"
        #expect(bench.collector.all.first?.packet == "[2001:db8::1]:1000 > [\(text)]:80 7")
    }

    static let fates: [(Octets, LinkType, PacketFate)] = [
        (Build.ethernet([0, 1], type: 0x0806), .ethernet, .arp),
        (Build.ethernet([0, 1], type: 0x88CC), .ethernet, .otherEtherType),
        (Build.ethernet([0x42, 0x42, 3], type: 3), .ethernet, .otherEtherType),
        (Build.ethernet(Build.ipv4(Build.udp([], to: 53), protocol: 17)), .ethernet, .udp),
        (Build.ethernet(Build.ipv4([], protocol: 1)), .ethernet, .icmp),
        (Build.ethernet(Build.ipv6([], next: 58), type: 0x86DD), .ethernet, .icmp),
        (Build.ethernet(Build.ipv4([], protocol: 132)), .ethernet, .sctp),
        (Build.ethernet(Build.ipv4([], protocol: 50)), .ethernet, .otherIPProtocol),
        (Build.plain, LinkType(147), .unknownLinkType),
        ([], .ethernet, .malformed),
        (Build.ethernet(Build.ipv4([0, 1])), .ethernet, .malformed),
        (Build.ethernet(Build.ipv4(Build.tcp(), totalLength: 19)), .ethernet, .malformed),
        (Build.ethernet([0x44] + Octets(repeating: 0, count: 40)), .ethernet, .malformed),
        (
            Build.overUDP(Build.vxlan(Build.plain, vni: 1, flags: 0), to: 4789), .ethernet,
            .vxlanInvalid
        ),
        (Build.overUDP(Build.vxlan(Build.plain, vni: 1, flags: 9), to: 8472), .ethernet, .udp),
        ([0xFF, 3, 0xC0, 0x21, 1, 1], .ppp, .otherLinkPayload),
        ([0x80, 0] + Octets(repeating: 0, count: 30), .wlan, .otherLinkPayload),
        ([8, 0x40] + Octets(repeating: 0, count: 40), .wlan, .otherLinkPayload),
    ]

    @Test(arguments: fates.indices)
    func `what is no TCP is counted by kind`(_ index: Int) {
        let (packet, link, fate) = PacketDecoderTests.fates[index]
        let bench = Bench()
        bench.decode(packet, link: link)
        #expect(bench.collector.all.isEmpty)
        #expect(bench.fate == fate)
        #expect(bench.isBalanced)
    }

    @Test func `nesting ends at the limit`() {
        func nested(_ depth: Int) -> Octets {
            (1..<depth).reduce(Build.ipv4(Build.tcp())) { inner, _ in
                Build.ipv4(inner, protocol: 4)
            }
        }
        let bench = Bench()
        bench.decode(nested(16), link: .raw)
        #expect(bench.fate == .tcp)
        bench.decode(nested(17), link: .raw)
        #expect(bench.decoder.counters[.tooDeep].packets == 1)
        // Tags are no nesting, but their number ends too.
        let tags = (0..<2000).reduce(Build.ipv4(Build.tcp())) { inner, index in
            Build.vlan(1, inner, type: index == 0 ? 0x0800 : 0x8100)
        }
        bench.decode(Build.ethernet(tags, type: 0x8100))
        #expect(bench.decoder.counters[.tooDeep].packets == 2)
    }

    @Test func `ports and networks filter`() throws {
        var options = DecoderOptions()
        options.ports = [80, 8080]
        options.vniFilter = try VNIFilter(parsing: "7")
        options.vxlanPorts = [4789, 8472]
        let bench = Bench(options)
        bench.decode(Build.plain)
        bench.decode(Build.ethernet(Build.ipv4(Build.tcp(from: 8080, to: 1))))
        bench.decode(Build.ethernet(Build.ipv4(Build.tcp(from: 81, to: 1))))
        #expect(bench.collector.all.count == 2)
        #expect(bench.decoder.counters[.portFiltered].packets == 1)
        bench.decode(Build.overUDP(Build.vxlan(Build.plain, vni: 7), to: 8472))
        bench.decode(Build.overUDP(Build.vxlan(Build.plain, vni: 8), to: 4789))
        #expect(bench.collector.all.count == 3)
        #expect(bench.decoder.counters[.vniFiltered].packets == 1)
        #expect(bench.isBalanced)
    }

    @Test func `encapsulations are counted once per packet`() {
        let bench = Bench()
        bench.decode(
            Build.overUDP(
                Build.vxlan(Build.overUDP(Build.vxlan(Build.plain, vni: 2), to: 4789), vni: 1),
                to: 4789))
        #expect(bench.decoder.counters[EncapsulationKind.vxlan] == 1)
        #expect(bench.decoder.counters[EncapsulationKind.gre] == 0)
    }
}
