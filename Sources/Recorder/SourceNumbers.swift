// What is known of an interface beside its packets, added up since the process began.

/// Counts that come from outside, each with who says so; nil is "not available", which is not zero.
public struct SourceNumbers: Sendable, Equatable {
    /// Packets that passed the filter, dropped ones included.
    public var received: UInt64?
    /// Packets the kernel's ring had no room for.
    public var kernelDropped: UInt64?
    /// Packets the interface lost before any ring saw them.
    public var interfaceDropped: UInt64?
    /// Who says how many were received and dropped by the kernel.
    public var kernelSource = "not available"
    /// Who says how many the interface lost.
    public var interfaceSource = "not available"
    /// Packets in a ring that went away with its interface.
    public var abandoned: UInt64 = 0

    /// Nothing is known.
    public init() {}

    /// What was added since `earlier`.
    func since(_ earlier: SourceNumbers) -> SourceNumbers {
        func difference(_ now: UInt64?, _ before: UInt64?) -> UInt64? {
            guard let now else { return nil }
            let before = before ?? 0
            // An interface that came back begins its own counters anew.
            return now >= before ? now - before : now
        }
        var result = self
        result.received = difference(received, earlier.received)
        result.kernelDropped = difference(kernelDropped, earlier.kernelDropped)
        result.interfaceDropped = difference(interfaceDropped, earlier.interfaceDropped)
        result.abandoned = difference(abandoned, earlier.abandoned) ?? 0
        return result
    }

    /// Adds what a manifest that never was should have said.
    mutating func add(_ other: SourceNumbers) {
        func sum(_ one: UInt64?, _ two: UInt64?) -> UInt64? {
            guard let one else { return two }
            return one &+ (two ?? 0)
        }
        received = sum(received, other.received)
        kernelDropped = sum(kernelDropped, other.kernelDropped)
        interfaceDropped = sum(interfaceDropped, other.interfaceDropped)
        abandoned &+= other.abandoned
        if other.kernelSource != "not available" { kernelSource = other.kernelSource }
        if other.interfaceSource != "not available" { interfaceSource = other.interfaceSource }
    }
}
