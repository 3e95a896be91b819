// Bodies, rules, records, segments, manifests and cursors.

import Bytes
import Compression
import Records
import Rules
import Spool

/// The first byte chooses codings.
func fuzzBody(_ input: Span<UInt8>) {
    guard input.count > 1 else { return }
    let codings = ["gzip", "deflate", "br", "zstd", "gzip, br", "x-gzip,deflate,gzip", "zstd , br"]
    let coding = Array(codings[Int(input[0]) % codings.count].utf8)
    var decoder = ContentDecoder()
    var target = ByteBuffer()
    _ = decoder.decode(input.from(1), coding: coding.span, limit: 100_000, into: &target)
    precondition(target.count <= 100_000, "the limit holds")
    var inflater = RawInflater(windowBits: Int(input[0] & 15))
    var message = ByteBuffer()
    for _ in 0..<2 { _ = inflater.inflateMessage(input.from(1), limit: 10_000, into: &message) }
    precondition(message.count <= 20_000, "the limit holds")
}

func fuzzRules(_ input: Span<UInt8>) {
    let bytes = copy(input)
    let text = String(decoding: bytes, as: UTF8.self)
    guard let rules = try? RuleSet(text) else { return }
    var evaluator = RuleEvaluator(rules)
    var list = PairList()
    list.append("request_method", literal: "GET")
    list.append("request_url", literal: "http://a.example/x?y=1")
    list.append("request_header:host", literal: "a.example")
    list.append("request_body", literal: "one two 123 !@# one")
    list.append("response_code", literal: "200")
    list.append("response_body", literal: "{\"a\": \"b\", \"card\": 4111111111111111}")
    _ = evaluator.apply(to: &list, callKey: 1)
    var line = ByteBuffer()
    _ = RecordWriter.append(list, to: &line)
}

/// What can be read is written and read again, and comes out the same.
func fuzzRecord(_ input: Span<UInt8>) {
    var list = PairList()
    guard (try? RecordReader.read(input, into: &list)) != nil else { return }
    var line = ByteBuffer()
    guard RecordWriter.append(list, to: &line) else { return }
    var again = PairList()
    do throws(RecordError) {
        // Without its line end.
        try RecordReader.read(line.span(from: 0, count: line.count - 1), into: &again)
    } catch {
        preconditionFailure("a line that cannot be read back: \(error)")
    }
    // Pairs without a value are not written.
    let written = list.pairs.filter { $0.value.count > 0 }
    precondition(again.pairs.count == written.count, "the same pairs")
    for (left, right) in zip(written, again.pairs) {
        precondition(
            list.span(left.key).isEqual(to: again.span(right.key))
                && list.span(left.value).isEqual(to: again.span(right.value)), "the same text")
    }
}

func fuzzLZ4(_ input: Span<UInt8>) {
    var reader = LZ4FrameReader()
    var target = ByteBuffer()
    reader.feed(input)
    reader.finishInput()
    var steps = 0
    while true {
        switch reader.next(into: &target) {
        case .bytes, .damaged: break
        case .needMore, .truncated, .end: return
        }
        target.removeAll()
        steps += 1
        precondition(steps <= input.count + 1, "every step takes a byte")
    }
}

func fuzzState(_ input: Span<UInt8>) {
    guard input.count > 0 else { return }
    let bytes = copy(input.from(1))
    switch input[0] % 5 {
    case 0: _ = try? ManifestFile.decode(CaptureManifest.self, bytes, path: "p")
    case 1: _ = try? ManifestFile.decode(CallsManifest.self, bytes, path: "p")
    case 2: _ = try? ManifestFile.decode(AssembleState.self, bytes, path: "p")
    case 3: _ = try? ManifestFile.decode(SinkCursor.self, bytes, path: "p")
    default: _ = try? ManifestFile.decode(LaneCursors.self, bytes, path: "p")
    }
}

private func copy(_ input: Span<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(input.count)
    for index in input.indices { bytes.append(input[index]) }
    return bytes
}

extension Span where Element == UInt8 {
    func isEqual(to other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }
}
