// Finding the way back into LZ4 frames behind damage: the next frame head whose checksum fits, or
// the next block whose checksum fits.

import Bytes

extension LZ4FrameReader {
    enum Answer { case yes, no, unknown }

    /// How many bytes may be hashed while searching, for each byte searched, before only frame
    /// heads are looked for: hostile sizes cost no more than this.
    static let searchWorkPerByte: UInt64 = 64

    /// Whether something that fits begins at `place`: a block, the frame's end, or the input's.
    func follows(_ input: Span<UInt8>, at place: Int, _ isLast: Bool) -> Answer {
        let left = input.count - place
        if left == 0 { return isLast ? .yes : .unknown }
        guard left >= 4 else { return isLast ? .no : .unknown }
        let word = input.littleEndian(UInt32.self, at: place)
        if word == 0 { return .yes }
        return fits(input, at: place, word, header, isLast)
    }

    /// Whether a block of `frame` with a good checksum begins at `place`.
    ///
    /// Without checksums a plausible size must do.
    private func fits(
        _ input: Span<UInt8>, at place: Int, _ word: UInt32, _ frame: LZ4FrameHeader, _ isLast: Bool
    ) -> Answer {
        let size = Int(word & 0x7FFF_FFFF)
        guard size > 0, size <= frame.blockBytes else { return .no }
        let end = place + 4 + size + frame.checksumBytes
        guard end <= input.count else { return isLast ? .no : .unknown }
        guard frame.hasBlockChecksums else { return .yes }
        let body = input.extracting((place + 4)..<(place + 4 + size))
        return XXH32.checksum(body) == input.littleEndian(UInt32.self, at: place + 4 + size)
            ? .yes : .no
    }

    /// Looks for the next frame or block; `start` is where the damage begins.
    mutating func search(_ input: Span<UInt8>, from start: UInt64, _ isLast: Bool) -> LZ4Step? {
        // Blocks can be found by their checksum only, and decoded only when independent. Where the
        // head of the frame was lost, ours is assumed.
        let searchesBlocks = header.isIndependent && header.hasBlockChecksums
        // The first byte of the damage is where the trouble was: look behind it.
        var place = offset == start ? 1 : 0
        while place + 4 <= input.count {
            let word = input.littleEndian(UInt32.self, at: place)
            if word == LZ4FrameHeader.magic {
                switch LZ4FrameHeader.read(input, at: place) {
                case .header(let next) where frames == 0 || next.isLike(header):
                    return found(place, start, .betweenFrames)
                case .needMore where !isLast: return wait(place)
                case .header, .needMore, .invalid: break
                }
            } else if searchesBlocks, word & 0x7FFF_FFFF <= UInt32(header.blockBytes), word != 0,
                searchWork < LZ4FrameReader.searchWorkPerByte &* (offset - start + UInt64(place))
                    &+ UInt64(header.blockBytes)
            {
                searchWork &+= UInt64(word & 0x7FFF_FFFF)
                switch fits(input, at: place, word, header, isLast) {
                case .yes: return found(place, start, .inFrame)
                case .unknown: return wait(place)
                case .no: break
                }
            }
            place += 1
        }
        if isLast {
            advance(input.count)
            self.place = .ended
            return .truncated(LZ4Damage(offset: start, count: offset - start))
        }
        return wait(min(place, input.count))
    }

    private mutating func wait(_ place: Int) -> LZ4Step {
        advance(place)
        return .needMore
    }

    private mutating func found(_ place: Int, _ start: UInt64, _ next: Place) -> LZ4Step {
        advance(place)
        self.place = next
        searchWork = 0
        damages &+= 1
        history.removeAll()
        return .damaged(LZ4Damage(offset: start, count: offset - start))
    }
}
