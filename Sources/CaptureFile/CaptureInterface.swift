// An interface that packets of a file were captured on.

/// What a capture file says about an interface.
public struct CaptureInterface: Equatable, Sendable, BitwiseCopyable {
    /// Its LINKTYPE_ number.
    public var linkType: UInt32
    /// The most bytes kept of a packet; 0 for no limit.
    public var snaplen: UInt32
    /// The unit of its timestamps.
    var unit = TimestampUnit()
}
