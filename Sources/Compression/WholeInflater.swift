// libdeflate: twice as fast as zlib, for bodies that are complete and whose size can be guessed.

import Bytes
import CDeflate

/// A one-shot decompressor of whole gzip members and zlib streams.
@safe
struct WholeInflater: ~Copyable, @unchecked Sendable {
    // SAFETY: `decompressor` is owned by this value alone and freed in deinit; nil when memory was
    // short.
    private let decompressor: OpaquePointer?

    enum Format { case gzip, zlib, raw }

    init() { unsafe decompressor = libdeflate_alloc_decompressor() }

    deinit {
        if let decompressor = unsafe decompressor {
            unsafe libdeflate_free_decompressor(decompressor)
        }
    }

    /// Decompresses one stream from the front of `input` when it fits into `room`.
    ///
    /// - Returns: How many input bytes it took; nil when it is damaged, cut or larger than `room`,
    ///   and nothing was appended then.
    mutating func decompress(
        _ input: Span<UInt8>, format: Format, room: Int, into target: inout ByteBuffer
    ) -> Int? {
        guard let decompressor = unsafe decompressor else { return nil }
        var taken = 0
        var made = 0
        var isDone = false
        // SAFETY: the library reads the borrowed span and writes at most `room` bytes of the
        // buffer's room, both for the call only.
        unsafe input.withUnsafeBytes { source in
            _ = unsafe target.appendUnsafely(room: room) { free in
                let result =
                    switch format {
                    case .gzip:
                        unsafe libdeflate_gzip_decompress_ex(
                            decompressor, source.baseAddress, source.count, free.baseAddress, room,
                            &taken, &made)
                    case .zlib:
                        unsafe libdeflate_zlib_decompress_ex(
                            decompressor, source.baseAddress, source.count, free.baseAddress, room,
                            &taken, &made)
                    case .raw:
                        unsafe libdeflate_deflate_decompress_ex(
                            decompressor, source.baseAddress, source.count, free.baseAddress, room,
                            &taken, &made)
                    }
                isDone = result == LIBDEFLATE_SUCCESS
                return isDone ? made : 0
            }
        }
        return isDone ? taken : nil
    }
}
