// Where a packet is in a capture file, and what the file says about it.

public import Bytes

/// A packet in a capture file; its bytes stay in the caller's span.
public struct CapturedPacket: Equatable, Sendable, BitwiseCopyable {
    /// Where its bytes begin, in the span given.
    public var dataOffset: Int
    /// How many bytes the file holds of it.
    public var capturedByteCount: Int
    /// How long it was on the wire.
    public var originalByteCount: Int
    /// When it was captured; a simple packet block has the time of the packet before it.
    public var timestamp: Timestamp
    /// The LINKTYPE_ number of its interface.
    public var linkType: UInt32
    /// The number of its interface in its section, from 0.
    public var interface: UInt32
    /// Where the next record begins, in the span given.
    public var nextOffset: Int
}
