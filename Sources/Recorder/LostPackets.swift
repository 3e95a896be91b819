// Packets that came in and are in no segment, by named cause.

/// Packets not stored, by cause.
public struct LostPackets: Sendable, Equatable, BitwiseCopyable {
    /// Every buffer was in use.
    public var pool = PacketCount()
    /// The spool was at its budget or its disk at the free-space floor.
    public var quota = PacketCount()
    /// A segment could not be written or flushed.
    public var writeError = PacketCount()
    /// Larger than any buffer; only packets of files can be.
    public var oversized = PacketCount()
    /// Refused by the filter; only packets of files are counted, the kernel does not tell of
    /// others.
    public var filtered = PacketCount()

    /// Nothing was lost.
    public init() {}

    /// Adds other losses.
    public mutating func add(_ other: LostPackets) {
        pool.add(other.pool)
        quota.add(other.quota)
        writeError.add(other.writeError)
        oversized.add(other.oversized)
        filtered.add(other.filtered)
    }

    /// Whether nothing was lost.
    public var isZero: Bool {
        pool.isZero && quota.isZero && writeError.isZero && oversized.isZero && filtered.isZero
    }

    /// Lists the counts under their names in manifests and metrics.
    public func forEach(_ body: (_ name: StaticString, _ value: UInt64) -> Void) {
        body("refused_pool_packets", pool.packets)
        body("refused_pool_bytes", pool.bytes)
        body("refused_quota_packets", quota.packets)
        body("refused_quota_bytes", quota.bytes)
        body("lost_write_error_packets", writeError.packets)
        body("lost_write_error_bytes", writeError.bytes)
        body("refused_oversized_packets", oversized.packets)
        body("refused_oversized_bytes", oversized.bytes)
        body("refused_filter_packets", filtered.packets)
        body("refused_filter_bytes", filtered.bytes)
    }
}
