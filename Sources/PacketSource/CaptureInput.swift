// A capture file as plain bytes, whatever it is compressed with. Told by the first bytes, never by
// the name: RFC 1952 §2.3.1 (gzip), RFC 8878 §3.1.1 (Zstandard), LZ4 frame format.

import Bytes
import Compression
import Platform

/// How a capture file is packed.
enum Packing: Sendable, Equatable {
    case plain, gzip, lz4, zstandard

    /// Tells by the first bytes; what is not known is plain.
    init(firstBytes bytes: Span<UInt8>) {
        self = .plain
        if bytes.count >= 2, bytes[0] == 0x1F, bytes[1] == 0x8B { self = .gzip }
        guard bytes.count >= 4 else { return }
        let magic = bytes.littleEndian(UInt32.self, at: 0)
        if magic == 0x184D_2204 || magic & 0xFFFF_FFF0 == 0x184D_2A50 { self = .lz4 }
        if magic == 0xFD2F_B528 { self = .zstandard }
    }
}

/// An open capture file that is read from its start to its end, decompressed on the way.
struct CaptureInput: ~Copyable {
    /// What reading on brought.
    enum Progress: Equatable {
        /// Bytes were appended, perhaps none.
        case bytes
        /// What follows is behind a hole: compressed bytes that gave nothing.
        case hole
        /// The end; true when the compressed stream was cut or followed by something else.
        case end(isDamaged: Bool)
    }

    static let chunk = 256 << 10

    /// How long a pipe may be silent before the caller gets a turn.
    static let patienceNanoseconds: Int64 = 100_000_000

    private let file: InputFile
    private var raw = ByteBuffer()
    private var isAtEnd = false
    private var gzip = GzipReader()
    private var lz4 = LZ4FrameReader()
    private var zstandard = ZstdReader()
    private var isInsideStream = false
    /// How the file is packed; nil until its first bytes came.
    private(set) var packing: Packing?
    /// Its first bytes, for messages.
    private(set) var firstBytes: [UInt8] = []

    private init(file: consuming InputFile) { self.file = file }

    /// Opens a file, `-` for standard input.
    static func open(path: String) throws(CaptureError) -> CaptureInput {
        var input = CaptureInput(file: try openFile(path))
        // A pipe's first bytes may be long in coming: they are waited for later, in turns.
        if input.file.isRegular { try input.detect() }
        return input
    }

    private static func openFile(_ path: String) throws(CaptureError) -> InputFile {
        do throws(IOError) {
            return try InputFile(path: path)
        } catch {
            throw .unreadable(error)
        }
    }

    /// Whether the file is regular: it can be read again.
    var isRegular: Bool { file.isRegular }

    /// Appends some more bytes of the file to `window`; none when a pipe has none for now.
    mutating func read(into window: inout ByteBuffer) throws(CaptureError) -> Progress {
        if packing == nil { try detect() }
        switch packing {
        case nil: return .bytes
        case .plain: return try readPlain(into: &window)
        case .gzip, .zstandard: return try readStream(into: &window)
        case .lz4: return try readFrames(into: &window)
        }
    }

    private mutating func detect() throws(CaptureError) {
        try refill()
        while file.isRegular, raw.count < 16, !isAtEnd { try refill() }
        guard raw.count >= 4 || isAtEnd else { return }
        packing = Packing(firstBytes: raw.span)
        firstBytes = [UInt8](raw.span(from: 0, count: min(raw.count, 16)))
    }

    private mutating func readPlain(into window: inout ByteBuffer) throws(CaptureError) -> Progress
    {
        // What told the packing; all that follows is read straight into the window.
        if !raw.isEmpty {
            window.append(raw.span)
            raw.removeAll()
            return .bytes
        }
        if isAtEnd { return .end(isDamaged: false) }
        try fill(&window)
        return isAtEnd ? .end(isDamaged: false) : .bytes
    }

    private mutating func readStream(
        into window: inout ByteBuffer
    ) throws(CaptureError) -> Progress {
        if raw.isEmpty { try refill() }
        if raw.isEmpty, !isAtEnd { return .bytes }
        // Zeros behind the last member pad a file out to whole blocks.
        if !isInsideStream, packing == .gzip, !raw.isEmpty, raw[0] == 0 {
            raw.removeAll()
            return isAtEnd ? .end(isDamaged: false) : .bytes
        }
        if raw.isEmpty, !isInsideStream { return .end(isDamaged: false) }
        let before = window.count
        var held = ByteBuffer()
        swap(&held, &raw)
        let step =
            packing == .gzip
            ? gzip.decompress(held.span, room: 1 << 20, into: &window)
            : zstandard.decompress(held.span, room: 1 << 20, into: &window)
        held.removeFirst(step.consumed)
        swap(&held, &raw)
        switch step.state {
        case .damaged: return .end(isDamaged: true)
        case .ended: isInsideStream = false
        case .hasMore: isInsideStream = true
        case .needsInput:
            isInsideStream = true
            let isStuck = raw.isEmpty && isAtEnd && window.count == before
            if isStuck { return .end(isDamaged: true) }
        }
        return .bytes
    }

    private mutating func readFrames(
        into window: inout ByteBuffer
    ) throws(CaptureError) -> Progress {
        switch lz4.next(into: &window) {
        case .bytes: return .bytes
        case .damaged: return .hole
        case .truncated: return .end(isDamaged: true)
        case .end: return .end(isDamaged: false)
        case .needMore:
            if raw.isEmpty { try refill() }
            if raw.isEmpty, isAtEnd { lz4.finishInput() }
            var held = ByteBuffer()
            swap(&held, &raw)
            lz4.feed(held.span)
            held.removeAll()
            swap(&held, &raw)
            return .bytes
        }
    }

    private mutating func refill() throws(CaptureError) {
        var ready = ByteBuffer()
        swap(&ready, &raw)
        defer { swap(&ready, &raw) }
        try fill(&ready)
    }

    private mutating func fill(_ buffer: inout ByteBuffer) throws(CaptureError) {
        if isAtEnd { return }
        var count = 0
        do throws(IOError) {
            if !file.isRegular, !(try file.waitReadable(nanoseconds: Self.patienceNanoseconds)) {
                return
            }
            try buffer.append(room: Self.chunk) { target throws(IOError) in
                count = try file.read(into: &target)
            }
        } catch {
            throw .unreadable(error)
        }
        if count == 0 { isAtEnd = true }
    }
}

extension CaptureError {
    static func unreadable(_ error: IOError) -> CaptureError {
        .unreadable(
            path: error.path, detail: "\(IOError.text(of: error.errno)) (\(error.errno))")
    }
}
