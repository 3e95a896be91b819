// A fast keyed hash for tables whose keys come from the wire. Seeded at start against flooding.

/// Folds 64-bit words into a hash by wide multiplication (wyhash's mixing step).
public struct FoldHash: Sendable, BitwiseCopyable {
    /// The state so far.
    public var state: UInt64

    /// Starts from a seed; a random one makes collisions unpredictable to the wire.
    @inlinable public init(seed: UInt64) { state = seed ^ 0x9E37_79B9_7F4A_7C15 }

    /// Folds one word in.
    @inlinable @inline(__always) public mutating func combine(_ word: UInt64) {
        let product = (state ^ word).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
        state = product.high ^ product.low ^ 0xE703_7ED1_A0B4_28DB
    }

    /// The hash of everything folded in.
    @inlinable public var value: UInt64 {
        let product = state.multipliedFullWidth(by: 0x8EBC_6AF0_9C88_C6E3)
        return product.high ^ product.low
    }
}
