// The content of a damaged segment: packet blocks and whole lines are kept, what is cut is counted.

import Bytes
import CaptureFile
import Compression
import Platform

/// Takes the decompressed bytes of a segment and writes what is whole of them.
struct SalvageKeeper: ~Copyable {
    /// What the segment holds; told by its first bytes when its name does not.
    private(set) var content: Salvage.Content?
    /// Packets or records kept.
    private(set) var kept: UInt64 = 0
    /// Bytes that belong to nothing whole.
    var cutBytes: UInt64 { lineCutBytes + walk.skippedBytes }
    /// Whether interfaces were made up.
    private(set) var hasGuessedInterface = false

    private let header: [UInt8]
    private var output: SalvageOutput
    private var walk = BlockWalk()
    private var lines = ByteBuffer()
    private var lineCutBytes: UInt64 = 0
    private var isBehindHole = false
    private var isFirst = true
    init(
        content: Salvage.Content?, header: [UInt8], files: any FileSystem, to target: OpenFile?
    ) {
        self.content = content
        self.header = header
        output = SalvageOutput(files: files, target: target)
    }

    /// The section header and interface descriptions that a segment begins with.
    static func header(of plain: Span<UInt8>) -> [UInt8] {
        var walk = BlockWalk()
        walk.window.append(plain)
        var end = 0
        while case .block = walk.next() { end = walk.block.upperBound }
        return walk.hasInterfaces ? [UInt8](plain.extracting(0..<end)) : []
    }

    /// Takes the next bytes.
    mutating func take(_ bytes: Span<UInt8>) throws(IOError) {
        if content == nil { content = bytes[0] == 0x5B ? .calls : .packets }
        if content == .calls { return try takeLines(bytes) }
        if isFirst, bytes.count >= 4, bytes.littleEndian(UInt32.self, at: 0) != 0x0A0D_0D0A {
            try primeInterfaces()
        }
        isFirst = false
        walk.compact()
        walk.window.append(bytes)
        try takeBlocks()
    }

    /// What follows is not the next bytes.
    mutating func hole() throws(IOError) {
        if content == .calls || content == nil { cutLine() }
        if content == .packets || content == nil {
            walk.isComplete = true
            try takeBlocks()
            if isFirst { try primeInterfaces() }
            isFirst = false
            walk.hole()
        }
    }

    /// Nothing follows.
    mutating func finish() throws(IOError) {
        walk.isComplete = true
        try takeBlocks()
        cutLine()
        try output.finish()
    }

    private mutating func takeBlocks() throws(IOError) {
        // Out of self, so that it can be borrowed while the output changes.
        var window = ByteBuffer()
        while true {
            switch walk.next() {
            case .needMore: return
            case .packet: kept += 1
            case .block: break
            }
            let block = walk.block
            swap(&window, &walk.window)
            defer { swap(&window, &walk.window) }
            try output.write(window.span(from: block.lowerBound, count: block.count))
        }
    }

    /// The segment's own header is lost: that of a neighbour, or Ethernet, stands in for it.
    private mutating func primeInterfaces() throws(IOError) {
        var made = ByteBuffer()
        if header.isEmpty {
            hasGuessedInterface = true
            PcapngEncoder.appendSectionHeader(application: "earshot salvage", to: &made)
            PcapngEncoder.appendInterface(linkType: 1, snaplen: 0, name: "lost", to: &made)
        } else {
            made.append(header)
        }
        walk.prime(made.span)
        walk.begin()
        walk.hole()
        try output.write(made.span)
    }

    private mutating func takeLines(_ bytes: Span<UInt8>) throws(IOError) {
        var start = 0
        while let end = Scan.firstIndex(of: 0x0A, in: bytes, from: start) {
            let rest = bytes.extracting(start..<(end + 1))
            start = end + 1
            if isBehindHole {
                isBehindHole = false
                lineCutBytes += UInt64(rest.count)
                continue
            }
            kept += 1
            // The line's beginning came with the block before.
            var beginning = ByteBuffer()
            swap(&beginning, &lines)
            try output.write(beginning.span)
            try output.write(rest)
        }
        let rest = bytes.extracting(start..<bytes.count)
        if isBehindHole { lineCutBytes += UInt64(rest.count) } else { lines.append(rest) }
    }

    private mutating func cutLine() {
        lineCutBytes += UInt64(lines.count)
        lines.removeAll()
        isBehindHole = true
    }
}

/// Writes LZ4 frames to a file, or nowhere.
private struct SalvageOutput: ~Copyable {
    let files: any FileSystem
    let target: OpenFile?
    private var writer = LZ4FrameWriter()
    private var packed = ByteBuffer()

    static let writeBytes = 1 << 20

    init(files: any FileSystem, target: OpenFile?) {
        self.files = files
        self.target = target
    }

    mutating func write(_ bytes: Span<UInt8>) throws(IOError) {
        guard target != nil else { return }
        writer.compress(bytes, into: &packed)
        if packed.count >= SalvageOutput.writeBytes { try drain() }
    }

    mutating func finish() throws(IOError) {
        writer.endFrame(into: &packed)
        try drain()
    }

    private mutating func drain() throws(IOError) {
        guard let target, !packed.isEmpty else { return }
        try files.append(packed.span, to: target)
        packed.removeAll()
    }
}
