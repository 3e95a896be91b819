// LZ4 frames as the spool stores them: 256 KiB independent blocks with checksums, one frame to a
// segment. `lz4 -dc` and Wireshark read them; Wireshark 4.0 stops at a second frame, whoever wrote
// it, so there is none. LZ4 Frame Format Description 1.6.4.
//
// The frame is written here and only blocks are compressed by the library: block checksums alone
// cost 5 % of the speed, and nothing is allocated once warm.
//
// Every frame ends with a block stored raw, of one byte if need be: the `lz4` tool up to 1.9.4
// (Debian 12) asks for four bytes too many behind a compressed block of more than 64 KiB with a
// checksum. Behind the last block of a frame that takes the head of the next one, and the tool
// stops with "Stream followed by undecodable data", on its own files, too.

public import Bytes
import CLZ4

/// Compresses bytes into a row of LZ4 frames.
///
/// Each frame can be decoded by itself and each block by itself, so that a torn file loses no more
/// than its last block. The same input cut the same way gives the same output.
@safe
public struct LZ4FrameWriter: ~Copyable, @unchecked Sendable {
    // SAFETY: `state` is LZ4_sizeofState() bytes, aligned to 16, owned by this value alone and
    // freed in deinit; the library uses it during a call only.
    private let state: UnsafeMutableRawPointer
    private let acceleration: Int32
    /// Input that does not fill a block yet.
    private var pending: ByteBuffer
    /// Input taken by the open frame; 0 when none is open.
    private var frameInput = 0
    private var isFrameOpen = false

    /// Bytes of input in a whole block.
    public static let blockBytes = 256 << 10
    /// The most bytes of input in a frame: no segment is so large.
    public static let frameBytes = 1 << 40

    /// All bytes taken so far.
    public private(set) var inputBytes: UInt64 = 0

    /// Creates a writer.
    ///
    /// - Parameter level: 0 is the default; each step below trades size for speed (-4: 15 % faster,
    ///   5 % larger).
    public init(level: Int = 0) {
        // SAFETY: LZ4_compress_fast_extState initializes the state on each call.
        unsafe state = UnsafeMutableRawPointer.allocate(
            byteCount: Int(LZ4_sizeofState()), alignment: 16)
        acceleration = Int32(clamping: max(0, -level)) &+ 1
        pending = ByteBuffer()
    }

    deinit { unsafe state.deallocate() }

    /// The most bytes `compress`, `flushBlock` and `endFrame` together append for `count` bytes.
    public static func bound(_ count: Int) -> Int {
        let blocks = count / blockBytes + 2
        let frames = count / (frameBytes - blockBytes) + 2
        return count + blockBytes + (blocks + frames) * 8 + frames * 11
    }

    /// Whether a frame was begun and not ended.
    public var hasOpenFrame: Bool { isFrameOpen || pending.count > 0 }

    /// Takes bytes and appends every block they complete to `target`.
    ///
    /// The last block is kept until a byte follows it: it may be the last of its frame.
    public mutating func compress(_ input: Span<UInt8>, into target: inout ByteBuffer) {
        inputBytes &+= UInt64(input.count)
        var offset = 0
        if pending.count > 0 {
            let taken = min(LZ4FrameWriter.blockBytes - pending.count, input.count)
            pending.append(input.extracting(0..<taken))
            offset = taken
            if offset < input.count { writePending(isLast: false, into: &target) }
        }
        while input.count - offset > LZ4FrameWriter.blockBytes {
            let end = offset + LZ4FrameWriter.blockBytes
            writeBlock(input.extracting(offset..<end), isLast: false, into: &target)
            offset = end
        }
        if offset < input.count {
            pending.reserve(LZ4FrameWriter.blockBytes)
            pending.append(input.extracting(offset..<input.count))
        }
    }

    /// Appends what is pending as a block of its own; the frame stays open.
    public mutating func flushBlock(into target: inout ByteBuffer) {
        if pending.count > 0 { writePending(isLast: true, into: &target) }
    }

    private mutating func writePending(isLast: Bool, into target: inout ByteBuffer) {
        var held = ByteBuffer()
        swap(&held, &pending)
        writeBlock(held.span, isLast: isLast, into: &target)
        held.removeAll()
        swap(&held, &pending)
    }

    /// Appends what is pending and the end of the frame; nothing when no frame is open.
    public mutating func endFrame(into target: inout ByteBuffer) {
        flushBlock(into: &target)
        endOpenFrame(into: &target)
    }

    /// Goes on in a frame of this kind whose blocks so far were written by another value.
    public mutating func resumeFrame() {
        reset()
        isFrameOpen = true
    }

    /// Forgets what is pending and the open frame.
    public mutating func reset() {
        pending.removeAll()
        isFrameOpen = false
        frameInput = 0
    }

    private mutating func writeBlock(
        _ input: Span<UInt8>, isLast: Bool, into target: inout ByteBuffer
    ) {
        if !isFrameOpen {
            LZ4FrameHeader.writeOwn(into: &target)
            isFrameOpen = true
        }
        frameInput += input.count
        // A frame is ended while less than a whole block fits: the next block always does.
        let isFull = frameInput > LZ4FrameWriter.frameBytes - LZ4FrameWriter.blockBytes
        if isLast || isFull {
            let most = input.count - 1
            if compressBlock(input.extracting(0..<most), into: &target) {
                writeRaw(input.extracting(most..<input.count), into: &target)
            } else {
                writeRaw(input, into: &target)
            }
        } else if !compressBlock(input, into: &target) {
            writeRaw(input, into: &target)
        }
        if isFull { endOpenFrame(into: &target) }
    }

    private func writeRaw(_ input: Span<UInt8>, into target: inout ByteBuffer) {
        target.append(littleEndian: UInt32(input.count) | 0x8000_0000)
        target.append(input)
        target.append(littleEndian: XXH32.checksum(input))
    }

    private mutating func endOpenFrame(into target: inout ByteBuffer) {
        guard isFrameOpen else { return }
        target.append(littleEndian: UInt32(0))
        isFrameOpen = false
        frameInput = 0
    }

    /// Appends a compressed block, or nothing when it would not be smaller than its input.
    private mutating func compressBlock(
        _ input: Span<UInt8>, into target: inout ByteBuffer
    ) -> Bool {
        let room = input.count - 1
        guard room > 0 else { return false }
        let start = target.count
        target.append(littleEndian: UInt32(0))
        let (state, acceleration) = unsafe (state, acceleration)
        // SAFETY: source and room are those of the borrowed span and the buffer; a block has at
        // most 256 KiB, far below LZ4_MAX_INPUT_SIZE. The call returns 0 when the room is too
        // small.
        let written = unsafe input.withUnsafeBytes { source in
            unsafe target.appendUnsafely(room: room) { free in
                let written = unsafe LZ4_compress_fast_extState(
                    state, source.baseAddress, UnsafeMutableRawPointer(free.baseAddress),
                    Int32(source.count), Int32(room), acceleration)
                return max(Int(written), 0)
            }
        }
        guard written > 0 else {
            target.truncate(to: start)
            return false
        }
        target.store(littleEndian: UInt32(written), at: start)
        target.append(
            littleEndian: XXH32.checksum(target.span(from: start + 4, count: written)))
        return true
    }
}
