// Where a batch comes from, and its id. Borders are a function of the segment: a batch repeated
// after a crash or a lost answer has the same bytes and the same id.

import Bytes

/// A run of lines of one call segment.
public struct BatchIdentity: Sendable, Hashable {
    /// The lane.
    public var lane: UInt32
    /// The segment's sequence number.
    public var sequence: UInt64
    /// The first line, counted from 0.
    public var firstLine: UInt64
    /// How many lines.
    public var lineCount: Int

    /// Creates an identity.
    public init(lane: UInt32, sequence: UInt64, firstLine: UInt64, lineCount: Int) {
        self.lane = lane
        self.sequence = sequence
        self.firstLine = firstLine
        self.lineCount = lineCount
    }

    /// Part of this batch.
    func part(_ lines: Range<Int>) -> BatchIdentity {
        BatchIdentity(
            lane: lane, sequence: sequence, firstLine: firstLine + UInt64(lines.lowerBound),
            lineCount: lines.count)
    }

    /// The id a receiver may know a repetition by: `lane-sequence-line-count-hash of the bytes`.
    public func id(of lines: Span<UInt8>) -> String {
        var hash = FoldHash(seed: 0x6561_7273_686F_7431)
        var offset = 0
        while offset + 8 <= lines.count {
            hash.combine(lines.littleEndian(UInt64.self, at: offset))
            offset += 8
        }
        var tail = UInt64(lines.count) << 56
        for index in offset..<lines.count { tail = tail << 8 ^ UInt64(lines[index]) }
        hash.combine(tail)
        let hex = String(hash.value, radix: 16)
        let padding = String(repeating: "0", count: 16 - hex.count)
        return "\(lane)-\(sequence)-\(firstLine)-\(lineCount)-\(padding)\(hex)"
    }
}
