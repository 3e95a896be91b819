// What a writer counted on an interface. draft-ietf-opsawg-pcapng §4.6.

public import Bytes

/// Counts from an interface statistics block; nil where the writer did not say.
public struct InterfaceStatistics: Equatable, Sendable, BitwiseCopyable {
    /// The number of the interface in its section, from 0.
    public var interface: UInt32 = 0
    /// When the counts were taken.
    public var timestamp = Timestamp(nanoseconds: 0)
    /// When the capture began.
    public var startTime: Timestamp?
    /// When the capture ended.
    public var endTime: Timestamp?
    /// Packets that the interface received.
    public var received: UInt64?
    /// Packets that the interface dropped.
    public var droppedByInterface: UInt64?
    /// Packets that the filter let through.
    public var acceptedByFilter: UInt64?
    /// Packets that the operating system dropped.
    public var droppedBySystem: UInt64?
    /// Packets handed to the user.
    public var delivered: UInt64?

    /// Creates statistics of which nothing is known.
    public init(interface: UInt32 = 0, timestamp: Timestamp = Timestamp(nanoseconds: 0)) {
        self.interface = interface
        self.timestamp = timestamp
    }
}
