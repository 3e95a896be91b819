// What a capture says about a packet beside its bytes.

public import Bytes

/// A captured packet's description.
public struct PacketHeader: Sendable, BitwiseCopyable {
    /// When it was captured.
    public var timestamp: Timestamp
    /// Its length on the wire; more than the bytes at hand when the capture cut it.
    public var originalByteCount: Int
    /// What its first byte belongs to.
    public var linkType: LinkType
    /// Where it is stored.
    public var location: PacketLocation

    /// Creates a description.
    @inlinable public init(
        timestamp: Timestamp, originalByteCount: Int, linkType: LinkType = .ethernet,
        location: PacketLocation = PacketLocation()
    ) {
        self.timestamp = timestamp
        self.originalByteCount = originalByteCount
        self.linkType = linkType
        self.location = location
    }
}
