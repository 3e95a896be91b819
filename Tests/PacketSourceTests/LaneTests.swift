import Bytes
import Testing

@testable import PacketSource

@Suite struct LaneTests {
    typealias Make = PacketMaker

    struct Flow {
        var isIPv6: Bool
        var addresses: (UInt128, UInt128)
        var ports: (UInt16, UInt16)

        init(_ generator: inout SeededGenerator) {
            isIPv6 = Bool.random(using: &generator)
            addresses = (
                .random(in: 0...UInt128.max, using: &generator),
                .random(in: 0...UInt128.max, using: &generator)
            )
            ports = (
                .random(in: 0...UInt16.max, using: &generator),
                .random(in: 0...UInt16.max, using: &generator)
            )
        }

        func frame(forward: Bool, payload: [UInt8] = [], fragment: UInt16 = 0) -> [UInt8] {
            let (from, to) = forward ? addresses : (addresses.1, addresses.0)
            let (source, target) = forward ? ports : (ports.1, ports.0)
            let tcp = Make.tcp(source, target, payload)
            if isIPv6 {
                return Make.ethernet(0x86DD, Make.ipv6(from, to, next: 6, tcp))
            }
            return Make.ethernet(
                0x0800,
                Make.ipv4(
                    UInt32(truncatingIfNeeded: from), UInt32(truncatingIfNeeded: to), number: 6,
                    tcp,
                    fragment: fragment))
        }
    }

    static func wrappings(_ frame: [UInt8], _ network: UInt32) -> [[UInt8]] {
        [
            frame, Make.tagged(5, frame), Make.tagged(9, type: 0x88A8, Make.tagged(5, frame)),
            Make.tunnel4(network, frame), Make.tunnel6(network, frame),
            Make.tagged(5, Make.tunnel4(network, frame)),
            Make.tunnel4(network, Make.tagged(5, frame)),
        ]
    }

    @Test func `both directions of random flows share a lane, however wrapped`() {
        let program = LaneProgram.make(vxlanPorts: [4789, 8472])
        let hash = LaneHash(vxlanPorts: [4789, 8472])
        var generator = SeededGenerator(seed: 1)
        var counts = [Int](repeating: 0, count: 4)
        for _ in 0..<500 {
            let flow = Flow(&generator)
            var numbers: Set<UInt32> = []
            for forward in [true, false] {
                for packet in Self.wrappings(flow.frame(forward: forward, payload: [1, 2]), 77) {
                    let received = BPFInterpreter.run(program, on: .received(packet))
                    let sent = BPFInterpreter.run(program, on: .sent(packet))
                    let swift = hash.hash(of: packet, linkType: 1)
                    numbers.formUnion([received, sent, swift])
                }
            }
            #expect(numbers.count == 1)
            counts[Int((numbers.first ?? 0) % 4)] += 1
        }
        // 500 flows over 4 lanes: 125 each on average; far from empty, far from all.
        #expect(counts.allSatisfy { $0 > 80 && $0 < 170 }, "\(counts)")
    }

    @Test func `flows between two hosts spread by their ports`() {
        let hash = LaneHash(vxlanPorts: [4789])
        var counts = [Int](repeating: 0, count: 8)
        for port in UInt16(32_768)..<33_568 {
            counts[hash.lane(of: Make.plain4(port, 80), linkType: 1, lanes: 8)] += 1
        }
        #expect(counts.allSatisfy { $0 > 60 && $0 < 140 }, "\(counts)")
    }

    @Test func `the kernel's program and the hash agree on any bytes`() {
        let program = LaneProgram.make(vxlanPorts: [4789])
        let hash = LaneHash(vxlanPorts: [4789])
        var generator = SeededGenerator(seed: 2)
        var compared = 0
        for round in 0..<3_000 {
            let flow = Flow(&generator)
            let all = Self.wrappings(flow.frame(forward: true), 5)
            var packet = all[round % all.count]
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                let place = Int.random(in: 18..<packet.count, using: &generator)
                packet[place] = .random(in: 0...255, using: &generator)
            }
            packet = Array(packet[0..<Int.random(in: 22...packet.count, using: &generator)])
            let expected = BPFInterpreter.run(program, on: .received(packet))
            #expect(hash.hash(of: packet, linkType: 1) == expected, "round \(round)")
            compared += 1
        }
        #expect(compared == 3_000)
    }

    @Test func `all fragments of a packet share a lane in both directions`() {
        let hash = LaneHash(vxlanPorts: [4789])
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<50 {
            var flow = Flow(&generator)
            flow.isIPv6 = false
            let numbers = Set(
                [0x2000, 0x2010, 0x0020].flatMap { fragment in
                    [true, false].map {
                        hash.hash(
                            of: flow.frame(forward: $0, fragment: fragment), linkType: 1)
                    }
                })
            #expect(numbers.count == 1)
        }
    }

    @Test func `the same packet has the same lane under every link type`() {
        let hash = LaneHash(vxlanPorts: [4789])
        let frame = Make.tunnel4(7, Make.plain4(80, 40_000))
        let network = Array(frame[14...])
        let cooked: [UInt8] = [0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0] + network
        let cooked2: [UInt8] = [8, 0] + [UInt8](repeating: 0, count: 18) + network
        let expected = hash.hash(of: frame, linkType: 1)
        #expect(hash.hash(of: cooked, linkType: 113) == expected)
        #expect(hash.hash(of: cooked2, linkType: 276) == expected)
        #expect(hash.hash(of: network, linkType: 101) == expected)
        #expect(hash.hash(of: ([2, 0, 0, 0] + network), linkType: 0) == expected)
    }

    @Test func `nothing is too short to have a lane`() {
        let hash = LaneHash(vxlanPorts: [4789])
        let frame = Make.tunnel6(7, Make.plain6(80, 40_000))
        for length in 0...frame.count {
            let packet = Array(frame[0..<length])
            for linkType: UInt16 in [0, 1, 101, 113, 276, 228, 229, 147] {
                let lane = hash.lane(of: packet, linkType: linkType, lanes: 3)
                #expect((0..<3).contains(lane))
            }
        }
    }

    @Test func `the kernel takes the program`() {
        let program = LaneProgram.make(vxlanPorts: Array(1...40))
        #expect(program.instructions.count <= 4096)
        #expect(program.instructions.last?.code == 0x16)
    }
}

extension LaneHash {
    func hash(of packet: [UInt8], linkType: UInt16) -> UInt32 {
        hash(of: packet.span, linkType: linkType)
    }

    func lane(of packet: [UInt8], linkType: UInt16, lanes: Int) -> Int {
        lane(of: packet.span, linkType: linkType, lanes: lanes)
    }
}
