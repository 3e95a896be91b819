// zlib's inflate with a stream of our own on the heap. zlib.h, inflateInit2.

import Bytes
import CZlib

/// A reusable inflater for raw deflate, zlib or gzip streams.
@safe
struct ZlibInflater: BodyStream, ~Copyable, @unchecked Sendable {
    // SAFETY: `stream` is allocated and initialized in init, owned by this value alone (zlib keeps
    // a pointer back to it, so it must not move), ended and freed in deinit.
    let stream: UnsafeMutablePointer<z_stream>
    let isUsable: Bool
    private var windowBits: Int32

    /// Window bits as zlib takes them: -15 raw, 15 zlib, 31 gzip.
    init(windowBits: Int32) {
        unsafe stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let size = unsafe Int32(MemoryLayout<z_stream>.size)
        self.windowBits = windowBits
        isUsable = unsafe inflateInit2_(stream, windowBits, zlibVersion(), size) == Z_OK
    }

    deinit {
        // SAFETY: initialized above; inflateEnd accepts a stream whose init failed.
        _ = unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Forgets the stream.
    mutating func reset(windowBits: Int32) {
        self.windowBits = windowBits
        if isUsable { _ = unsafe inflateReset2(stream, windowBits) }
    }

    /// Decompresses from the front of `input` into at most `room` bytes.
    mutating func decompress(
        _ input: Span<UInt8>, room: Int, into target: inout ByteBuffer
    ) -> StreamStep {
        guard isUsable else { return StreamStep(consumed: 0, produced: 0, state: .damaged) }
        // avail_in and avail_out are 32 bits wide.
        let taken = min(input.count, 1 << 30)
        let limit = min(room, 1 << 30)
        let stream = unsafe stream
        var result: Int32 = Z_OK
        var consumed = 0
        // SAFETY: zlib reads `taken` bytes of the borrowed span and writes `limit` bytes of the
        // buffer's room, both for the call only; the pointers are cleared after it.
        let produced = unsafe input.withUnsafeBufferPointer { source in
            unsafe target.appendUnsafely(room: limit) { free in
                unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                unsafe stream.pointee.avail_in = UInt32(taken)
                unsafe stream.pointee.next_out = free.baseAddress
                unsafe stream.pointee.avail_out = UInt32(limit)
                result = unsafe inflate(stream, Z_NO_FLUSH)
                consumed = unsafe taken - Int(stream.pointee.avail_in)
                let left = unsafe Int(stream.pointee.avail_out)
                unsafe stream.pointee.next_in = nil
                unsafe stream.pointee.next_out = nil
                return limit - left
            }
        }
        return StreamStep(
            consumed: consumed, produced: produced,
            state: state(result, isFull: produced == limit, isEmpty: consumed == input.count))
    }

    /// RFC 1952 §2.2: gzip members follow each other; what else follows one (zero padding, say) is
    /// ignored, as gunzip does.
    mutating func continues(with rest: Span<UInt8>) -> Bool {
        guard windowBits == 31, rest.count >= 2, rest[0] == 0x1F, rest[1] == 0x8B else {
            return false
        }
        reset(windowBits: windowBits)
        return true
    }

    private func state(_ result: Int32, isFull: Bool, isEmpty: Bool) -> StreamStep.State {
        switch result {
        case Z_STREAM_END: .ended
        case Z_OK, Z_BUF_ERROR: isFull ? .hasMore : isEmpty ? .needsInput : .hasMore
        default: .damaged
        }
    }
}
