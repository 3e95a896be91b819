// What is left of a packet when all wrapping is off: the news for one direction of one flow.

public import Bytes

/// The TCP control bits. RFC 9293 §3.1.
public struct TCPFlags: OptionSet, Hashable, Sendable, BitwiseCopyable {
    /// The bits.
    public let rawValue: UInt8
    /// Creates a value from its bits.
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// No more data from the sender.
    public static let fin = TCPFlags(rawValue: 0x01)
    /// Synchronise sequence numbers.
    public static let syn = TCPFlags(rawValue: 0x02)
    /// Reset the connection.
    public static let rst = TCPFlags(rawValue: 0x04)
    /// Push.
    public static let psh = TCPFlags(rawValue: 0x08)
    /// The acknowledgement number counts.
    public static let ack = TCPFlags(rawValue: 0x10)
    /// The urgent pointer counts.
    public static let urg = TCPFlags(rawValue: 0x20)
}

/// Where a packet is stored.
public struct PacketLocation: Hashable, Sendable, BitwiseCopyable {
    /// The sequence of the packet segment in its lane; 0 outside a spool.
    public var segment: UInt64
    /// The packet's number in what is being read, from 1.
    public var number: UInt64
    /// Creates a location.
    @inlinable public init(segment: UInt64 = 0, number: UInt64 = 0) {
        self.segment = segment
        self.number = number
    }
}

/// One TCP segment with the identity of its flow; its payload travels beside it.
public struct TCPPacket: Sendable, BitwiseCopyable {
    /// When it was captured.
    public var timestamp: Timestamp
    /// Where it is stored.
    public var location: PacketLocation
    /// Who sent it (innermost addresses).
    public var source: Endpoint
    /// Who it was sent to.
    public var destination: Endpoint
    /// The virtual network it was seen in.
    public var encapsulation: Encapsulation
    /// The number of its first payload byte (or of its SYN).
    public var sequence: SequenceNumber
    /// The next byte its sender expects; meaningful with the ACK flag.
    public var acknowledgement: SequenceNumber
    /// The control bits.
    public var flags: TCPFlags
    /// Payload bytes that were on the wire behind the captured ones (cut by a snaplen or a mirror).
    public var missingByteCount: Int

    /// Creates a packet; tests and decoders do.
    @inlinable public init(
        timestamp: Timestamp, location: PacketLocation = PacketLocation(), source: Endpoint,
        destination: Endpoint, encapsulation: Encapsulation = Encapsulation(),
        sequence: SequenceNumber, acknowledgement: SequenceNumber, flags: TCPFlags,
        missingByteCount: Int = 0
    ) {
        self.timestamp = timestamp
        self.location = location
        self.source = source
        self.destination = destination
        self.encapsulation = encapsulation
        self.sequence = sequence
        self.acknowledgement = acknowledgement
        self.flags = flags
        self.missingByteCount = missingByteCount
    }
}

/// Takes decoded TCP segments, one by one, in capture order.
public protocol TCPPacketHandler: ~Copyable {
    /// Takes one segment; `payload` is borrowed for the call.
    mutating func handle(_ packet: TCPPacket, payload: Span<UInt8>)
}
