// Where the field block lies in a HEADERS, PUSH_PROMISE or CONTINUATION payload: behind pad length,
// priority and promised stream, before the padding. RFC 9113 §6.2, §6.6, §6.10.

import Bytes

/// The field block fragment of one frame.
struct HTTP2BlockPart: BitwiseCopyable {
    /// Where the fragment begins in the payload.
    var start: Int
    /// Its bytes that are there.
    var count: Int
    /// Whether bytes of it are missing.
    var isDamaged: Bool
    /// The promised stream of a PUSH_PROMISE, else 0.
    var promised: UInt32 = 0

    /// Finds the fragment; nil when the padding is longer than the frame.
    ///
    /// - Parameters:
    ///   - payload: The payload, or as much of its beginning as is known.
    ///   - isDamaged: Whether the payload is not whole.
    init?(_ header: HTTP2FrameHeader, _ payload: Span<UInt8>, isDamaged: Bool) {
        var position = 0
        var padding = 0
        if header.type != .continuation, header.has(HTTP2FrameHeader.padded) {
            guard payload.count > 0 else { return nil }
            padding = Int(payload[0])
            position = 1
        }
        if header.type == .headers, header.has(HTTP2FrameHeader.priority) { position += 5 }
        if header.type == .pushPromise {
            guard payload.count >= position + 4 else { return nil }
            promised = payload.bigEndian(UInt32.self, at: position) & 0x7FFF_FFFF
            position += 4
        }
        let end = header.length - padding
        guard position <= end, position <= payload.count else { return nil }
        start = position
        count = min(end, payload.count) - position
        self.isDamaged = isDamaged && payload.count < end
    }
}
