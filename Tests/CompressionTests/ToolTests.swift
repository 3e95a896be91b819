import Bytes
import Compression
import Foundation
import Testing

/// The tools everyone has read what we write, and we read what they write.
@Suite struct ToolTests {
    static func path(_ tool: String) -> String? {
        ["/usr/bin/\(tool)", "/bin/\(tool)", "/usr/local/bin/\(tool)"].first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }

    /// In CI a missing tool is a failure, elsewhere the test is left out.
    static func isMissing(_ tool: String) -> Bool {
        if path(tool) != nil { return false }
        if ProcessInfo.processInfo.environment["CI"] != nil {
            Issue.record("CI needs \(tool)")
        }
        return true
    }

    static func run(_ tool: String, _ arguments: [String], _ input: [UInt8]) throws -> [UInt8] {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("earshot-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let source = directory.appendingPathComponent("in")
        let target = directory.appendingPathComponent("out")
        try Data(input).write(to: source)
        try Data().write(to: target)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(path(tool)))
        process.arguments = arguments
        process.standardInput = try FileHandle(forReadingFrom: source)
        process.standardOutput = try FileHandle(forWritingTo: target)
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(tool) \(arguments)")
        return [UInt8](try Data(contentsOf: target))
    }

    @Test func `lz4 reads our frames, however many`() throws {
        if Self.isMissing("lz4") { return }
        let block = LZ4FrameWriter.blockBytes
        let frame = 4 << 20
        for count in [1, 2, 10, block - 1, block, block + 1, frame, frame + 1, 9 << 20] {
            let bytes = sample(count, seed: 77)
            let compressed = compress(bytes)
            #expect(
                try Self.run("lz4", ["-dc"], compressed + compressed) == bytes + bytes, "\(count)")
        }
    }

    @Test func `lz4 reads frames of blocks flushed at any time`() throws {
        if Self.isMissing("lz4") { return }
        var random = SplitMix64(state: 5)
        let bytes = sample(9 << 20, seed: 82)
        var writer = LZ4FrameWriter()
        var out = ByteBuffer()
        var offset = 0
        while offset < bytes.count {
            let length = min(bytes.count - offset, Int(random.next() % 700_000))
            writer.compress(bytes.span.slice(offset, length), into: &out)
            offset += length
            switch random.next() % 3 {
            case 0: writer.flushBlock(into: &out)
            case 1: writer.endFrame(into: &out)
            default: break
            }
        }
        writer.endFrame(into: &out)
        #expect(try Self.run("lz4", ["-dc"], out.copyBytes()) == bytes)
        #expect(decode(out.copyBytes()).bytes == bytes)
    }

    /// SplitMix64, for reproducible choices.
    struct SplitMix64 {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }

    @Test(arguments: [
        ["-c"], ["-c", "-BD"], ["-c", "-B4", "-BD"], ["-c", "-B5", "-BX"],
        ["-c", "--content-size"], ["-9", "-c"], ["-c", "--no-frame-crc"],
    ])
    func `we read the frames of lz4`(arguments: [String]) throws {
        if Self.isMissing("lz4") { return }
        let bytes = sample(5 << 20, seed: 78)
        let compressed = try Self.run("lz4", arguments, bytes)
        let decoded = decode(compressed + compressed, chunk: 100_000)
        #expect(decoded.bytes == bytes + bytes)
        #expect(decoded.damages.isEmpty && decoded.truncated == nil)
    }

    @Test func `gzip and zstd files are read, several in a row`() throws {
        let bytes = sample(400_000, seed: 79)
        if !Self.isMissing("gzip") {
            let compressed = try Self.run("gzip", ["-c"], bytes)
            var reader = GzipReader()
            #expect(
                drain(compressed + compressed) { input, target in
                    reader.decompress(input, room: 10_000, into: &target)
                } == bytes + bytes)
        }
        if !Self.isMissing("zstd") {
            let compressed = try Self.run("zstd", ["-c"], bytes)
            var reader = ZstdReader()
            #expect(
                drain(compressed + compressed) { input, target in
                    reader.decompress(input, room: 10_000, into: &target)
                } == bytes + bytes)
        }
    }

    func drain(
        _ input: [UInt8], _ step: (Span<UInt8>, inout ByteBuffer) -> StreamStep
    ) -> [UInt8] {
        var target = ByteBuffer()
        var used = 0
        var rounds = 0
        while rounds < 100_000 {
            rounds += 1
            // In chunks of 1000 bytes.
            let end = min(input.count, used + 1000)
            let result = step(input.span.extracting(used..<end), &target)
            used += result.consumed
            if result.state == .damaged { break }
            if result.state == .ended, used == input.count { break }
        }
        return target.copyBytes()
    }

    @Test func `bodies coded by the tools are decoded`() throws {
        let bytes = sample(100_000, seed: 80)
        var decoder = ContentDecoder()
        for (tool, arguments, coding) in [
            ("gzip", ["-c"], "gzip"), ("zstd", ["-c"], "zstd"), ("brotli", ["-c"], "br"),
        ] {
            if Self.isMissing(tool) { continue }
            let body = try Self.run(tool, arguments, bytes)
            var target = ByteBuffer()
            let result = decoder.decode(
                body.span, coding: Array(coding.utf8).span, limit: 1 << 20, into: &target)
            #expect(result == .decoded(isCut: false))
            #expect(target.copyBytes() == bytes)
            target.removeAll()
            #expect(
                decoder.decode(
                    body.span, coding: Array(coding.utf8).span, limit: 1000, into: &target)
                    == .decoded(isCut: true))
            #expect(target.copyBytes() == Array(bytes[..<1000]))
            target.removeAll()
            let half = Array(body[..<(body.count / 2)])
            guard
                case .incomplete(let count) = decoder.decode(
                    half.span, coding: Array(coding.utf8).span, limit: 1 << 20, into: &target)
            else {
                Issue.record("half a \(coding) body is incomplete")
                continue
            }
            // zstd gives nothing before a whole block.
            #expect(count == target.count && (count > 0 || coding == "zstd"), "\(coding)")
            #expect(bytes.starts(with: target.copyBytes()))
        }
    }

    @Test func `gzip reads our gzip, python's zlib would read our zlib`() throws {
        if Self.isMissing("gzip") { return }
        let bytes = sample(300_000, seed: 81)
        var writer = ZlibWriter(format: .gzip)
        for _ in 0..<2 {
            var out = ByteBuffer()
            writer.compress(bytes.span.slice(0, 1000), into: &out)
            writer.compress(bytes.span.from(1000), into: &out)
            writer.finish(into: &out)
            #expect(try Self.run("gzip", ["-dc"], out.copyBytes()) == bytes)
        }
    }
}
