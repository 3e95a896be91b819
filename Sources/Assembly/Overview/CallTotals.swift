// What assemble says it made of the packets.

import Spool

/// Sums over manifests of call segments.
public struct CallTotals: Codable, Sendable, Equatable {
    /// Call segments.
    public var segments: UInt64 = 0
    /// Call records written.
    public var lines: UInt64 = 0
    /// Calls by completeness.
    public var byCompleteness: [String: UInt64] = [:]
    /// Counters of the rooms.
    public var counters: [String: [String: UInt64]] = [:]
    /// Bytes of packet segments that were damaged.
    public var damagedBytes: UInt64 = 0
    /// Packet segments that were missing.
    public var missingSegments: UInt64 = 0
    /// Calls written in the last minute.
    public var recentLines: UInt64 = 0
    /// The latest packet time.
    public var lastNanoseconds: Int64?

    /// Nothing yet.
    public init() {}

    init(_ manifest: CallsManifest, since recent: Int64) {
        segments = 1
        lines = manifest.lines
        byCompleteness = manifest.calls
        counters = manifest.counters
        damagedBytes = manifest.damagedBytes
        missingSegments = manifest.skippedSegments
        lastNanoseconds = manifest.lastNanoseconds
        if manifest.segment.sealedNanoseconds >= recent { recentLines = lines }
    }

    mutating func add(_ other: CallTotals) {
        segments &+= other.segments
        lines &+= other.lines
        byCompleteness.merge(other.byCompleteness) { $0 &+ $1 }
        counters.merge(other.counters) { $0.merging($1) { $0 &+ $1 } }
        damagedBytes &+= other.damagedBytes
        missingSegments &+= other.missingSegments
        recentLines &+= other.recentLines
        if let time = other.lastNanoseconds { lastNanoseconds = max(lastNanoseconds ?? time, time) }
    }

    /// A counter of a room.
    func count(_ room: String, _ name: String) -> UInt64 { counters[room]?[name] ?? 0 }
}
