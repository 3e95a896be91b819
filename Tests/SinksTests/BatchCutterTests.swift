import Sinks
import Testing

@Suite struct BatchCutterTests {
    struct Cut: Equatable {
        var first: UInt64
        var count: Int
        var text: String
    }

    /// Feeds `text` in pieces of `step` bytes and takes every batch as soon as it is ready.
    func cut(
        _ text: String, limit: Int, line: Int = 1 << 20, step: Int = .max
    ) -> (cuts: [Cut], oversized: [BatchCutter.Oversized]) {
        var cutter = BatchCutter(bundleBytes: limit, maximumLineBytes: line)
        var cuts: [Cut] = []
        var oversized: [BatchCutter.Oversized] = []
        let input = Array(text.utf8)
        func take(_ cutter: inout BatchCutter) {
            while let ready = cutter.ready {
                oversized += cutter.takeOversized()
                let copy = bytes(of: cutter, ready.lineCount)
                #expect(copy.count == ready.byteCount)
                cuts.append(
                    Cut(
                        first: cutter.firstLine, count: ready.lineCount,
                        text: String(decoding: copy, as: UTF8.self)))
                cutter.drop(ready.lineCount)
            }
        }
        var offset = 0
        while offset < input.count {
            let end = step > input.count - offset ? input.count : offset + step
            cutter.feed(input.span.extracting(offset..<end))
            take(&cutter)
            offset = end
        }
        cutter.finish()
        take(&cutter)
        #expect(cutter.heldBytes == 0)
        return (cuts, oversized)
    }

    func bytes(of cutter: borrowing BatchCutter, _ lineCount: Int) -> [UInt8] {
        let span = cutter.lines(0..<lineCount)
        var copy: [UInt8] = []
        for index in span.indices { copy.append(span[index]) }
        return copy
    }

    /// The rule in four lines.
    func reference(_ lines: [String], limit: Int) -> [Cut] {
        var cuts: [Cut] = []
        for (index, line) in lines.enumerated() {
            if let last = cuts.last, last.text.utf8.count + line.utf8.count + 1 <= limit {
                cuts[cuts.count - 1].text += line + "\n"
                cuts[cuts.count - 1].count += 1
            } else {
                cuts.append(Cut(first: UInt64(index), count: 1, text: line + "\n"))
            }
        }
        return cuts
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `borders follow from the lines alone, however the bytes arrive`(seed: UInt64) {
        var random = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func next(_ bound: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((random >> 33) % UInt64(bound))
        }
        let lines = (0..<(1 + next(40))).map { index in
            String(repeating: String(index % 10), count: next(20))
        }
        let limit = 1 + next(150)
        let text = lines.joined(separator: "\n") + "\n"
        let wanted = reference(lines, limit: limit)
        for step in [1, 2, 7, 64, Int.max] {
            #expect(cut(text, limit: limit, step: step).cuts == wanted, "seed \(seed) step \(step)")
        }
    }

    @Test func `a line above the limit goes alone`() {
        let long = String(repeating: "x", count: 50)
        let cuts = cut("a\nb\n\(long)\nc\n", limit: 10).cuts
        #expect(cuts.map(\.count) == [2, 1, 1])
        #expect(cuts[1].text == long + "\n")
    }

    @Test func `a last line without its line feed is sent with one`() {
        #expect(cut("a\nb", limit: 10).cuts == [Cut(first: 0, count: 2, text: "a\nb\n")])
        #expect(cut("", limit: 10).cuts == [])
    }

    @Test(arguments: [1, 3, 1000])
    func `a line too long to send keeps its number and its beginning`(step: Int) {
        let long = String(repeating: "y", count: 3000)
        let result = cut("a\n\(long)\nb\n", limit: 10, line: 100, step: step)
        #expect(result.oversized.count == 1)
        #expect(result.oversized.first?.line == 1)
        #expect(result.oversized.first?.byteCount == 3000)
        #expect(result.oversized.first?.beginning.count == BatchCutter.keptOfOversized)
        #expect(result.cuts.map(\.text).joined() == "a\nb\n")
        #expect(result.cuts.reduce(0) { $0 + $1.count } == 3)
    }

    @Test func `a hole costs the line before it and the line behind it, and is counted`() {
        var cutter = BatchCutter(bundleBytes: 100, maximumLineBytes: 100)
        cutter.feed(Array("one\ntw".utf8).span)
        cutter.hole()
        cutter.feed(Array("hree\nfour\n".utf8).span)
        cutter.finish()
        #expect(cutter.damagedBytes == 7)
        let ready = cutter.ready
        #expect(ready?.lineCount == 2)
        #expect(bytes(of: cutter, 2) == Array("one\nfour\n".utf8))
    }

    @Test func `a batch's id follows from its place and its bytes`() {
        let bytes = Array("[[\"a\",\"b\"]]\n".utf8)
        let batch = BatchIdentity(lane: 1, sequence: 2, firstLine: 3, lineCount: 4)
        let id = batch.id(of: bytes.span)
        #expect(id.hasPrefix("1-2-3-4-"))
        #expect(id.count == 8 + 16)
        #expect(batch.id(of: bytes.span) == id)
        var other = bytes
        other[3] ^= 1
        #expect(batch.id(of: other.span) != id)
        #expect(batch.id(of: bytes.span.extracting(0..<bytes.count - 1)) != id)
    }
}
