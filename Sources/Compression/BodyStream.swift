// What the decoders of single codings have in common.

import Bytes

/// A decoder of one coding, fed with a whole body in steps.
protocol BodyStream: ~Copyable {
    /// Decompresses from the front of `input`, appending at most `room` bytes.
    mutating func decompress(
        _ input: Span<UInt8>, room: Int, into target: inout ByteBuffer
    ) -> StreamStep
    /// After a stream ended: whether `rest` begins another one, which is then begun.
    mutating func continues(with rest: Span<UInt8>) -> Bool
}
