import Platform
import Sinks
import Testing

@Suite struct StandardOutputSinkTests {
    @Test func `lines are written whole through short writes`() throws {
        let files = MemoryFiles()
        files.makeWritesShort(seed: 3)
        let file = try files.createExclusive("/pipe")
        let sink = StandardOutputSink(files: files, descriptor: file.descriptor)
        let batch = BatchIdentity(lane: 0, sequence: 0, firstLine: 0, lineCount: 1)
        #expect(sink.send(Array("[[\"a\",\"b\"]]\n".utf8).span, batch: batch) == .accepted)
        #expect(files.bytes("/pipe") == Array("[[\"a\",\"b\"]]\n".utf8))
    }

    @Test func `a reader that goes away ends the sink`() throws {
        let files = MemoryFiles()
        let file = try files.createExclusive("/pipe")
        files.fail(atCall: 1, errno: 32, named: "write")
        let sink = StandardOutputSink(files: files, descriptor: file.descriptor)
        let batch = BatchIdentity(lane: 0, sequence: 0, firstLine: 0, lineCount: 1)
        #expect(
            sink.send(Array("[]\n".utf8).span, batch: batch)
                == .ended(reason: "nobody reads standard output any more"))
    }

    @Test func `what a failed write already wrote is not written again`() throws {
        let files = MemoryFiles()
        let file = try files.createExclusive("/pipe")
        files.makeWritesShort(seed: 1)
        files.fail(atCall: 2, errno: 5, named: "write")
        let sink = StandardOutputSink(files: files, descriptor: file.descriptor)
        let batch = BatchIdentity(lane: 0, sequence: 0, firstLine: 0, lineCount: 1)
        let line = Array("[[\"abcdefghijklmnop\",\"qrstuvwxyz\"]]\n".utf8)
        var answer = sink.send(line.span, batch: batch)
        if answer != .accepted { answer = sink.send(line.span, batch: batch) }
        #expect(answer == .accepted)
        #expect(files.bytes("/pipe") == line)
    }
}
