// What the interface itself counts: /sys/class/net/<name>/statistics. "Not available" is not zero.

import Glibc

/// The counters of a network interface that tell of packets lost before any ring saw them.
public struct InterfaceCounters: Sendable, Equatable {
    /// The directory the numbers come from.
    public let source: String
    /// Packets received.
    public let rxPackets: UInt64?
    /// Packets dropped by the kernel before delivery.
    public let rxDropped: UInt64?
    /// Packets missed by the device for want of buffers.
    public let rxMissedErrors: UInt64?
    /// Packets lost in the device's queue.
    public let rxFifoErrors: UInt64?

    /// Reads the counters of an interface; each that cannot be read is nil.
    public init(interface: String) {
        let directory = "/sys/class/net/\(interface)/statistics"
        source = directory
        let usable = !interface.isEmpty && !interface.contains("/") && interface != "any"
        rxPackets = usable ? Self.read("\(directory)/rx_packets") : nil
        rxDropped = usable ? Self.read("\(directory)/rx_dropped") : nil
        rxMissedErrors = usable ? Self.read("\(directory)/rx_missed_errors") : nil
        rxFifoErrors = usable ? Self.read("\(directory)/rx_fifo_errors") : nil
    }

    /// The loss the interface knows of; nil when it tells nothing.
    public var lost: UInt64? {
        guard rxDropped != nil || rxMissedErrors != nil || rxFifoErrors != nil else { return nil }
        return (rxDropped ?? 0) &+ (rxMissedErrors ?? 0) &+ (rxFifoErrors ?? 0)
    }

    /// The number in a file, nil when there is none.
    static func read(_ path: String) -> UInt64? {
        // SAFETY: the path is passed as a terminated copy.
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { _ = close(file) }
        var text = [UInt8](repeating: 0, count: 32)
        // SAFETY: the kernel writes at most text.count bytes into the array.
        let count = unsafe Glibc.read(file, &text, text.count)
        guard count > 0 else { return nil }
        let digits = text.prefix(count).prefix { $0.isDigit }
        return UInt64(String(decoding: digits, as: UTF8.self))
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { self &- 0x30 < 10 }
}
