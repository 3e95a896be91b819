import Bytes
import Compression
import Testing

@Suite struct ContentDecoderTests {
    static func pack(_ bytes: [UInt8], _ format: ZlibWriter.Format) -> [UInt8] {
        var writer = ZlibWriter(format: format)
        var out = ByteBuffer()
        writer.compress(bytes.span, into: &out)
        writer.finish(into: &out)
        return out.copyBytes()
    }

    static func decode(
        _ body: [UInt8], _ coding: String, limit: Int = 1 << 20
    ) -> (result: DecodedBody, bytes: [UInt8]) {
        var decoder = ContentDecoder()
        var target = ByteBuffer()
        let result = decoder.decode(
            body.span, coding: Array(coding.utf8).span, limit: limit, into: &target)
        return (result, target.copyBytes())
    }

    @Test(arguments: ["gzip", "x-gzip", "GZip", " gzip ", "identity, gzip", ",gzip,"])
    func `gzip goes by several names`(coding: String) {
        let bytes = sample(5000, seed: 1)
        let (result, decoded) = Self.decode(Self.pack(bytes, .gzip), coding)
        #expect(result == .decoded(isCut: false))
        #expect(decoded == bytes)
    }

    @Test func `members follow each other, and padding after them is ignored`() {
        let bytes = sample(5000, seed: 2)
        let one = Self.pack(bytes, .gzip)
        #expect(Self.decode(one + one, "gzip").bytes == bytes + bytes)
        let padded = Self.decode(one + [0, 0, 0, 0, 0, 0], "gzip")
        #expect(padded.result == .decoded(isCut: false))
        #expect(padded.bytes == bytes)
    }

    @Test func `deflate is zlib, or raw as some servers send it`() {
        for count in [1, 5000, 300_000] {
            let bytes = sample(count, seed: 3)
            for format in [ZlibWriter.Format.zlib, .raw] {
                let (result, decoded) = Self.decode(Self.pack(bytes, format), "deflate")
                #expect(result == .decoded(isCut: false))
                #expect(decoded == bytes)
            }
        }
    }

    @Test func `the coding applied last comes off first`() {
        let bytes = sample(5000, seed: 4)
        let body = Self.pack(Self.pack(bytes, .zlib), .gzip)
        let (result, decoded) = Self.decode(body, "deflate, gzip")
        #expect(result == .decoded(isCut: false))
        #expect(decoded == bytes)
        let cut = Self.decode(body, "deflate, gzip", limit: 100)
        #expect(cut.bytes.count <= 100 && bytes.starts(with: cut.bytes))
        guard case .decoded(isCut: true) = cut.result else {
            Issue.record("\(cut.result)")
            return
        }
    }

    @Test func `no coding is no work, an unknown one leaves the body alone`() {
        #expect(Self.decode([1], "").result == .notEncoded)
        #expect(Self.decode([1], "identity").result == .notEncoded)
        #expect(Self.decode([1], "exi").result == .unknownCoding)
        #expect(Self.decode([1], "gzip, sdch").result == .unknownCoding)
        #expect(Self.decode([1], "gzip,gzip,gzip,gzip,gzip").result == .unknownCoding)
        #expect(Self.decode([], "gzip").result == .decoded(isCut: false))
    }

    @Test(arguments: ["gzip", "deflate"])
    func `every prefix of a body gives a prefix and says that it is one`(coding: String) {
        let bytes = sample(2000, seed: 5)
        let body = Self.pack(bytes, coding == "gzip" ? .gzip : .zlib)
        for length in 1..<body.count {
            let (result, decoded) = Self.decode(Array(body[..<length]), coding)
            #expect(bytes.starts(with: decoded))
            switch result {
            case .incomplete(let count), .corrupt(let count): #expect(count == decoded.count)
            case .decoded, .notEncoded, .unknownCoding:
                Issue.record("\(length) of \(body.count) bytes taken for whole: \(result)")
            }
        }
    }

