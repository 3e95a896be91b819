import Bytes
import Compression
import Testing

/// Content with repetition and noise, from a seed.
func sample(_ count: Int, seed: UInt64) -> [UInt8] {
    var state = seed
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let word = UInt8(truncatingIfNeeded: state >> 40)
        if word < 100 {
            bytes += Array("{\"key\":\"value of \(word)\",\"n\":\(state >> 50)},".utf8)
        } else {
            bytes.append(word)
        }
    }
    bytes.removeLast(bytes.count - count)
    return bytes
}

func compress(_ bytes: [UInt8], level: Int = 0, piece: Int = .max) -> [UInt8] {
    var writer = LZ4FrameWriter(level: level)
    var out = ByteBuffer()
    var offset = 0
    while offset < bytes.count {
        let end = offset + min(piece, bytes.count - offset)
        writer.compress(bytes.span.extracting(offset..<end), into: &out)
        offset = end
    }
    writer.endFrame(into: &out)
    return out.copyBytes()
}

struct Decoded {
    var bytes: [UInt8] = []
    var damages: [LZ4Damage] = []
    var truncated: LZ4Damage?
}

func decode(_ bytes: [UInt8], chunk: Int = .max) -> Decoded {
    var reader = LZ4FrameReader()
    var target = ByteBuffer()
    var result = Decoded()
    var offset = 0
    var rounds = 0
    while true {
        rounds += 1
        precondition(rounds < 10_000_000, "a reader that makes no progress")
        switch reader.next(into: &target) {
        case .bytes: continue
        case .needMore:
            let end = offset + min(chunk, bytes.count - offset)
            reader.feed(bytes.span.extracting(offset..<end))
            offset = end
            if offset == bytes.count { reader.finishInput() }
        case .damaged(let damage): result.damages.append(damage)
        case .truncated(let damage):
            result.truncated = damage
            result.bytes = target.copyBytes()
            return result
        case .end:
            result.bytes = target.copyBytes()
            return result
        }
    }
}

@Suite struct LZ4Tests {
    static let block = LZ4FrameWriter.blockBytes

    @Test(arguments: [0, 1, 100, block - 1, block, block + 1, 3 * block + 17, 5 << 20])
    func `what is compressed comes back, however it is cut`(count: Int) {
        let bytes = sample(count, seed: UInt64(count))
        for piece in [Int.max, 100_003] {
            let compressed = compress(bytes, piece: piece)
            #expect(compressed.count <= LZ4FrameWriter.bound(count))
            for chunk in [Int.max, 65_537] {
                let decoded = decode(compressed, chunk: chunk)
                #expect(decoded.bytes == bytes)
                #expect(decoded.damages.isEmpty && decoded.truncated == nil)
            }
        }
    }

    @Test func `incompressible blocks are stored, hardly larger`() {
        var state: UInt64 = 1
        let bytes = (0..<600_000).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
        let compressed = compress(bytes)
        #expect(compressed.count <= bytes.count + 64)
        #expect(decode(compressed).bytes == bytes)
    }

    @Test func `a lower level is still the same content`() {
        let bytes = sample(700_000, seed: 4)
        #expect(decode(compress(bytes, level: -8)).bytes == bytes)
    }

    @Test func `byte by byte gives the same as at once`() {
        let bytes = sample(3000, seed: 3)
        var writer = LZ4FrameWriter()
        var out = ByteBuffer()
        for part in stride(from: 0, to: 3000, by: 1000) {
            writer.compress(bytes.span.slice(part, 1000), into: &out)
            writer.flushBlock(into: &out)
        }
        writer.endFrame(into: &out)
        #expect(decode(out.copyBytes(), chunk: 1).bytes == bytes)
    }

