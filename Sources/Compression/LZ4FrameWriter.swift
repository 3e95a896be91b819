// LZ4 frames as the spool stores them: 256 KiB independent blocks with checksums, at most 4 MiB of
// input to a frame. `lz4 -dc` and Wireshark read them. LZ4 Frame Format Description 1.6.4.
//
// The frame is written here and only blocks are compressed by the library: block checksums alone
// cost 5 % of the speed, and nothing is allocated once warm.

public import Bytes
import CLZ4

/// Compresses bytes into a row of LZ4 frames.
///
/// Each frame can be decoded by itself and each block by itself, so that a torn file loses no more
/// than its last block. The same input cut the same way gives the same output.
@safe
public struct LZ4FrameWriter: ~Copyable, @unchecked Sendable {
    // SAFETY: `state` is LZ4_sizeofState() bytes, aligned to 16, owned by this value alone and freed
    // in deinit; the library uses it during a call only.
    private let state: UnsafeMutableRawPointer
    private let acceleration: Int32
    /// Input that does not fill a block yet.
    private var pending: ByteBuffer
    /// Input taken by the open frame; 0 when none is open.
    private var frameInput = 0
    private var isFrameOpen = false

    /// Bytes of input in a whole block.
    public static let blockBytes = 256 << 10
    /// The most bytes of input in a frame.
    public static let frameBytes = 4 << 20

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
        let frames = count / frameBytes + 2
        return count + blockBytes + blocks * 8 + frames * 11
    }

    /// Whether a frame was begun and not ended.
    public var hasOpenFrame: Bool { isFrameOpen || pending.count > 0 }

    /// Takes bytes and appends every block they complete to `target`.
    public mutating func compress(_ input: Span<UInt8>, into target: inout ByteBuffer) {
        inputBytes &+= UInt64(input.count)
        var offset = 0
        if pending.count > 0 {
            let taken = min(LZ4FrameWriter.blockBytes - pending.count, input.count)
            pending.append(input.extracting(0..<taken))
            offset = taken
            if pending.count == LZ4FrameWriter.blockBytes { flushBlock(into: &target) }
        }
        while input.count - offset >= LZ4FrameWriter.blockBytes {
            let end = offset + LZ4FrameWriter.blockBytes
            writeBlock(input.extracting(offset..<end), into: &target)
            offset = end
        }
        if offset < input.count {
            pending.reserve(LZ4FrameWriter.blockBytes)
            pending.append(input.extracting(offset..<input.count))
        }
    }

    /// Appends what is pending as a block of its own; the frame stays open.
    public mutating func flushBlock(into target: inout ByteBuffer) {
        if pending.count == 0 { return }
        var held = ByteBuffer()
        swap(&held, &pending)
        writeBlock(held.span, into: &target)
        held.removeAll()
        swap(&held, &pending)
    }

    /// Appends what is pending and the end of the frame; nothing when no frame is open.
    public mutating func endFrame(into target: inout ByteBuffer) {
        flushBlock(into: &target)
        guard isFrameOpen else { return }
        target.append(littleEndian: UInt32(0))
        isFrameOpen = false
        frameInput = 0
    }

    /// Forgets what is pending and the open frame.
    public mutating func reset() {
        pending.removeAll()
        isFrameOpen = false
        frameInput = 0
    }

    private mutating func writeBlock(_ input: Span<UInt8>, into target: inout ByteBuffer) {
        if frameInput + input.count > LZ4FrameWriter.frameBytes { endOpenFrame(into: &target) }
        if !isFrameOpen {
            LZ4FrameHeader.writeOwn(into: &target)
            isFrameOpen = true
        }
        frameInput += input.count
        let sizeOffset = target.count
        target.append(littleEndian: UInt32(0))
        // A block that would not get smaller is stored raw: room for one byte less than the input.
        let room = input.count - 1
        let compressed = room > 0 ? compressBlock(input, room: room, into: &target) : 0
        if compressed > 0 {
            target.store(littleEndian: UInt32(compressed), at: sizeOffset)
        } else {
            target.append(input)
            target.store(littleEndian: UInt32(input.count) | 0x8000_0000, at: sizeOffset)
        }
        let start = sizeOffset + 4
        let checksum = XXH32.checksum(target.span(from: start, count: target.count - start))
        target.append(littleEndian: checksum)
    }

    private mutating func endOpenFrame(into target: inout ByteBuffer) {
        guard isFrameOpen else { return }
        target.append(littleEndian: UInt32(0))
        isFrameOpen = false
        frameInput = 0
    }

    private mutating func compressBlock(
        _ input: Span<UInt8>, room: Int, into target: inout ByteBuffer
    ) -> Int {
        let (state, acceleration) = unsafe (state, acceleration)
        // SAFETY: source and room are those of the borrowed span and the buffer; a block has at most
        // 256 KiB, far below LZ4_MAX_INPUT_SIZE. The call returns 0 when the room is too small.
        return unsafe input.withUnsafeBytes { source in
            unsafe target.appendUnsafely(room: room) { free in
                let written = unsafe LZ4_compress_fast_extState(
                    state, source.baseAddress, UnsafeMutableRawPointer(free.baseAddress),
                    Int32(source.count), Int32(room), acceleration)
                return max(Int(written), 0)
            }
        }
    }
}
