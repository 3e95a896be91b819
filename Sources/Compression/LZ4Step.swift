// What reading LZ4 frames brings, step by step.

/// A run of compressed bytes that gave nothing.
public struct LZ4Damage: Equatable, Sendable, BitwiseCopyable {
    /// The first byte, counted from the start of the input.
    public var offset: UInt64
    /// The number of bytes.
    public var count: UInt64
    /// Describes a run.
    public init(offset: UInt64, count: UInt64) {
        self.offset = offset
        self.count = count
    }
}

/// What a step of an LZ4 reader brought.
public enum LZ4Step: Equatable, Sendable {
    /// A block was decoded and appended: this many bytes.
    case bytes(Int)
    /// The input handed over so far is used up, or ends inside a block.
    case needMore
    /// Bytes were skipped: what follows is behind a hole of unknown size.
    case damaged(LZ4Damage)
    /// The input ended inside a frame; these bytes at its end gave nothing (perhaps none).
    case truncated(LZ4Damage)
    /// The input ended after a whole frame.
    case end
}
