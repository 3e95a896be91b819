// Finding the way back into a damaged pcapng file.

import Bytes

extension CaptureFileParser {
    /// Finds the next place that looks like a block: a known type, a length that makes sense, and
    /// the same length at its end.
    ///
    /// A block of which the end is not in `bytes` does not count, except when the window is too
    /// small for any: give at least a few blocks' worth.
    ///
    /// - Parameters:
    ///   - bytes: The file, or the part of it at hand.
    ///   - offset: Where to start looking: behind the place that failed.
    /// - Returns: The offset of the block, nil when there is none.
    /// - Complexity: O(n).
    public borrowing func resynchronise(in bytes: Span<UInt8>, from offset: Int) -> Int? {
        var candidate = max(offset, 0)
        while candidate + 12 <= bytes.count {
            if looksLikeBlock(bytes, candidate) { return candidate }
            candidate += 1
        }
        return nil
    }

    /// Goes on at a place that `resynchronise` found, `skipped` bytes behind the last record.
    public mutating func skip(_ skipped: Int) {
        precondition(skipped >= 0, "forwards only")
        position &+= UInt64(skipped)
    }

    func looksLikeBlock(_ bytes: Span<UInt8>, _ offset: Int) -> Bool {
        let first = bytes.littleEndian(UInt32.self, at: offset)
        var isBig = isBigEndian
        if first == BlockType.section {
            switch bytes.bigEndian(UInt32.self, at: offset + 8) {
            case 0x1A2B_3C4D: isBig = true
            case 0x4D3C_2B1A: isBig = false
            default: return false
            }
        } else {
            // Block types in use are small numbers, or have the top bit for local use.
            let type = isBig ? first.byteSwapped : first
            guard type >= 1, type <= 10 else { return false }
        }
        let word = bytes.littleEndian(UInt32.self, at: offset + 4)
        let length = isBig ? word.byteSwapped : word
        guard length >= 16, length & 3 == 0, Int(length) <= bytes.count - offset else {
            return false
        }
        return bytes.littleEndian(UInt32.self, at: offset + Int(length) - 4) == word
    }
}
