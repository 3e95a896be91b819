// TCP sequence arithmetic. Pure, no allocation. RFC 9293 §3.4.

/// A 32-bit TCP sequence number; comparisons are modulo 2^32.
public struct SequenceNumber: Equatable, Sendable, BitwiseCopyable {
    /// The number as on the wire.
    public var value: UInt32

    /// Creates a sequence number.
    @inlinable public init(_ value: UInt32) { self.value = value }

    /// How far this number is after `other`: negative when before, within ±2^31.
    @inlinable public func distance(after other: SequenceNumber) -> Int64 {
        Int64(Int32(bitPattern: value &- other.value))
    }

    /// The number `count` bytes later.
    @inlinable public func advanced(by count: Int) -> SequenceNumber {
        SequenceNumber(value &+ UInt32(truncatingIfNeeded: count))
    }
}