    @Test func `a flipped bit is noticed by the checksum`() {
        let bytes = sample(2000, seed: 6)
        let body = Self.pack(bytes, .gzip)
        for place in 10..<body.count {
            var damaged = body
            damaged[place] ^= 1
            let (result, decoded) = Self.decode(damaged, "gzip")
            if case .decoded = result { #expect(decoded == bytes, "at \(place)") }
        }
    }

    @Test func `a bomb stops at the limit`() {
        let zeros = [UInt8](repeating: 0, count: 50 << 20)
        let inner = Self.pack(zeros, .gzip)
        #expect(inner.count < 100_000)
        let single = Self.decode(inner, "gzip", limit: 1 << 20)
        #expect(single.result == .decoded(isCut: true))
        #expect(single.bytes.count == 1 << 20)
        let double = Self.decode(Self.pack(inner, .gzip), "gzip, gzip", limit: 1 << 16)
        #expect(double.bytes.count <= 1 << 16)
        #expect(Self.decode(inner, "gzip", limit: 0).bytes.isEmpty)
    }

    @Test func `a body exactly as long as the limit is whole`() {
        let bytes = sample(70_000, seed: 7)
        for (coding, format) in [("gzip", ZlibWriter.Format.gzip), ("deflate", .zlib)] {
            let body = Self.pack(bytes, format)
            #expect(Self.decode(body, coding, limit: 70_000).result == .decoded(isCut: false))
            #expect(Self.decode(body, coding, limit: 69_999).result == .decoded(isCut: true))
        }
    }

    @Test func `noise in any coding ends without a trap`() {
        for seed in 0..<300 {
            let noise = sample(seed * 3, seed: UInt64(seed))
            for coding in ["gzip", "deflate", "br", "zstd", "br, gzip", "zstd, deflate, br"] {
                let (_, decoded) = Self.decode(noise, coding, limit: 10_000)
                #expect(decoded.count <= 10_000)
            }
        }
    }

    @Test func `what was in the buffer stays`() {
        var decoder = ContentDecoder()
        var target = ByteBuffer([1, 2, 3].span)
        let body = Self.pack([9], .gzip)
        let coding = Array("gzip".utf8)
        _ = decoder.decode(body.span, coding: coding.span, limit: 10, into: &target)
        #expect(target.copyBytes() == [1, 2, 3, 9])
        let damaged: [UInt8] = [0x1F, 0x8B, 1, 1]
        _ = decoder.decode(damaged.span, coding: coding.span, limit: 10, into: &target)
        #expect(target.copyBytes() == [1, 2, 3, 9])
    }
}

@Suite struct RawInflaterTests {
    /// A message as RFC 7692 §7.2.1 makes it: compressed, flushed, its last four bytes removed.
    static let hello: [UInt8] = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]

    @Test func `the examples of RFC 7692 come out`() {
        var inflater = RawInflater()
        var target = ByteBuffer()
        let first = inflater.inflateMessage(Self.hello.span, limit: 100, into: &target)
        #expect(first == .complete)
        // §7.2.3.2: the same message again, referring to the first.
        let again: [UInt8] = [0xF2, 0x00, 0x11, 0x00, 0x00]
        let second = inflater.inflateMessage(again.span, limit: 100, into: &target)
        #expect(second == .complete)
        #expect(String(decoding: target.span) == "HelloHello")
    }

    @Test func `a message without compression and one that ends its stream come out`() {
        var inflater = RawInflater()
        var target = ByteBuffer()
        // §7.2.3.3 and §7.2.3.4.
        let stored: [UInt8] = [0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00]
        let final: [UInt8] = [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00]
        let first = inflater.inflateMessage(stored.span, limit: 100, into: &target)
        let second = inflater.inflateMessage(final.span, limit: 100, into: &target)
        #expect(first == .complete && second == .complete)
        #expect(String(decoding: target.span) == "HelloHello")
    }

    @Test func `what is behind the limit is dropped, the context is kept`() {
        var inflater = RawInflater()
        var target = ByteBuffer()
        let first = inflater.inflateMessage(Self.hello.span, limit: 2, into: &target)
        #expect(first == .cut)
        let again: [UInt8] = [0xF2, 0x00, 0x11, 0x00, 0x00]
        let second = inflater.inflateMessage(again.span, limit: 100, into: &target)
        #expect(second == .complete)
        #expect(String(decoding: target.span) == "HeHello")
    }

    @Test func `a damaged message loses the context until it is reset`() {
        var inflater = RawInflater()
        var target = ByteBuffer()
        let bad: [UInt8] = [0xFF, 0xFF, 0xFF]
        let first = inflater.inflateMessage(bad.span, limit: 100, into: &target)
        let second = inflater.inflateMessage(Self.hello.span, limit: 100, into: &target)
        inflater.reset()
        let third = inflater.inflateMessage(Self.hello.span, limit: 100, into: &target)
        #expect(first == .damaged && second == .damaged && third == .complete)
        #expect(String(decoding: target.span) == "Hello")
    }
}
