import Bytes
import Compression
import Platform
import Spool
import Testing

/// A spool on a simulated disk.
struct Bench: Sendable {
    let files = MemoryFiles()
    let layout = SpoolLayout(root: "/spool")

    init() throws { try layout.prepare(files: files, lanes: 1) }

    func name(_ sequence: UInt64, _ stage: SpoolStage = .packets) -> SegmentName {
        SegmentName(stage: stage, lane: 0, sequence: sequence)
    }

    func writer(_ stage: SpoolStage = .packets, preallocated: Int64 = 0) -> SegmentWriter {
        SegmentWriter(
            files: files, layout: layout, stage: stage, lane: 0, preallocatedBytes: preallocated)
    }

    /// Seals a segment of lines.
    @discardableResult
    func seal(
        _ sequence: UInt64, lines: Int, stage: SpoolStage = .packets, at wall: Int64 = 0
    ) throws -> SealedSegment {
        var writer = writer(stage)
        try writer.open(sequence: sequence)
        for line in 0..<lines {
            try writer.write(Bench.line(sequence, line).span)
        }
        files.setTime(wallNanoseconds: wall)
        return try #require(
            try writer.seal(CaptureManifest(software: "test"), wallNanoseconds: wall))
    }

    static func line(_ sequence: UInt64, _ line: Int) -> [UInt8] {
        Array("segment \(sequence) line \(line)\n".utf8)
    }

    /// Every byte of a segment, decompressed; nil when it is not sealed.
    func content(_ sequence: UInt64, _ stage: SpoolStage = .packets) throws -> [UInt8]? {
        var reader = SegmentReader(
            files: files, layout: layout, stage: stage, lane: 0, from: sequence)
        guard let opened = try reader.openNext(), opened.name.sequence == sequence else {
            return nil
        }
        return try Bench.drain(&reader).bytes
    }

    static func drain(
        _ reader: inout SegmentReader
    ) throws -> (bytes: [UInt8], damages: Int, lost: UInt64) {
        var target = ByteBuffer()
        var damages = 0
        for _ in 0..<1_000_000 {
            switch try reader.read(into: &target) {
            case .bytes: continue
            case .damaged: damages += 1
            case .end(let lost): return (target.copyBytes(), damages, lost)
            }
        }
        Issue.record("a segment without an end")
        return ([], 0, 0)
    }

    /// Recovers lane 0 as a process starting anew would.
    func recover(_ stage: SpoolStage = .packets) throws -> RecoveryReport {
        try Recovery.run(
            stage, lane: 0, layout: layout, files: files, wallNanoseconds: 1
        ) { LineInspector() }
    }
}

/// Finds whole lines.
struct LineInspector: RecoveryInspector {
    var seen: UInt64 = 0
    var whole: UInt64 = 0
    var lines: UInt64 = 0

    mutating func consume(_ bytes: Span<UInt8>) {
        for index in bytes.indices where bytes[index] == 0x0A {
            whole = seen + UInt64(index) + 1
            lines += 1
        }
        seen += UInt64(bytes.count)
    }

    mutating func hole() {}

    mutating func finish() -> RecoveredContent {
        var manifest = CaptureManifest(software: "recovered")
        manifest.packets = lines
        return RecoveredContent(usableBytes: whole, manifest: manifest)
    }
}
