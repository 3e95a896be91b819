// One direction of a connection: where it stands between and inside frames. RFC 9113 §4.

import Bytes

/// Where a direction stands.
enum HTTP2HalfState: UInt8 {
    /// Inside the client's connection preface (§3.4).
    case preface
    /// At or inside a frame header.
    case header
    /// Inside a frame's payload.
    case payload
    /// Lost: looking for frames.
    case searching
}

/// A field block that is being put together from several frames.
struct HTTP2Block: BitwiseCopyable {
    /// The stream of its first frame; 0 when there is none.
    var stream: UInt32 = 0
    /// The stream a PUSH_PROMISE promises, else 0.
    var promised: UInt32 = 0
    /// Whether its HEADERS had END_STREAM.
    var endsStream = false
    /// Whether bytes of it are missing.
    var isDamaged = false
    /// The first byte of its first frame.
    var start = StreamMoment()
}

/// A stretch of held bytes that one packet brought.
struct HTTP2Piece: BitwiseCopyable {
    /// Where it begins in the held bytes.
    var start: Int
    /// Where it begins in the stream.
    var moment: StreamMoment
}

/// One direction.
struct HTTP2Half: ~Copyable {
    var state: HTTP2HalfState
    /// Preface bytes matched.
    var prefaceCount = 0
    /// Whether the next frame is the first one, which must be SETTINGS (§3.4).
    var expectsSettings: Bool
    /// Header bytes so far, and how many.
    var headerBits: UInt128 = 0
    var headerCount = 0
    /// The frame whose payload is being read.
    var frame = HTTP2FrameHeader(bits: 0)
    /// The first byte of that frame.
    var frameStart = StreamMoment()
    /// Payload bytes still to come, padding included.
    var remaining = 0
    /// Whether the pad length byte of a DATA frame is still to come.
    var awaitsPadLength = false
    /// The padding of a DATA frame.
    var padding = 0
    /// Whether payload bytes of this frame are missing, so that `kept` is only its beginning.
    var isDamaged = false
    /// The payload's beginning; while searching, the bytes held.
    var kept = ByteBuffer()
    /// While searching: where the held bytes come from.
    var pieces: [HTTP2Piece] = []
    /// While searching: the held byte before which all is decided but what `searchWanted` awaits.
    var searchedCount = 0
    /// While searching: how many held bytes decide the next of the undecided places.
    var searchWanted = 0
    /// The block that awaits CONTINUATION, with its bytes so far.
    var block = HTTP2Block()
    var blockBytes = ByteBuffer()
    var decoder: HPACKDecoder
    /// The largest payload the other side announced that it accepts (§6.5.2).
    var maximumLength = HTTP2FrameHeader.defaultMaximumLength
    /// Whether FIN or RST was seen.
    var hasEnded = false

    init(state: HTTP2HalfState, expectsSettings: Bool, isMidstream: Bool) {
        self.state = state
        self.expectsSettings = expectsSettings
        decoder = HPACKDecoder(isMidstream: isMidstream)
    }

    /// Bytes held here, the header table included.
    var heldByteCount: Int { kept.count + blockBytes.count + decoder.heldByteCount }

    /// The most packets whose borders are remembered of held bytes.
    static let pieceLimit = 256
    /// The most memory kept between frames, in bytes.
    static let keptCapacity = 16 * 1024

    /// Appends payload bytes, as many as are wanted of this frame.
    mutating func keep(_ bytes: Span<UInt8>, limit: Int) {
        // Behind missing bytes nothing can be read.
        if isDamaged { return }
        let room = max(limit - kept.count, 0)
        kept.append(bytes.slice(0, min(room, bytes.count)))
        if bytes.count > room { isDamaged = true }
    }
}

extension HTTP2Half {
    /// Decodes a fragment that is a whole block.
    ///
    /// - Returns: Whether all of it was decoded.
    mutating func decode(
        _ fragment: Span<UInt8>, isDamaged: Bool, into builder: inout HTTP2HeadBuilder
    )
        -> Bool
    {
        var isWhole = !isDamaged
        do throws(HPACKError) {
            try decoder.decode(fragment, into: &builder)
        } catch {
            isWhole = false
        }
        if !isWhole { decoder.forget() }
        return isWhole
    }

    /// Decodes the block put together in `blockBytes`, and forgets it.
    mutating func decodeBlock(into builder: inout HTTP2HeadBuilder) -> Bool {
        var bytes = ByteBuffer()
        swap(&bytes, &blockBytes)
        let isWhole = decode(bytes.span, isDamaged: block.isDamaged, into: &builder)
        swap(&bytes, &blockBytes)
        blockBytes.removeAll()
        blockBytes.trim(toCapacity: HTTP2Half.keptCapacity)
        block = HTTP2Block()
        return isWhole
    }

    /// Adds a fragment to the block, up to `limit` bytes in all.
    ///
    /// - Returns: Whether it was cut.
    mutating func appendFragment(_ fragment: Span<UInt8>, isDamaged: Bool, limit: Int) -> Bool {
        let room = max(limit - blockBytes.count, 0)
        let isCut = fragment.count > room
        // Behind missing bytes nothing can be decoded.
        if !block.isDamaged { blockBytes.append(fragment.slice(0, min(room, fragment.count))) }
        if isDamaged || isCut { block.isDamaged = true }
        return isCut
    }

    /// Gives up what is being read; the header table is unknown from here on.
    mutating func loseSync() {
        state = .searching
        headerCount = 0
        headerBits = 0
        remaining = 0
        kept.removeAll()
        pieces.removeAll(keepingCapacity: true)
        searchedCount = 0
        searchWanted = 0
        block = HTTP2Block()
        blockBytes.removeAll()
        isDamaged = false
        decoder.forget()
    }
}
