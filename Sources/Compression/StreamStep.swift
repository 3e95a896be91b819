// What one call to a streaming decompressor did.

/// The outcome of one step of decompression.
public struct StreamStep: Equatable, Sendable, BitwiseCopyable {
    /// Where the stream stands.
    public enum State: Sendable, BitwiseCopyable {
        /// All input was used; more is wanted.
        case needsInput
        /// The room was used up; call again with the rest of the input.
        case hasMore
        /// A stream (a gzip member, a zstd frame) ended here; another may follow.
        case ended
        /// The input is not valid from here on.
        case damaged
    }

    /// Input bytes used.
    public var consumed: Int
    /// Bytes appended.
    public var produced: Int
    /// Where the stream stands.
    public var state: State

    /// Describes a step.
    public init(consumed: Int, produced: Int, state: State) {
        self.consumed = consumed
        self.produced = produced
        self.state = state
    }
}
