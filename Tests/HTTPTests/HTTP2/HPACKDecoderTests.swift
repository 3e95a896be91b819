import Bytes
import Testing

@testable import HTTP

@Suite struct HPACKDecoderTests {
    private func decode(_ decoder: inout HPACKDecoder, _ block: [UInt8]) -> [String] {
        var log = FieldLog()
        do throws(HPACKError) {
            try decoder.decode(block.span, into: &log)
        } catch {
            log.lines.append("error \(error)")
        }
        return log.lines
    }

    private func table(_ decoder: borrowing HPACKDecoder) -> [String] {
        (0..<decoder.entryCount).map { index in
            let entry = decoder.table.entry(index)
            return String(decoding: decoder.table.name(entry)) + ": "
                + String(decoding: decoder.table.value(entry))
        }
    }

    @Test func `C.2: the four ways to write a field`() {
        var decoder = HPACKDecoder()
        let custom = decode(
            &decoder, hex("400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572"))
        #expect(custom == ["custom-key: custom-header"])
        #expect(decoder.table.byteCount == 55)
        var fresh = HPACKDecoder()
        #expect(
            decode(&fresh, hex("040c 2f73 616d 706c 652f 7061 7468")) == [":path: /sample/path"])
        #expect(
            decode(&fresh, hex("1008 7061 7373 776f 7264 0673 6563 7265 74")) == [
                "password: secret"
            ])
        #expect(decode(&fresh, hex("82")) == [":method: GET"])
        #expect(fresh.entryCount == 0)
    }

    @Test(arguments: [false, true])
    func `C.3 and C.4: three requests over one table`(isHuffman: Bool) {
        let blocks =
            isHuffman
            ? [
                "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", "8286 84be 5886 a8eb 1064 9cbf",
                "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
            ]
            : [
                "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
                "8286 84be 5808 6e6f 2d63 6163 6865",
                """
                8287 85bf 400a 6375 7374 6f6d 2d6b 6579
                0c63 7573 746f 6d2d 7661 6c75 65
                """,
            ]
        var decoder = HPACKDecoder()
        let start = [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"]
        #expect(decode(&decoder, hex(blocks[0])) == start)
        #expect(decode(&decoder, hex(blocks[1])) == start + ["cache-control: no-cache"])
        #expect(
            decode(&decoder, hex(blocks[2])) == [
                ":method: GET", ":scheme: https", ":path: /index.html",
                ":authority: www.example.com", "custom-key: custom-value",
            ])
        #expect(decoder.table.byteCount == 164)
        #expect(
            table(decoder) == [
                "custom-key: custom-value", "cache-control: no-cache",
                ":authority: www.example.com",
            ])
    }

    @Test(arguments: [false, true])
    func `C.5 and C.6: three responses with eviction at 256 bytes`(isHuffman: Bool) {
        let blocks =
            isHuffman
            ? [
                """
                4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6
                2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3
                """,
                "4883 640e ffc1 c0bf",
                """
                88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab
                77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f
                9587 3160 65c0 03ed 4ee5 b106 3d50 07
                """,
            ]
            : [
                """
                4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133
                2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70
                6c65 2e63 6f6d
                """,
                "4803 3330 37c1 c0bf",
                """
                88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d
                54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049
                5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e
                3d31
                """,
            ]
        var decoder = HPACKDecoder()
        _ = decoder.table.resize(toMaximum: 256)
        let rest = [
            "cache-control: private", "date: Mon, 21 Oct 2013 20:13:21 GMT",
            "location: https://www.example.com",
        ]
        #expect(decode(&decoder, hex(blocks[0])) == [":status: 302"] + rest)
        #expect(decoder.table.byteCount == 222)
        #expect(decode(&decoder, hex(blocks[1])) == [":status: 307"] + rest)
        #expect(decoder.table.byteCount == 222)
        let last = [
            ":status: 200", "cache-control: private", "date: Mon, 21 Oct 2013 20:13:22 GMT",
            "location: https://www.example.com", "content-encoding: gzip",
            "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
        ]
        #expect(decode(&decoder, hex(blocks[2])) == last)
        #expect(decoder.table.byteCount == 215)
        #expect(table(decoder) == [last[5], last[4], last[2]])
    }

    @Test func `integers of C.1, and those beyond any use`() throws {
        var offset = 0
        #expect(try HPACKDecoder.integer(5, in: hex("0a").span, &offset) == 10)
        offset = 0
        #expect(try HPACKDecoder.integer(5, in: hex("1f9a0a").span, &offset) == 1337)
        #expect(offset == 3)
        offset = 0
        #expect(try HPACKDecoder.integer(8, in: hex("2a").span, &offset) == 42)
        for bad in ["1fffffffffff", "1fffffffffffffffffff7f", "1fffffffff7f"] {
            offset = 0
            #expect(throws: HPACKError.integerOverflow) {
                try HPACKDecoder.integer(5, in: hex(bad).span, &offset)
            }
        }
        offset = 0
        #expect(throws: HPACKError.truncated) {
            try HPACKDecoder.integer(5, in: hex("1fff").span, &offset)
        }
    }

    @Test(arguments: [
        ("80", HPACKError.invalidIndex), ("be", .invalidIndex), ("7f00", .truncated),
        ("40", .truncated), ("4001", .truncated), ("400161", .truncated), ("40016105", .truncated),
        ("008100", .invalidHuffman), ("ffffffffffff", .integerOverflow),
    ])
    func `a broken block is an error, what came before it counts`(block: String, error: HPACKError)
    {
        var decoder = HPACKDecoder()
        if block == "7f00" {
            // Index 63 of an empty table, before anything is missing.
            #expect(decode(&decoder, hex("82" + block)) == [":method: GET", "error invalidIndex"])
            return
        }
        #expect(decode(&decoder, hex("82" + block)) == [":method: GET", "error \(error)"])
        #expect(decoder.table.arena.count == 0)
    }

    @Test(arguments: [0, 60, 256, 4096, 60_000])
    func `any series of blocks comes back over a table of any size`(maximum: Int) {
        var random = SeededGenerator(seed: UInt64(maximum) + 1)
        var encoder = HPACKEncoder()
        var decoder = HPACKDecoder()
        decoder.announce(tableByteCount: maximum)
        let resized = encoder.resize(maximum)
        #expect(decode(&decoder, resized) == [])
        for round in 0..<400 {
            encoder.usesHuffman = round % 3 != 0
            var fields: [(String, String)] = []
            for _ in 0..<Int.random(in: 0..<12, using: &random) {
                let name = "x-name-\(Int.random(in: 0..<40, using: &random))"
                let length = Int.random(in: 0..<60, using: &random)
                let value = String(
                    repeating: "v\(Int.random(in: 0..<9, using: &random))", count: length)
                fields.append(round % 5 == 0 ? ("accept", value) : (name, value))
            }
            let style: HPACKStyle = round % 7 == 0 ? .plain : round % 11 == 0 ? .never : .indexed
            let block = encoder.encode(fields, style: style)
            #expect(decode(&decoder, block) == fields.map { $0.0 + ": " + $0.1 }, "round \(round)")
            #expect(decoder.entryCount == encoder.table.count)
        }
        #expect(table(decoder) == encoder.table.map { $0.name + ": " + $0.value })
        #expect(decoder.heldByteCount <= 2 * maximum + 2 * HPACKTable.compactionByteCount)
        #expect(decoder.excessiveSizeUpdates == 0)
    }

    @Test func `a midstream decoder learns entries at their places`() {
        var encoder = HPACKEncoder()
        var whole = HPACKDecoder()
        _ = decode(&whole, encoder.encode([("a", "1"), ("b", "2"), ("c", "3")]))
        var decoder = HPACKDecoder(isMidstream: true)
        let first = encoder.encode([
            ("b", "2"), ("d", "4"), ("a", "5"), ("d", "4"), (":method", "GET"),
        ])
        #expect(decode(&decoder, first) == ["?", "d: 4", "?: 5", "d: 4", ":method: GET"])
        let second = encoder.encode([("a", "5"), ("d", "4"), ("c", "3"), ("c", "6"), ("a", "7")])
        #expect(decode(&decoder, second) == ["?: 5", "d: 4", "?", "?: 6", "?: 7"])
        #expect(decoder.hasUnknownEntries == true)
        // Size zero empties the sender's table: nothing unknown can be left.
        let third =
            encoder.resize(0) + encoder.resize(4096) + encoder.encode([("a", "8"), ("a", "8")])
        #expect(decode(&decoder, third) == ["a: 8", "a: 8"])
        #expect(decoder.hasUnknownEntries == false)
        #expect(decode(&decoder, hex("bf")).last == "error invalidIndex")
    }

    @Test func `after a lost block old entries are unknown and new ones are not`() {
        var encoder = HPACKEncoder()
        var decoder = HPACKDecoder()
        _ = decode(&decoder, encoder.encode([("a", "1")]))
        _ = encoder.encode([("lost", "1")])
        decoder.forget()
        #expect(
            decode(&decoder, encoder.encode([("a", "1"), ("n", "2"), ("n", "2")])) == [
                "?", "n: 2", "n: 2",
            ])
    }

    @Test func `tables are bounded, however large the sender wants them`() {
        var decoder = HPACKDecoder()
        _ = decode(&decoder, HPACKEncoder.integer(1 << 30, 5, 0x20))
        #expect(decoder.excessiveSizeUpdates == 1)
        var encoder = HPACKEncoder()
        encoder.maximum = 1 << 30
        let value = String(repeating: "x", count: 20_000)
        for round in 0..<200 { _ = decode(&decoder, encoder.encode("n\(round)", value, .indexed)) }
        #expect(decoder.table.byteCount <= HPACKDecoder.largestTableByteCount)
        #expect(decoder.heldByteCount <= 3 * HPACKDecoder.largestTableByteCount)
        // An entry the sender still has and this decoder gave up is unknown, not an error.
        #expect(decode(&decoder, HPACKEncoder.integer(62 + 190, 7, 0x80)) == ["?"])
        #expect(decode(&decoder, hex("20")) == [])
        #expect(decoder.table.arena.capacity <= 8 * HPACKTable.compactionByteCount)
    }

    @Test func `random and mutated blocks never trap`() {
        var random = SeededGenerator(seed: 4242)
        var encoder = HPACKEncoder()
        var decoder = HPACKDecoder()
        var errors = 0
        for round in 0..<20_000 {
            var block: [UInt8]
            if round % 2 == 0 {
                let length = Int.random(in: 0..<60, using: &random)
                block = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            } else {
                block = encoder.encode([
                    ("k\(round % 50)", "value \(round % 17)"), ("cookie", "a=b"),
                ])
                let place = Int.random(in: 0..<block.count, using: &random)
                block[place] = UInt8.random(in: 0...255, using: &random)
            }
            if decode(&decoder, block).last?.hasPrefix("error") == true {
                errors += 1
                decoder = HPACKDecoder(isMidstream: round % 3 == 0)
            }
            #expect(decoder.table.byteCount <= decoder.table.maximumByteCount)
        }
        #expect(errors > 1000)
    }

    @Test func `a saved decoder goes on as the one it was saved from`() throws {
        var encoder = HPACKEncoder()
        var decoder = HPACKDecoder(isMidstream: true)
        _ = encoder.encode([("gone", "1")])
        for round in 0..<50 {
            _ = decode(&decoder, encoder.encode([("k\(round)", "v"), ("gone", "\(round)")]))
        }
        var snapshot = ByteBuffer()
        decoder.save(to: &snapshot)
        var reader = SnapshotReader(snapshot.span)
        var restored = try HPACKDecoder(restoring: &reader)
        #expect(reader.isAtEnd == true)
        var again = ByteBuffer()
        restored.save(to: &again)
        #expect(again.copyBytes() == snapshot.copyBytes())
        let block = encoder.encode([("k3", "v"), ("gone", "7"), ("gone", "x"), ("gone", "1")])
        #expect(decode(&restored, block) == decode(&decoder, block))
    }

    @Test func `a damaged snapshot is an error`() {
        var decoder = HPACKDecoder()
        var encoder = HPACKEncoder()
        _ = decode(&decoder, encoder.encode([("a", "1"), ("b", "2")]))
        var snapshot = ByteBuffer()
        decoder.save(to: &snapshot)
        for length in 0..<snapshot.count {
            #expect(throws: SnapshotError.self) {
                var reader = SnapshotReader(snapshot.span(from: 0, count: length))
                _ = try HPACKDecoder(restoring: &reader)
            }
        }
    }
}
