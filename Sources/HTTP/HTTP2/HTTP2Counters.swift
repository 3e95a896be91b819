// What became of the bytes of HTTP/2 connections, and what was odd.

/// Counters of the HTTP/2 parser.
public struct HTTP2Counters: Sendable, BitwiseCopyable {
    /// Request heads, promised ones included.
    public var requests: UInt64 = 0
    /// Response heads, interim ones not included.
    public var responses: UInt64 = 0
    /// Interim (1xx) responses, passed over.
    public var interimResponses: UInt64 = 0
    /// Requests promised by PUSH_PROMISE.
    public var pushPromises: UInt64 = 0
    /// Exchanges given out.
    public var exchanges: UInt64 = 0
    /// Frames of all types.
    public var frames: UInt64 = 0
    /// Frames of types unknown here, passed over.
    public var unknownFrames: UInt64 = 0
    /// Bytes of prefaces, frame headers, field blocks, padding and control frames.
    public var framingBytes: UInt64 = 0
    /// Body bytes.
    public var bodyBytes: UInt64 = 0
    /// Body bytes over the limit: counted, not kept.
    public var bodyCutBytes: UInt64 = 0
    /// DATA bytes of streams whose message is not known: begun unseen, or over already.
    public var orphanBytes: UInt64 = 0
    /// Bytes passed over while frames were looked for.
    public var skippedBytes: UInt64 = 0
    /// Missing bytes that lay inside a body.
    public var bodyGapBytes: UInt64 = 0
    /// Missing bytes over frame headers, field blocks or control frames.
    public var framingGapBytes: UInt64 = 0
    /// Times a direction lost its place and began to look for frames.
    public var syncsLost: UInt64 = 0
    /// Times frames were found again.
    public var resyncs: UInt64 = 0
    /// Field blocks that could not be decoded, or not to the end.
    public var blocksDamaged: UInt64 = 0
    /// Field blocks over the limit, cut.
    public var blocksCut: UInt64 = 0
    /// Field blocks that belong to no exchange: late, repeated, or begun unseen.
    public var orphanBlocks: UInt64 = 0
    /// Fields that refer to header table entries never seen.
    public var unknownFields: UInt64 = 0
    /// Fields over a limit, not kept.
    public var fieldsCut: UInt64 = 0
    /// Frames that break the protocol.
    public var malformedFrames: UInt64 = 0
    /// Messages whose content-length differs from their body's.
    public var lengthMismatches: UInt64 = 0
    /// Streams ended by RST_STREAM before both messages were whole.
    public var streamsReset: UInt64 = 0
    /// Streams that GOAWAY declared unprocessed.
    public var streamsRefused: UInt64 = 0
    /// Streams given up because too many were open.
    public var streamsEvicted: UInt64 = 0
    /// Streams still open when their connection ended.
    public var streamsCutShort: UInt64 = 0

    /// Creates counters at zero.
    public init() {}
}

extension HTTP2Counters {
    /// Calls `body` with every counter's name and value.
    public func forEach(_ body: (_ name: StaticString, _ value: UInt64) -> Void) {
        body("http2_requests", requests)
        body("http2_responses", responses)
        body("http2_interim_responses", interimResponses)
        body("http2_push_promises", pushPromises)
        body("http2_exchanges", exchanges)
        body("http2_frames", frames)
        body("http2_unknown_frames", unknownFrames)
        body("http2_framing_bytes", framingBytes)
        body("http2_body_bytes", bodyBytes)
        body("http2_body_cut_bytes", bodyCutBytes)
        body("http2_orphan_bytes", orphanBytes)
        body("http2_skipped_bytes", skippedBytes)
        body("http2_body_gap_bytes", bodyGapBytes)
        body("http2_framing_gap_bytes", framingGapBytes)
        body("http2_syncs_lost", syncsLost)
        body("http2_resyncs", resyncs)
        body("http2_blocks_damaged", blocksDamaged)
        body("http2_blocks_cut", blocksCut)
        body("http2_orphan_blocks", orphanBlocks)
        body("http2_unknown_fields", unknownFields)
        body("http2_fields_cut", fieldsCut)
        body("http2_malformed_frames", malformedFrames)
        body("http2_length_mismatches", lengthMismatches)
        body("http2_streams_reset", streamsReset)
        body("http2_streams_refused", streamsRefused)
        body("http2_streams_evicted", streamsEvicted)
        body("http2_streams_cut_short", streamsCutShort)
    }

    /// Adds another set of counters to this one.
    public mutating func add(_ other: HTTP2Counters) {
        requests &+= other.requests
        responses &+= other.responses
        interimResponses &+= other.interimResponses
        pushPromises &+= other.pushPromises
        exchanges &+= other.exchanges
        frames &+= other.frames
        unknownFrames &+= other.unknownFrames
        framingBytes &+= other.framingBytes
        bodyBytes &+= other.bodyBytes
        bodyCutBytes &+= other.bodyCutBytes
        orphanBytes &+= other.orphanBytes
        skippedBytes &+= other.skippedBytes
        bodyGapBytes &+= other.bodyGapBytes
        framingGapBytes &+= other.framingGapBytes
        syncsLost &+= other.syncsLost
        resyncs &+= other.resyncs
        blocksDamaged &+= other.blocksDamaged
        blocksCut &+= other.blocksCut
        orphanBlocks &+= other.orphanBlocks
        unknownFields &+= other.unknownFields
        fieldsCut &+= other.fieldsCut
        malformedFrames &+= other.malformedFrames
        lengthMismatches &+= other.lengthMismatches
        streamsReset &+= other.streamsReset
        streamsRefused &+= other.streamsRefused
        streamsEvicted &+= other.streamsEvicted
        streamsCutShort &+= other.streamsCutShort
    }
}
