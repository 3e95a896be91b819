import Calls
import Testing

@Suite struct IdentityTests {
    // A conversation with a bit of everything that HTTP/1 has.
    func talk(port: UInt16 = 40_000) -> TestConversation {
        var talk = TestConversation(port: port)
        talk.segmentBytes = 300
        for index in 0..<6 {
            talk.exchange("/\(index)", body: String(repeating: "z", count: 150 * index))
        }
        talk.client(
            "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        )
        talk.server("HTTP/1.0 200 OK\r\n\r\nuntil the end")
        talk.close()
        return talk
    }

    @Test func `wrapping changes nothing but the VNI`() throws {
        let plain = try run(talk().segments).records
        #expect(plain.count == 7)
        #expect(plain.allSatisfy { $0["call:completeness"] == "full" })
        for wrapping in [TestWrapping.vlan(5), .vxlan(123_456)] {
            let wrapped = try run(talk().segments, TestEncoding(wrapping: wrapping)).records
            #expect(wrapped.map { $0.without(["call:vni"]) } == plain)
        }
    }

    @Test(arguments: [1, 3, 10, 64])
    func `segmentation changes nothing`(_ size: Int) throws {
        #expect(try run(split(talk().segments, into: size)).records == run(talk().segments).records)
    }

    @Test func `sequence numbers over the wrap change nothing`() throws {
        let plain = try run(talk().segments).records
        for initial in [UInt32.max, UInt32.max - 200, UInt32.max - 1000] as [UInt32] {
            let encoding = TestEncoding(clientInitial: initial, serverInitial: initial &- 37)
            #expect(try run(talk().segments, encoding).records == plain)
        }
    }

    @Test func `retransmissions and reordering within the window change nothing`() throws {
        let plain = try run(talk().segments).records
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<20 {
            var segments = talk().segments
            // The first packet names the flow and stays.
            for index in 3..<(segments.count - 6)
            where Int.random(in: 0..<4, using: &generator) == 0 {
                segments.swapAt(index, index + Int.random(in: 1...3, using: &generator))
            }
            let copies = segments.filter { _ in Int.random(in: 0..<4, using: &generator) == 0 }
            for copy in copies {
                segments.insert(copy, at: Int.random(in: 3..<segments.count, using: &generator))
            }
            let harmed = try run(segments).records
            #expect(Set(harmed.map { $0["call:id"] }) == Set(plain.map { $0["call:id"] }))
            #expect(harmed.map(\.line) == plain.map(\.line))
            #expect(harmed.map { $0["response_body"] } == plain.map { $0["response_body"] })
        }
    }

    @Test func `a connection seen in two networks gives each call once`() throws {
        let segments = talk().segments
        var packets: [TestPacket] = []
        for segment in segments {
            for vni in [7, 9] as [UInt32] {
                let bytes = TestEncoding(wrapping: .vxlan(vni)).packet(segment)
                packets.append(
                    TestPacket(
                        time: segment.time + (vni == 9 ? 200_000 : 0), bytes: bytes,
                        originalByteCount: bytes.count))
            }
        }
        let run = try run(packets: packets)
        #expect(run.records.count == 7)
        #expect(run.records.allSatisfy { $0["call:vni"] == "7" && $0["call:other_vni"] == "9" })
        let plain = try CallsTests.run(segments).records
        #expect(run.records.map { $0["call:id"] } == plain.map { $0["call:id"] })
    }

    @Test func `other connections change nothing`() throws {
        let alone = try run(talk().segments).records
        var mixed = talk().segments
        for port in 41_000..<41_010 as Range<UInt16> { mixed += talk(port: port).segments }
        mixed.sort { $0.time < $1.time }
        let together = try run(mixed).records
        #expect(together.count == 77)
        #expect(together.filter { $0["call:client"] == "10.0.0.1:40000" } == alone)
        #expect(Set(together.map { $0["call:id"] }).count == 77)
    }
}
