// What the kernel counts for one ring: libpcap's pcap_stats, whose 32-bit counters wrap.

/// The packets a ring was offered and those it had no room for, since it was opened.
public struct KernelStatistics: Sendable, Equatable, BitwiseCopyable {
    /// Packets that passed the filter, those dropped included (libpcap `ps_recv` on Linux).
    public var received: UInt64 = 0
    /// Packets dropped because the ring was full (libpcap `ps_drop`).
    public var dropped: UInt64 = 0
    /// Packets the interface dropped (libpcap `ps_ifdrop`), nil when libpcap does not know.
    public var interfaceDropped: UInt64?

    /// No packets.
    public init() {}

    /// Adds two rings' numbers; what one of them does not know stays what the other knows.
    public mutating func add(_ other: KernelStatistics) {
        received &+= other.received
        dropped &+= other.dropped
        if let more = other.interfaceDropped {
            interfaceDropped = (interfaceDropped ?? 0) &+ more
        }
    }
}

/// Turns counters of 32 bits that wrap into ones that do not.
struct WideningCounter: Sendable, BitwiseCopyable {
    var value: UInt64 = 0
    var last: UInt32 = 0

    /// Takes the counter's present reading, which must come at least once per 2^32 events.
    mutating func update(_ reading: UInt32) {
        value &+= UInt64(reading &- last)
        last = reading
    }
}
