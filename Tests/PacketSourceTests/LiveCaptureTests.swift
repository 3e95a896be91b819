import Bytes
import Glibc
import Platform
import Testing
import Wire

@testable import PacketSource

@Suite(.serialized, .enabled(if: TestNetwork.shouldRun)) struct LiveCaptureTests {
    typealias Make = PacketMaker

    static func options() -> LiveOptions {
        var options = LiveOptions()
        options.ringBytes = 8 << 20
        options.blockTimeoutMilliseconds = 20
        return options
    }

    static func filter(_ change: (inout KernelFilter) -> Void = { _ in }) -> KernelFilter {
        var filter = KernelFilter()
        change(&filter)
        return filter
    }

    @Test func `a ring's numbers balance, and its packets are whole and in order`() throws {
        try TestNetwork.run {
            let configured = try ConfiguredCapture(interface: "v1", options: Self.options())
            var capture = try configured.activate(index: 3)
            let injector = try Injector("v0")
            for port in UInt16(0)..<50 { injector.send(Make.plain4(80, port)) }
            try capture.start(Self.filter { $0.ports = [80...80] })
            for port in UInt16(1000)..<2000 {
                injector.send(Make.plain4(80, port, [UInt8](repeating: 7, count: 100)))
                if port % 2 == 0 { injector.send(Make.plain4(22, port)) }
            }
            var handler = CollectingHandler()
            try capture.stop(into: &handler)
            for port in UInt16(0)..<10 { injector.send(Make.plain4(80, port)) }
            _ = try capture.dispatch(into: &handler)
            let expected = (UInt16(1000)..<2000).map {
                Make.plain4(80, $0, [UInt8](repeating: 7, count: 100))
            }
            #expect(handler.packets == expected)
            #expect(handler.interfaces == [3])
            let statistics = capture.statistics()
            #expect(statistics.received == 1000)
            #expect(statistics.dropped == 0)
            #expect(statistics.interfaceDropped == nil)
            let delivered = capture.deliveredPackets
            #expect(delivered == 1000)
            let isNanosecond = capture.isNanosecond
            #expect(isNanosecond)
            let linkType = capture.linkType
            #expect(linkType == 1)
            let now = SystemTime().wallNanoseconds()
            #expect(handler.times.allSatisfy { now - $0 >= 0 && now - $0 < 60_000_000_000 })
            #expect(InterfaceCounters(interface: "v1").source.contains("v1"))
        }
    }

    @Test func `the kernel filters tagged and tunnelled packets as libpcap does`() throws {
        try TestNetwork.run {
            let filter = Self.filter {
                $0.ports = [80...80]
                $0.networks = VNIFilter([.init(vni: 77, allows: true)])
                $0.userExpression = "not host 10.9.9.9"
            }
            let configured = try ConfiguredCapture(interface: "v1", options: Self.options())
            var capture = try configured.activate(index: 0)
            let injector = try Injector("v0")
            try capture.start(filter)
            let offline = try filter.compile(linkType: 1)
            var expected: [[UInt8]] = []
            for make in [Make.plain4, Make.plain6] {
                for port: UInt16 in [80, 81] {
                    let frames = KernelFilterTests.wrapped(make(port, 4000, [1, 2, 3, 4, 5, 6]))
                    for (_, frame) in frames + [("other", Make.tunnel4(78, make(port, 1, [])))] {
                        injector.send(frame)
                        if offline.matches(frame.span) { expected.append(frame) }
                    }
                }
            }
            let refused = Make.ethernet(
                0x0800, Make.ipv4(0x0A09_0909, 1, number: 6, Make.tcp(80, 1, [1, 2, 3, 4, 5, 6])))
            injector.send(refused)
            var handler = CollectingHandler()
            try capture.stop(into: &handler)
            #expect(expected.count == 14)
            #expect(handler.packets == expected)
        }
    }

    @Test func `a filter is replaced without losing what both filters want`() throws {
        try TestNetwork.run {
            let configured = try ConfiguredCapture(interface: "v1", options: Self.options())
            var capture = try configured.activate(index: 0)
            let injector = try Injector("v0")
            try capture.start(Self.filter { $0.ports = [80...80, 90...90] })
            var handler = CollectingHandler()
            var expected: [[UInt8]] = []
            for round in UInt16(0)..<200 {
                let extra = 90 + round % 4
                let filter = Self.filter { $0.ports = [80...80, extra...extra] }
                if round > 0 { try capture.replaceFilter(filter) }
                for port: UInt16 in [80, 90, 91, 92, 93] {
                    let frame = Make.plain4(port, 1000 + round, [1, 2, 3, 4, 5, 6])
                    injector.send(frame)
                    if port == 80 || port == extra { expected.append(frame) }
                }
                // Compiling takes a while, in which the small ring would fill up block by block.
                _ = try capture.dispatch(into: &handler)
            }
            #expect(throws: CaptureError.self) {
                try capture.replaceFilter(Self.filter { $0.userExpression = "no such words" })
            }
            injector.send(Make.plain4(93, 7, [1, 2, 3, 4, 5, 6]))
            expected.append(Make.plain4(93, 7, [1, 2, 3, 4, 5, 6]))
            try capture.stop(into: &handler)
            #expect(expected.count == 401)
            #expect(handler.packets == expected)
            let statistics = capture.statistics()
            #expect(statistics.received == 401)
            #expect(statistics.dropped == 0)
        }
    }

    @Test func `a filter also works, and is replaced, on all interfaces at once`() throws {
        try TestNetwork.run {
            let configured = try ConfiguredCapture(interface: "any", options: Self.options())
            var capture = try configured.activate(index: 0)
            let injector = try Injector("v0")
            try capture.start(
                Self.filter {
                    $0.ports = [80...80]; $0.userExpression = "inbound"
                })
            var handler = CollectingHandler()
            for _ in 0..<3 {
                injector.send(Make.plain4(80, 1, [1, 2, 3, 4, 5, 6]))
                injector.send(Make.plain4(81, 1, [1, 2, 3, 4, 5, 6]))
            }
            try capture.replaceFilter(
                Self.filter {
                    $0.ports = [81...81]; $0.userExpression = "inbound"
                })
            for _ in 0..<2 {
                injector.send(Make.plain4(80, 2, [1, 2, 3, 4, 5, 6]))
                injector.send(Make.plain4(81, 2, [1, 2, 3, 4, 5, 6]))
            }
            try capture.stop(into: &handler)
            // Behind the cooked header of 16 or 20 bytes: which it is says the link type.
            let header = capture.linkType == 276 ? 20 : 16
            let wanted =
                (0..<3).map { _ in Make.plain4(80, 1, [1, 2, 3, 4, 5, 6]) }
                + (0..<2).map { _ in Make.plain4(81, 2, [1, 2, 3, 4, 5, 6]) }
            #expect(handler.packets.map { Array($0[header...]) } == wanted.map { Array($0[14...]) })
        }
    }

    static func rest(of capture: inout ActiveCapture) throws -> [[UInt8]] {
        var handler = CollectingHandler()
        try capture.stop(into: &handler)
        return handler.packets
    }

    @Test func `rings of a group get the packets of their lanes`() throws {
        try TestNetwork.run {
            let hash = LaneHash(vxlanPorts: [4789])
            var options = Self.options()
            options.ringBytes = 4 << 20
            let configured = (0..<3).map { _ in "v1" }
            var first = try ConfiguredCapture(interface: configured[0], options: options)
                .activate(index: 0)
            var second = try ConfiguredCapture(interface: configured[1], options: options)
                .activate(index: 0)
            var third = try ConfiguredCapture(interface: configured[2], options: options)
                .activate(index: 0)
            try first.joinLanes(group: 4242, vxlanPorts: [4789], isFirst: true)
            try second.joinLanes(group: 4242, vxlanPorts: [4789], isFirst: false)
            try third.joinLanes(group: 4242, vxlanPorts: [4789], isFirst: false)
            let filter = Self.filter()
            try first.start(filter)
            try second.start(filter)
            try third.start(filter)
            let injector = try Injector("v0")
            var generator = SeededGenerator(seed: 9)
            var sent = 0
            for round in 0..<200 {
                let flow = LaneTests.Flow(&generator)
                for forward in [true, false] {
                    let frame = flow.frame(forward: forward, payload: [1, 2, 3, 4, 5, 6])
                    let all = LaneTests.wrappings(frame, 77)
                    injector.send(all[round % all.count])
                    sent += 1
                }
            }
            let lanes = [
                try Self.rest(of: &first), try Self.rest(of: &second), try Self.rest(of: &third),
            ]
            #expect(lanes.map(\.count).reduce(0, +) == sent)
            for (lane, packets) in lanes.enumerated() {
                #expect(packets.count > 50)
                for packet in packets {
                    #expect(hash.lane(of: packet, linkType: 1, lanes: 3) == lane)
                }
            }
        }
    }

    @Test func `an interface that is removed ends its capture with an error that can be retried`()
        throws
    {
        try TestNetwork.run {
            let configured = try ConfiguredCapture(interface: "v1", options: Self.options())
            var capture = try configured.activate(index: 0)
            try capture.start(Self.filter())
            var handler = CollectingHandler()
            _ = try capture.dispatch(into: &handler)
            try TestNetwork.execute("ip link del v0")
            var found: CaptureError?
            for _ in 0..<200 where found == nil {
                do {
                    _ = try capture.dispatch(into: &handler)
                    usleep(10_000)
                } catch { found = error as? CaptureError }
            }
            #expect(found?.isTransient == true, "\(String(describing: found))")
            #expect(throws: CaptureError.self) {
                _ = try ConfiguredCapture(interface: "v1", options: Self.options())
            }
        }
    }

    @Test func `an interface that is set down and up again goes on`() throws {
        try TestNetwork.run {
            let configured = try ConfiguredCapture(interface: "v1", options: Self.options())
            var capture = try configured.activate(index: 0)
            try capture.start(Self.filter())
            let injector = try Injector("v0")
            var handler = CollectingHandler()
            try TestNetwork.execute("ip link set v1 down")
            var ended = false
            for _ in 0..<5 where !ended {
                do { _ = try capture.dispatch(into: &handler) } catch { ended = true }
                usleep(10_000)
            }
            try TestNetwork.execute("ip link set v1 up")
            usleep(50_000)
            if ended {
                capture = try ConfiguredCapture(interface: "v1", options: Self.options())
                    .activate(index: 0)
                try capture.start(Self.filter())
            }
            injector.send(Make.plain4(80, 1))
            try capture.stop(into: &handler)
            #expect(handler.packets.count == 1)
        }
    }

    @Test func `the drain answers for the VXLAN port, and queues nothing`() throws {
        try TestNetwork.run {
            #expect(try Self.refusals(of: 4789) > 0)
            do {
                let drain = VXLANDrain(ports: [4789])
                #expect(drain.bindings.first?.outcome == .bound)
                #expect(try Self.refusals(of: 4789) == 0)
                let again = VXLANDrain(ports: [4789])
                #expect(again.bindings.first?.outcome == .taken)
            }
            try TestNetwork.execute("ip link add vx0 type vxlan id 5 dstport 4789 dev v0")
            try TestNetwork.execute("ip link set vx0 up")
            let beside = VXLANDrain(ports: [4789])
            #expect(beside.bindings.first?.outcome == .taken)
        }
    }

    /// How many of 20 datagrams to a port of this host are answered by port unreachable.
    static func refusals(of port: UInt16) throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        defer { _ = close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        // SAFETY: a socket address of IPv4 may be passed as sockaddr with its own size.
        let connected = unsafe withUnsafeBytes(of: &address) { bytes in
            guard let start = bytes.baseAddress else { return Int32(-1) }
            return unsafe connect(
                descriptor, start.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
        try #require(connected == 0)
        var refused = 0
        for _ in 0..<20 {
            let byte: [UInt8] = [1]
            // SAFETY: one byte is read.
            if unsafe send(descriptor, byte, 1, 0) < 0, errno == ECONNREFUSED { refused += 1 }
            usleep(1_000)
        }
        return refused
    }

    @Test func `without permission the error says what to do`() {
        let error = CaptureError.noPermission(name: "eth0", detail: "socket: not permitted")
        #expect("\(error)".contains("setcap cap_net_raw+ep"))
        #expect(error.exitCode == 77)
    }
}

@Suite struct InterfaceTests {
    @Test func `an unknown interface is named beside those there are`() throws {
        do {
            _ = try ConfiguredCapture(interface: "nosuch0", options: LiveOptions())
            Issue.record("it was found")
        } catch {
            guard case .noSuchInterface(let name, let existing) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(name == "nosuch0")
            #expect(existing.contains("any"))
            #expect("\(error)".contains("there are: "))
        }
    }

    @Test func `counters of 32 bits that wrap are widened`() {
        var counter = WideningCounter()
        for reading: UInt32 in [10, 0xFFFF_FFF0, 5, 5] { counter.update(reading) }
        #expect(counter.value == 1 << 32 | 5)
    }

    @Test func `what an interface does not tell is not zero`() {
        let counters = InterfaceCounters(interface: "any")
        #expect(counters.lost == nil)
        #expect(counters.rxPackets == nil)
        #expect(InterfaceCounters(interface: "../../etc").rxDropped == nil)
    }
}
