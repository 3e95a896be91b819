// Where the bytes given to a parser come from.

public import Bytes

/// The place and time of the first of some bytes in one direction of a connection.
public struct StreamMoment: Equatable, Sendable, BitwiseCopyable {
    /// The stream offset of the first byte.
    public var offset: UInt64
    /// The packet time of the packet that brought it.
    public var timestamp: Timestamp
    /// How far that packet acknowledged the other direction, nil when unknown.
    public var acknowledged: UInt64?
    /// The packet segment in which that packet is stored.
    public var segment: UInt64

    /// Creates a moment.
    @inlinable public init(
        offset: UInt64 = 0, timestamp: Timestamp = Timestamp(nanoseconds: 0),
        acknowledged: UInt64? = nil, segment: UInt64 = 0
    ) {
        self.offset = offset
        self.timestamp = timestamp
        self.acknowledged = acknowledged
        self.segment = segment
    }
}
