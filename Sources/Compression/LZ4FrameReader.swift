// Reads a row of LZ4 frames, ours or anyone's, block by block, and goes on behind damage.
//
// Blocks are parsed here, so that one that fails its checksum costs itself only: with independent
// blocks the next one is tried in place, else the input is searched for the next frame, or for the
// next block whose checksum fits. LZ4 Frame Format Description 1.6.4.
//
// Memory: one block (4 MiB at most, by the format), and the compressed bytes of two.

public import Bytes

/// A streaming decoder of LZ4 frames that survives damage.
///
/// Either `feed` chunks and call `next` until it wants more, or call `step` over a whole span.
public struct LZ4FrameReader: ~Copyable, Sendable {
    enum Place: Equatable {
        case betweenFrames
        case inFrame
        case skipping(UInt64)
        case searching(from: UInt64)
        case ended
    }

    var place = Place.betweenFrames
    var header = LZ4FrameHeader.own
    /// Counts input bytes consumed, over all calls.
    public internal(set) var offset: UInt64 = 0
    /// Where a block could begin that would follow the last good one: the place to cut a torn file.
    public internal(set) var goodEnd: UInt64 = 0
    /// Whether a frame is open at `goodEnd`, so that a cut there needs an end mark.
    public internal(set) var isOpenAtGoodEnd = false
    var contentChecksum = XXH32()
    /// The last 64 KiB decoded, kept only for frames whose blocks depend on each other.
    var history = ByteBuffer()
    var pending = ByteBuffer()
    /// Bytes at the front of `pending` that were consumed; dropped when more are fed.
    var pendingStart = 0
    var isFinished = false
    /// Bytes already hashed while searching: the bound on work for hostile input.
    var searchWork: UInt64 = 0

    /// Blocks decoded.
    public internal(set) var blocks: UInt64 = 0
    /// Frames begun.
    public internal(set) var frames: UInt64 = 0
    /// Holes reported.
    public internal(set) var damages: UInt64 = 0
    /// Frames whose content checksum did not fit though their blocks were accepted.
    public internal(set) var contentMismatches: UInt64 = 0

    /// Creates a reader at the start of an input.
    public init() {}

    /// Starts anew, keeping memory.
    public mutating func reset() {
        place = .betweenFrames
        header = .own
        offset = 0
        goodEnd = 0
        isOpenAtGoodEnd = false
        history.removeAll()
        pending.removeAll()
        pendingStart = 0
        isFinished = false
        searchWork = 0
        blocks = 0
        frames = 0
        damages = 0
        contentMismatches = 0
    }

    /// Hands over the next compressed bytes; call `next` until it wants more before the next chunk.
    public mutating func feed(_ bytes: Span<UInt8>) {
        dropConsumed()
        pending.append(bytes)
    }

    /// Lets `fill` write the next compressed bytes, at most `room` of them, into the reader.
    ///
    /// - Returns: How many were written.
    public mutating func feed<E: Error>(
        room: Int, _ fill: (inout OutputSpan<UInt8>) throws(E) -> Void
    ) throws(E) -> Int {
        dropConsumed()
        let before = pending.count
        try pending.append(room: room, filling: fill)
        return pending.count - before
    }

    /// Says that no more bytes will be fed.
    public mutating func finishInput() { isFinished = true }

    /// Decodes one block of what was fed and appends it to `target`.
    public mutating func next(into target: inout ByteBuffer) -> LZ4Step {
        var held = ByteBuffer()
        swap(&held, &pending)
        let (consumed, step) = step(
            held.span(from: pendingStart, count: held.count - pendingStart), isLast: isFinished,
            into: &target)
        pendingStart += consumed
        swap(&held, &pending)
        return step
    }

    /// Moves what is left to the front, once per chunk fed and not once per block.
    private mutating func dropConsumed() {
        pending.removeFirst(pendingStart)
        pendingStart = 0
    }

    /// Decodes one block from the front of `input` and appends it to `target`.
    ///
    /// - Parameters:
    ///   - input: The bytes from `offset` on; those not consumed must be there again next time.
    ///   - isLast: Whether nothing follows them.
    ///   - target: Gets the decoded bytes.
    /// - Returns: How many bytes were consumed, and what they gave.
    public mutating func step(
        _ input: Span<UInt8>, isLast: Bool, into target: inout ByteBuffer
    ) -> (consumed: Int, step: LZ4Step) {
        var used = 0
        while true {
            let rest = input.extracting(used..<input.count)
            let before = offset
            let result: LZ4Step?
            switch place {
            case .betweenFrames: result = beginFrame(rest, isLast)
            case .inFrame: result = block(rest, isLast, &target)
            case .skipping(let count): result = skip(rest, count, isLast)
            case .searching(let start): result = search(rest, from: start, isLast)
            case .ended: result = .end
            }
            used += Int(offset - before)
            if let result { return (used, result) }
        }
    }

    private mutating func beginFrame(_ input: Span<UInt8>, _ isLast: Bool) -> LZ4Step? {
        if input.isEmpty, isLast {
            place = .ended
            return .end
        }
        guard input.count >= 4 else { return isLast ? truncate(input.count) : .needMore }
        let magic = input.littleEndian(UInt32.self, at: 0)
        if magic & 0xFFFF_FFF0 == LZ4FrameHeader.skippableMagic {
            guard input.count >= 8 else { return isLast ? truncate(input.count) : .needMore }
            advance(8)
            place = .skipping(UInt64(input.littleEndian(UInt32.self, at: 4)))
            return nil
        }
        guard magic == LZ4FrameHeader.magic else { return startSearch() }
        switch LZ4FrameHeader.read(input, at: 0) {
        case .needMore: return isLast ? truncate(input.count) : .needMore
        case .invalid: return startSearch()
        case .header(let found):
            open(found)
            advance(found.byteCount)
            return nil
        }
    }

    mutating func open(_ found: LZ4FrameHeader) {
        header = found
        place = .inFrame
        frames &+= 1
        history.removeAll()
        contentChecksum = XXH32()
    }

    private mutating func skip(
        _ input: Span<UInt8>, _ count: UInt64, _ isLast: Bool
    ) -> LZ4Step? {
        let skipped = min(count, UInt64(input.count))
        advance(Int(skipped))
        if skipped == count {
            place = .betweenFrames
            markGood(isOpen: false)
            return nil
        }
        place = .skipping(count - skipped)
        return isLast ? truncate(0) : .needMore
    }

    mutating func advance(_ count: Int) { offset &+= UInt64(count) }

    mutating func markGood(isOpen: Bool) {
        goodEnd = offset
        isOpenAtGoodEnd = isOpen
    }

    /// Ends the input: its last `count` bytes gave nothing.
    mutating func truncate(_ count: Int) -> LZ4Step {
        let damage = LZ4Damage(offset: offset, count: UInt64(count))
        advance(count)
        place = .ended
        return .truncated(damage)
    }

    /// Begins to look for something that decodes, behind the byte at `offset`.
    mutating func startSearch() -> LZ4Step? {
        place = .searching(from: offset)
        return nil
    }
}