    /// Small blocks, so that every place can be tried.
    static func smallBlocks() -> (compressed: [UInt8], blocks: [[UInt8]], ends: [Int]) {
        var writer = LZ4FrameWriter()
        var out = ByteBuffer()
        var blocks: [[UInt8]] = []
        var ends: [Int] = []
        for number in 0..<9 {
            let text = "{\"block\":\(number),\"block again\":\(number),\"and again\":\(number)}"
            let block = Array(text.utf8) + sample(20 + number * 11, seed: UInt64(number + 50))
            writer.compress(block.span, into: &out)
            writer.flushBlock(into: &out)
            // What is flushed ends with a raw block of one byte: 4 + 1 + 4 bytes.
            blocks.append(block.dropLast())
            ends.append(out.count - 9)
            blocks.append([block[block.count - 1]])
            ends.append(out.count)
            if number % 3 == 2 { writer.endFrame(into: &out) }
        }
        return (out.copyBytes(), blocks, ends)
    }

    @Test func `a file cut anywhere gives every whole block`() {
        let (compressed, blocks, ends) = Self.smallBlocks()
        for length in 0...compressed.count {
            let whole = ends.filter { $0 <= length }.count
            let decoded = decode(Array(compressed[..<length]), chunk: 64)
            #expect(decoded.bytes == blocks[..<whole].flatMap { $0 }, "cut at \(length)")
        }
    }

    @Test func `a flipped bit costs its own block and is never passed on`() {
        let (compressed, blocks, _) = Self.smallBlocks()
        let whole = blocks.flatMap { $0 }
        for place in compressed.indices {
            for bit in [0, 3, 7] {
                var damaged = compressed
                damaged[place] ^= UInt8(1 << bit)
                let decoded = decode(damaged)
                if decoded.bytes == whole { continue }
                let said = !decoded.damages.isEmpty || decoded.truncated != nil
                #expect(said, "silent damage at \(place) bit \(bit)")
                let lost = (0..<blocks.count).filter { missing in
                    decoded.bytes
                        == blocks.indices.filter { $0 != missing }.flatMap { blocks[$0] }
                }
                #expect(lost.count == 1, "damage at \(place) bit \(bit) cost more than a block")
            }
        }
    }

    @Test func `damage in the middle of large blocks costs one block`() {
        let bytes = sample(5 << 20, seed: 9)
        var compressed = compress(bytes)
        compressed[compressed.count / 2] ^= 0x10
        let decoded = decode(compressed, chunk: 300_000)
        #expect(decoded.damages.count == 1)
        #expect(decoded.bytes.count == bytes.count - Self.block)
    }

    @Test func `zeros, noise and rubbish end, and give nothing`() {
        for seed in 0..<50 {
            var noise = sample(20_000, seed: UInt64(seed))
            if seed % 5 == 0 { noise = [UInt8](repeating: UInt8(seed / 5), count: 20_000) }
            let decoded = decode(noise, chunk: 777)
            #expect(decoded.bytes.isEmpty)
            #expect(decoded.truncated != nil)
        }
    }

    @Test func `hostile sizes after a good head are searched in bounded time`() {
        // Every offset looks like a block of 256 KiB less a little.
        var hostile = Array(compress([1, 2, 3])[..<7])
        for _ in 0..<300_000 { hostile += [0xFF, 0xFF, 0x03, 0x00] }
        #expect(decode(hostile).bytes.isEmpty)
    }

    @Test func `skippable frames are skipped`() {
        let bytes = sample(1000, seed: 5)
        let skippable: [UInt8] = [0x5A, 0x2A, 0x4D, 0x18, 5, 0, 0, 0, 1, 2, 3, 4, 5]
        let decoded = decode(skippable + compress(bytes) + skippable, chunk: 3)
        #expect(decoded.bytes == bytes)
        #expect(decoded.damages.isEmpty && decoded.truncated == nil)
    }

    @Test func `the good end tells where a torn file is cut`() {
        let (compressed, _, ends) = Self.smallBlocks()
        let length = ends[4] + 5
        var reader = LZ4FrameReader()
        var target = ByteBuffer()
        reader.feed(compressed.span.extracting(0..<length))
        reader.finishInput()
        while case .bytes = reader.next(into: &target) {}
        let (goodEnd, isOpen) = (reader.goodEnd, reader.isOpenAtGoodEnd)
        #expect(goodEnd == UInt64(ends[4]))
        #expect(isOpen)
    }
}
