// The head of an LZ4 frame. LZ4 Frame Format Description 1.6.4.
//
//   magic 4 | FLG 1 | BD 1 | content size 0 or 8 | dictionary id 0 or 4 | header checksum 1
//   then blocks: size 4 (top bit: stored raw) | bytes | checksum 0 or 4; a size of 0 ends the
//   frame.

import Bytes

/// What the head of an LZ4 frame says.
struct LZ4FrameHeader: Equatable, Sendable, BitwiseCopyable {
    static let magic: UInt32 = 0x184D_2204
    /// Skippable frames: 0x184D2A50 to 0x184D2A5F.
    static let skippableMagic: UInt32 = 0x184D_2A50
    /// The largest head: 4 + 2 + 8 + 4 + 1.
    static let maximumBytes = 19

    /// Bytes of the head, magic included.
    var byteCount = 7
    /// The most bytes a block decodes to.
    var blockBytes = 256 << 10
    /// Whether blocks can be decoded without the ones before.
    var isIndependent = true
    /// Whether each block carries a checksum.
    var hasBlockChecksums = true
    /// Whether the frame ends with a checksum of its content.
    var hasContentChecksum = false

    /// The head this package writes: 256 KiB independent blocks with checksums.
    static var own: LZ4FrameHeader { LZ4FrameHeader() }

    enum Reading: Equatable {
        case header(LZ4FrameHeader)
        case needMore
        case invalid
    }

    /// Reads a head at `offset`, where the magic was seen.
    static func read(_ bytes: Span<UInt8>, at offset: Int) -> Reading {
        guard bytes.count - offset >= 7 else { return .needMore }
        let flags = bytes[offset + 4]
        let descriptor = bytes[offset + 5]
        // Version 01, reserved bits 0; block sizes 4 to 7.
        guard flags >> 6 == 1, flags & 2 == 0, descriptor & 0x8F == 0 else { return .invalid }
        let size = Int(descriptor >> 4)
        // A dictionary is not at hand: such a frame cannot be decoded.
        guard size >= 4, flags & 1 == 0 else { return .invalid }
        var header = LZ4FrameHeader()
        header.byteCount = 7 + (flags & 8 != 0 ? 8 : 0)
        header.blockBytes = 1 << (8 + 2 * size)
        header.isIndependent = flags & 0x20 != 0
        header.hasBlockChecksums = flags & 0x10 != 0
        header.hasContentChecksum = flags & 4 != 0
        guard bytes.count - offset >= header.byteCount else { return .needMore }
        let described = bytes.extracting((offset + 4)..<(offset + header.byteCount - 1))
        let checksum = UInt8(truncatingIfNeeded: XXH32.checksum(described) >> 8)
        guard checksum == bytes[offset + header.byteCount - 1] else { return .invalid }
        return .header(header)
    }

    /// Writes the head this package uses.
    static func writeOwn(into target: inout ByteBuffer) {
        target.append(littleEndian: magic)
        // FLG: version 01, independent blocks, block checksums. BD: 256 KiB.
        let described: InlineArray<2, UInt8> = [0x70, 0x50]
        target.append(described.span)
        target.append(UInt8(truncatingIfNeeded: XXH32.checksum(described.span) >> 8))
    }

    /// Whether a frame found behind damage is of the kind of the frames before: anything else is
    /// probably content, say the capture of a download of LZ4 files.
    func isLike(_ other: LZ4FrameHeader) -> Bool {
        blockBytes == other.blockBytes && isIndependent == other.isIndependent
            && hasBlockChecksums == other.hasBlockChecksums
            && hasContentChecksum == other.hasContentChecksum
    }

    /// Bytes of a block's checksum.
    var checksumBytes: Int { hasBlockChecksums ? 4 : 0 }
}
