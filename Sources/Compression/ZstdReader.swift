// zstd frames, as `.zst` capture files and `zstd`-coded bodies are. RFC 8878.

public import Bytes
import CZstd

/// A streaming decoder of zstd.
@safe
public struct ZstdReader: BodyStream, ~Copyable, @unchecked Sendable {
    // SAFETY: `context` is owned by this value alone and freed in deinit; nil when memory was
    // short.
    private let context: OpaquePointer?

    /// The largest window accepted, as a power of two: 8 MiB, what RFC 9659 asks of HTTP.
    public static let contentWindowLog = 23
    /// The largest window accepted in files: 128 MiB, the `zstd` tool's own default.
    public static let fileWindowLog = 27

    /// Creates a decoder.
    ///
    /// - Parameter windowLog: The largest window accepted; more is damage.
    public init(windowLog: Int = ZstdReader.fileWindowLog) {
        unsafe context = ZSTD_createDCtx()
        if let context = unsafe context {
            _ = unsafe ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Int32(windowLog))
        }
    }

    deinit { _ = unsafe ZSTD_freeDCtx(context) }

    /// Starts anew.
    public mutating func reset() {
        if let context = unsafe context {
            _ = unsafe ZSTD_DCtx_reset(context, ZSTD_reset_session_only)
        }
    }

    /// Decompresses from the front of `input`, appending at most `room` bytes to `target`.
    public mutating func decompress(
        _ input: Span<UInt8>, room: Int, into target: inout ByteBuffer
    ) -> StreamStep {
        guard let context = unsafe context else {
            return StreamStep(consumed: 0, produced: 0, state: .damaged)
        }
        var consumed = 0
        var result = 0
        // SAFETY: zstd reads the borrowed span and writes `room` bytes of the buffer's room, both
        // for the call only.
        let produced = unsafe input.withUnsafeBytes { source in
            unsafe target.appendUnsafely(room: room) { free in
                var from = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
                var into = unsafe ZSTD_outBuffer(dst: free.baseAddress, size: room, pos: 0)
                result = unsafe ZSTD_decompressStream(context, &into, &from)
                consumed = unsafe from.pos
                return unsafe into.pos
            }
        }
        return StreamStep(
            consumed: consumed, produced: produced,
            state: state(result, isFull: produced == room, isEmpty: consumed == input.count))
    }

    /// RFC 8878 §3.1: frames and skippable frames follow each other.
    mutating func continues(with rest: Span<UInt8>) -> Bool {
        guard rest.count >= 4 else { return false }
        let magic = rest.littleEndian(UInt32.self, at: 0)
        return magic == 0xFD2F_B528 || magic & 0xFFFF_FFF0 == 0x184D_2A50
    }

    private func state(_ result: Int, isFull: Bool, isEmpty: Bool) -> StreamStep.State {
        if ZSTD_isError(result) != 0 { return .damaged }
        if result == 0 { return .ended }
        return isFull || !isEmpty ? .hasMore : .needsInput
    }
}
