// Blocks of an LZ4 frame: sizes, checksums, decoding. LZ4 Frame Format Description 1.6.4, "Data
// Blocks".

import Bytes
import CLZ4

extension LZ4FrameReader {
    /// How far matches reach back over block borders.
    static let historyBytes = 64 << 10

    mutating func block(
        _ input: Span<UInt8>, _ isLast: Bool, _ target: inout ByteBuffer
    ) -> LZ4Step? {
        guard input.count >= 4 else { return isLast ? truncate(input.count) : .needMore }
        let word = input.littleEndian(UInt32.self, at: 0)
        if word == 0 { return endFrame(input, isLast) }
        let size = Int(word & 0x7FFF_FFFF)
        guard size > 0, size <= header.blockBytes else { return startSearch() }
        let whole = 4 + size + header.checksumBytes
        guard input.count >= whole else {
            guard isLast else { return .needMore }
            return truncatedBlock(input)
        }
        let body = input.extracting(4..<(4 + size))
        if header.hasBlockChecksums,
            XXH32.checksum(body) != input.littleEndian(UInt32.self, at: 4 + size)
        {
            return damagedBlock(input, whole, isLast)
        }
        let before = target.count
        let isRaw = word & 0x8000_0000 != 0
        guard isRaw ? appendRaw(body, &target) : decode(body, &target) > 0 else {
            target.truncate(to: before)
            // The checksum fits, but it does not cover the size and the mark of raw blocks.
            return damagedBlock(input, whole, isLast)
        }
        let decoded = target.count - before
        if header.hasContentChecksum || !header.isIndependent {
            remember(target.span(from: before, count: decoded))
        }
        blocks &+= 1
        advance(whole)
        markGood(isOpen: true)
        return decoded > 0 ? .bytes(decoded) : nil
    }

    private mutating func endFrame(_ input: Span<UInt8>, _ isLast: Bool) -> LZ4Step? {
        let trailer = header.hasContentChecksum ? 8 : 4
        guard input.count >= trailer else { return isLast ? truncate(input.count) : .needMore }
        if header.hasContentChecksum,
            contentChecksum.value != input.littleEndian(UInt32.self, at: 4)
        {
            contentMismatches &+= 1
        }
        advance(trailer)
        place = .betweenFrames
        markGood(isOpen: false)
        return nil
    }

    /// The block at the front is bad. It alone is lost when something that fits follows it.
    private mutating func damagedBlock(
        _ input: Span<UInt8>, _ whole: Int, _ isLast: Bool
    ) -> LZ4Step? {
        guard header.isIndependent else { return startSearch() }
        switch follows(input, at: whole, isLast) {
        case .unknown: return .needMore
        case .no: return startSearch()
        case .yes:
            damages &+= 1
            let damage = LZ4Damage(offset: offset, count: UInt64(whole))
            advance(whole)
            return .damaged(damage)
        }
    }

    /// The input ends inside the block its size announces. The size may be what is damaged: search
    /// the rest, unless nothing is found there.
    private mutating func truncatedBlock(_ input: Span<UInt8>) -> LZ4Step? {
        place = .searching(from: offset)
        return nil
    }

    /// Stores a raw block, unless it is a compressed one whose mark was flipped: no checksum covers
    /// the mark. What was stored raw, being incompressible, does not decode; the attempt ends in
    /// its first few bytes.
    private func appendRaw(_ body: Span<UInt8>, _ target: inout ByteBuffer) -> Bool {
        if header.hasBlockChecksums {
            let before = target.count
            let decoded = decode(body, &target)
            target.truncate(to: before)
            if decoded > body.count { return false }
        }
        target.append(body)
        return true
    }

    /// Decodes a block.
    ///
    /// - Returns: How many bytes were appended; negative when it is not valid.
    private func decode(_ body: Span<UInt8>, _ target: inout ByteBuffer) -> Int {
        var decoded = -1
        let room = header.blockBytes
        // SAFETY: sizes are those of the spans; the decoder is the bounds-checked one and writes no
        // more than `room` bytes. The dictionary is borrowed for the call.
        unsafe body.withUnsafeBytes { source in
            unsafe history.span.withUnsafeBytes { dictionary in
                _ = unsafe target.appendUnsafely(room: room) { free in
                    let written = unsafe LZ4_decompress_safe_usingDict(
                        source.baseAddress, free.baseAddress, Int32(source.count), Int32(room),
                        dictionary.baseAddress, Int32(dictionary.count))
                    decoded = Int(written)
                    return max(Int(written), 0)
                }
            }
        }
        return decoded
    }

    private mutating func remember(_ decoded: Span<UInt8>) {
        if header.hasContentChecksum { contentChecksum.update(decoded) }
        if header.isIndependent { return }
        let kept = LZ4FrameReader.historyBytes
        if decoded.count >= kept {
            history.removeAll()
            history.append(decoded.extracting((decoded.count - kept)..<decoded.count))
        } else {
            history.removeFirst(max(0, history.count + decoded.count - kept))
            history.append(decoded)
        }
    }
}
