// Brotli streams. RFC 7932. A decoder serves one stream: the library cannot start one anew.

import Bytes
import CBrotli

/// A decoder of one brotli stream.
@safe
struct BrotliReader: BodyStream, ~Copyable, @unchecked Sendable {
    // SAFETY: `state` is owned by this value alone and destroyed in deinit; nil when memory was
    // short.
    private let state: OpaquePointer?

    init() { unsafe state = BrotliDecoderCreateInstance(nil, nil, nil) }

    deinit {
        if let state = unsafe state { unsafe BrotliDecoderDestroyInstance(state) }
    }

    /// RFC 7932 knows one stream only.
    mutating func continues(with rest: Span<UInt8>) -> Bool { false }

    mutating func decompress(
        _ input: Span<UInt8>, room: Int, into target: inout ByteBuffer
    ) -> StreamStep {
        guard let state = unsafe state else {
            return StreamStep(consumed: 0, produced: 0, state: .damaged)
        }
        var left = input.count
        var result = BROTLI_DECODER_RESULT_ERROR
        // SAFETY: the decoder reads the borrowed span and writes `room` bytes of the buffer's room,
        // both for the call only.
        let produced = unsafe input.withUnsafeBufferPointer { source in
            unsafe target.appendUnsafely(room: room) { free in
                var next = source.baseAddress
                var out = free.baseAddress
                var outLeft = room
                result = unsafe BrotliDecoderDecompressStream(
                    state, &left, &next, &outLeft, &out, nil)
                return room - outLeft
            }
        }
        let step: StreamStep.State =
            switch result {
            case BROTLI_DECODER_RESULT_SUCCESS: .ended
            case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT: .needsInput
            case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT: .hasMore
            default: .damaged
            }
        return StreamStep(consumed: input.count - left, produced: produced, state: step)
    }
}
