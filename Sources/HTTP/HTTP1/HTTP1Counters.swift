// What became of the bytes of HTTP/1 streams, and what was odd.

/// Counters of the HTTP/1 parser.
public struct HTTP1Counters: Sendable, BitwiseCopyable {
    /// Request heads parsed.
    public var requests: UInt64 = 0
    /// Response heads parsed, interim ones included.
    public var responses: UInt64 = 0
    /// Bytes of start lines, fields, chunk framing and trailers.
    public var framingBytes: UInt64 = 0
    /// Body bytes.
    public var bodyBytes: UInt64 = 0
    /// Bytes between messages that were no message (after a gap, beyond a length).
    public var skippedBytes: UInt64 = 0
    /// Body bytes over the limit: counted, not kept.
    public var bodyCutBytes: UInt64 = 0
    /// Missing bytes that lay inside a body.
    public var bodyGapBytes: UInt64 = 0
    /// Missing bytes over a head or between messages.
    public var framingGapBytes: UInt64 = 0
    /// Messages lost or cut because a gap lay over their head.
    public var headsLost: UInt64 = 0
    /// Heads over a limit.
    public var headsCut: UInt64 = 0
    /// Field lines over the limit, not kept.
    public var fieldsCut: UInt64 = 0
    /// Lines in a field section that are no field (no colon, no name).
    public var fieldsMalformed: UInt64 = 0
    /// Messages whose chunk framing broke.
    public var chunksMalformed: UInt64 = 0
    /// Messages with both lengths, or with lengths that differ.
    public var lengthsAmbiguous: UInt64 = 0
    /// Times a direction found a start line again after it was lost.
    public var relocks: UInt64 = 0

    /// Creates counters at zero.
    public init() {}

    /// Calls `body` with every counter's name and value.
    public func forEach(_ body: (_ name: StaticString, _ value: UInt64) -> Void) {
        body("http1_requests", requests)
        body("http1_responses", responses)
        body("http1_framing_bytes", framingBytes)
        body("http1_body_bytes", bodyBytes)
        body("http1_skipped_bytes", skippedBytes)
        body("http1_body_cut_bytes", bodyCutBytes)
        body("http1_body_gap_bytes", bodyGapBytes)
        body("http1_framing_gap_bytes", framingGapBytes)
        body("http1_heads_lost", headsLost)
        body("http1_heads_cut", headsCut)
        body("http1_fields_cut", fieldsCut)
        body("http1_fields_malformed", fieldsMalformed)
        body("http1_chunks_malformed", chunksMalformed)
        body("http1_lengths_ambiguous", lengthsAmbiguous)
        body("http1_relocks", relocks)
    }
}
