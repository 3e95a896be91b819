// Fragments: in every order, overlapping, cut, late, too many; and the state they leave.

import Bytes
import Testing
import Wire

@Suite struct DefragmenterTests {
    static let payload = Octets((0..<100).map { UInt8($0 + 33) })
    static let datagram = Build.tcp(payload)

    /// IPv4 fragments of a datagram, cut at the given multiples of 8.
    static func fragments(
        _ datagram: Octets = datagram, at cuts: [Int] = [24, 64], identification: UInt16 = 5
    ) -> [Octets] {
        let borders = [0] + cuts + [datagram.count]
        return zip(borders, borders.dropFirst()).map { start, end in
            let more: UInt16 = end == datagram.count ? 0 : 0x2000
            return Build.ethernet(
                Build.ipv4(
                    Octets(datagram[start..<end]), identification: identification,
                    fragment: more | UInt16(start / 8)))
        }
    }

    static let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]

    @Test(arguments: orders)
    func `fragments in any order make the datagram`(_ order: [Int]) {
        let bench = Bench()
        for index in order { bench.decode(DefragmenterTests.fragments()[index]) }
        #expect(bench.collector.all.map(\.payload) == [DefragmenterTests.payload])
        #expect(bench.collector.all.first?.packet == "10.0.0.1:1000 > 10.0.0.2:80 7")
        #expect(bench.decoder.counters[.fragmentHeld].packets == 2)
        #expect(bench.decoder.counters.datagramsReassembled == 1)
        #expect(bench.isBalanced)
    }

    @Test(arguments: orders)
    func `IPv6 fragments make the datagram`(_ order: [Int]) {
        let borders = [0, 24, 64, DefragmenterTests.datagram.count]
        let bench = Bench()
        for index in order {
            let (start, end) = (borders[index], borders[index + 1])
            let more: UInt16 = index == 2 ? 0 : 1
            let header: Octets = [6, 0] + big(UInt16(start) | more) + big(UInt32(0x1234_5678))
            let part = Octets(DefragmenterTests.datagram[start..<end])
            bench.decode(Build.ipv6(header + part, next: 44), link: .ipv6)
        }
        #expect(bench.collector.all.map(\.payload) == [DefragmenterTests.payload])
        #expect(bench.isBalanced)
    }

    @Test func `a tunnel's fragments are put together before it is opened`() {
        let inner = Build.vxlan(Build.plain, vni: 9)
        let datagram = Build.udp(inner, to: 4789)
        let bench = Bench()
        for (start, end) in [(0, 32), (32, datagram.count)] {
            let more: UInt16 = end == datagram.count ? 0 : 0x2000
            bench.decode(
                Build.ethernet(
                    Build.ipv4(
                        Octets(datagram[start..<end]), protocol: 17,
                        fragment: more | UInt16(start / 8))))
        }
        #expect(bench.collector.all.map(\.payload) == [Build.body])
        #expect(bench.collector.all.first?.encapsulation.vni == 9)
    }

    @Test func `fragments inside fragments are put together`() {
        let bench = Bench()
        for inner in DefragmenterTests.fragments(at: [40]) {
            let datagram = Build.udp(Build.vxlan(inner, vni: 9), to: 4789)
            for (start, end) in [(0, 48), (48, datagram.count)] {
                let more: UInt16 = end == datagram.count ? 0 : 0x2000
                bench.decode(
                    Build.ethernet(
                        Build.ipv4(
                            Octets(datagram[start..<end]), protocol: 17, identification: 77,
                            fragment: more | UInt16(start / 8))))
            }
        }
        #expect(bench.collector.all.map(\.payload) == [DefragmenterTests.payload])
        #expect(bench.decoder.counters.datagramsReassembled == 3)
        #expect(bench.isBalanced)
    }

    @Test func `where fragments overlap the first bytes win`() {
        var other = DefragmenterTests.datagram
        for index in 24..<80 { other[index] = 0x2A }
        func part(_ bytes: Octets, _ start: Int, _ end: Int, last: Bool = false) -> Octets {
            Build.ethernet(
                Build.ipv4(
                    Octets(bytes[start..<end]), fragment: (last ? 0 : 0x2000) | UInt16(start / 8)))
        }
        let bench = Bench()
        bench.decode(part(DefragmenterTests.datagram, 32, 48))
        bench.decode(part(other, 24, 80))
        bench.decode(part(DefragmenterTests.datagram, 0, 32))
        bench.decode(part(DefragmenterTests.datagram, 72, 120, last: true))
        var expected = other
        expected.replaceSubrange(32..<48, with: DefragmenterTests.datagram[32..<48])
        #expect(bench.collector.all.map(\.payload) == [Octets(expected[20...])])
    }

    @Test func `a cut fragment's missing bytes are declared`() {
        var parts = DefragmenterTests.fragments()
        let whole = parts[1].count
        parts[1].removeLast(10)
        let bench = Bench()
        bench.decode(parts[0])
        bench.decode(parts[1], original: whole)
        bench.decode(parts[2])
        // The first hole is at 64 - 10 in the datagram; what is behind it cannot be placed.
        #expect(bench.collector.all.map(\.payload) == [Octets(DefragmenterTests.payload[..<34])])
        #expect(bench.collector.all.first?.missing == 66)
    }

    @Test func `a whole copy fills a cut fragment's hole`() {
        let parts = DefragmenterTests.fragments()
        let bench = Bench()
        bench.decode(parts[0])
        bench.decode(Octets(parts[1].prefix(parts[1].count - 10)), original: parts[1].count)
        bench.decode(parts[1])
        bench.decode(parts[2])
        #expect(bench.collector.all.map(\.payload) == [DefragmenterTests.payload])
        #expect(bench.collector.all.first?.missing == 0)
    }

    @Test func `a datagram that waits too long is counted`() {
        let parts = DefragmenterTests.fragments()
        let bench = Bench()
        bench.decode(parts[0], at: 0)
        bench.decode(parts[1], at: 29)
        bench.decode(Build.plain, at: 30)
        #expect(bench.decoder.counters.datagramsExpired == 1)
        #expect(bench.decoder.counters.fragmentsExpired == 2)
        #expect(bench.decoder.counters.fragmentBytesExpired == 64)
        bench.decode(parts[2], at: 31)
        #expect(bench.collector.all.map(\.payload) == [Build.body])
    }

    @Test func `an identification used again begins a new datagram`() {
        let parts = DefragmenterTests.fragments()
        let other = DefragmenterTests.fragments(Build.tcp(Octets(repeating: 90, count: 100)))
        let bench = Bench()
        bench.decode(other[0], at: 0)
        for part in parts { bench.decode(part, at: 5) }
        #expect(bench.collector.all.map(\.payload) == [DefragmenterTests.payload])
        #expect(bench.decoder.counters.datagramsExpired == 1)
    }

    @Test func `limits hold and are counted`() {
        var options = DecoderOptions()
        options.limits.datagrams = 3
        options.limits.fragmentsPerDatagram = 2
        let bench = Bench(options)
        for identification in 0..<5 as Range<UInt16> {
            bench.decode(DefragmenterTests.fragments(identification: identification)[0])
        }
        #expect(bench.decoder.counters.datagramsEvicted == 2)
        #expect(bench.decoder.counters.fragmentsEvicted == 2)
        let many = DefragmenterTests.fragments(at: [24, 32, 40], identification: 9)
        for part in many { bench.decode(part) }
        #expect(bench.decoder.counters[.fragmentOverLimit].packets == 2)
        #expect(bench.isBalanced)

        options.limits.fragmentBytes = 1000
        let small = Bench(options)
        small.decode(DefragmenterTests.fragments(identification: 1)[0])
        small.decode(DefragmenterTests.fragments(identification: 2)[0])
        let large = Octets(repeating: 1, count: 800)
        small.decode(Build.ethernet(Build.ipv4(large, identification: 3, fragment: 0x2000)))
        #expect(small.decoder.counters.datagramsEvicted == 3)
        #expect(small.decoder.counters[.fragmentOverLimit].packets == 1)
        #expect(small.isBalanced)
    }

    @Test func `empty and impossible fragments are malformed`() {
        let bench = Bench()
        bench.decode(Build.ethernet(Build.ipv4([], fragment: 0x2000)))
        bench.decode(Build.ethernet(Build.ipv4(Octets(repeating: 0, count: 16), fragment: 0x1FFF)))
        bench.decode(Build.ethernet(Build.ipv4(Octets(repeating: 0, count: 7), fragment: 0x2001)))
        #expect(bench.fate == .malformed)
    }

    @Test func `state survives a restart at any point`() throws {
        var random = TestRandom(state: 42)
        var packets: [Octets] = []
        for identification in 1..<20 as Range<UInt16> {
            packets += DefragmenterTests.fragments(identification: identification)
        }
        packets.shuffle(using: &random)
        let whole = Bench()
        for packet in packets { whole.decode(packet) }
        for split in [0, 1, 7, 20, packets.count] {
            let first = Bench()
            for packet in packets[..<split] { first.decode(packet) }
            var saved = ByteBuffer()
            first.decoder.save(to: &saved)
            let second = Bench()
            var reader = SnapshotReader(saved.span)
            try second.decoder.restore(from: &reader)
            let isAtEnd = reader.isAtEnd
            #expect(isAtEnd)
            var again = ByteBuffer()
            second.decoder.save(to: &again)
            #expect(again.copyBytes() == saved.copyBytes())
            for packet in packets[split...] { second.decode(packet) }
            #expect(first.collector.all + second.collector.all == whole.collector.all)
        }
        #expect(whole.collector.all.count == 19)
    }

    @Test func `a damaged snapshot is an error`() throws {
        let bench = Bench()
        bench.decode(DefragmenterTests.fragments()[0])
        bench.decode(DefragmenterTests.fragments()[2])
        var saved = ByteBuffer()
        bench.decoder.save(to: &saved)
        for length in 0..<saved.count {
            let other = Bench()
            #expect(throws: SnapshotError.self) {
                var reader = SnapshotReader(saved.span(from: 0, count: length))
                try other.decoder.restore(from: &reader)
            }
        }
        var random = TestRandom(state: 1)
        for _ in 0..<2000 {
            var damaged = saved.copyBytes()
            damaged[Int.random(in: 0..<damaged.count, using: &random)] = .random(
                in: 0...255, using: &random)
            let other = Bench()
            var reader = SnapshotReader(damaged.span)
            guard (try? other.decoder.restore(from: &reader)) != nil else { continue }
            for part in DefragmenterTests.fragments() { other.decode(part) }
            #expect(other.isBalanced)
        }
    }

    /// Against a reference: a dictionary of bytes by offset in which the first stays.
    @Test func `random fragments give what a dictionary gives`() {
        for seed in 0..<300 as Range<UInt64> {
            var random = TestRandom(state: seed)
            let total = Int.random(in: 40...400, using: &random)
            var reference: [Int: UInt8] = [:]
            var options = DecoderOptions()
            options.limits.fragmentsPerDatagram = .max
            let bench = Bench(options)
            var hasLast = false
            while bench.collector.all.isEmpty, bench.decoder.counters[.malformed].packets == 0 {
                let start = Int.random(in: 0...(total - 1) / 8, using: &random) * 8
                let isLast = Bool.random(using: &random)
                let end =
                    isLast
                    ? total : min(start + Int.random(in: 1...8, using: &random) * 8, total & ~7)
                // A last fragment at 0 is no fragment.
                guard end > start, start > 0 || !isLast else { continue }
                hasLast = hasLast || isLast
                let bytes = (start..<end).map { _ in UInt8.random(in: 0...255, using: &random) }
                // The TCP header's length must stay sensible.
                let part = bytes.enumerated().map { start + $0.offset == 12 ? 0x50 : $0.element }
                for (index, byte) in part.enumerated() where reference[start + index] == nil {
                    reference[start + index] = byte
                }
                bench.decode(
                    Build.ipv4(part, fragment: (isLast ? 0 : 0x2000) | UInt16(start / 8)),
                    link: .raw)
                if reference.count == total, hasLast { break }
            }
            let expected = (20..<total).map { reference[$0] ?? 0 }
            #expect(bench.collector.all.map(\.payload) == [expected], "seed \(seed)")
        }
    }
}
