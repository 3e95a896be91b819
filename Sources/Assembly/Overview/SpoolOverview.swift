// A spool at a glance, for `earshot status` and `earshot why`: what lies there, and what the
// manifests add up to. Reads only; any process may be running or not.

import Platform
public import Spool

/// What a spool holds and what went through it.
public struct SpoolOverview: Codable, Sendable {
    /// Segments, backlog and cursors.
    public var status: SpoolStatus
    /// What the packet segments' manifests add up to.
    public var packets = PacketTotals()
    /// What the call segments' manifests add up to.
    public var calls = CallTotals()
    /// How the sinks are.
    public var sinks: [SinkState] = []
    /// When this was looked at, nanoseconds since 1970.
    public var atNanoseconds: Int64
    /// Manifests that cannot be read.
    public var unreadableManifests: UInt64 = 0

    /// The time over which rates are taken, in nanoseconds.
    public static let rateNanoseconds: Int64 = 60_000_000_000

    /// Looks at a spool.
    public init(_ spool: LaneSpool) throws(SpoolError) {
        atNanoseconds = spool.time.wallNanoseconds()
        status = try SpoolStatus.read(
            layout: spool.layout, files: spool.files, wallNanoseconds: atNanoseconds)
        let recent = atNanoseconds - SpoolOverview.rateNanoseconds
        for lane in Set(status.lanes.map(\.lane)).sorted() {
            try addPackets(lane, recent, spool)
            try addCalls(lane, recent, spool)
        }
        sinks = try SinkState.all(in: spool)
    }

    private mutating func addPackets(
        _ lane: UInt32, _ recent: Int64, _ spool: LaneSpool
    ) throws(SpoolError) {
        let history = ManifestHistory(stage: .packets, layout: spool.layout, files: spool.files)
        // Of a sequence that comes twice the last one counts.
        var found: [UInt64: PacketTotals] = [:]
        unreadableManifests += try history.forEach(CaptureManifest.self, lane: lane) { manifest in
            found[manifest.segment.sequence] = PacketTotals(manifest, since: recent)
        }
        for totals in found.values { packets.add(totals) }
    }

    private mutating func addCalls(
        _ lane: UInt32, _ recent: Int64, _ spool: LaneSpool
    ) throws(SpoolError) {
        let history = ManifestHistory(stage: .calls, layout: spool.layout, files: spool.files)
        var found: [UInt64: CallTotals] = [:]
        unreadableManifests += try history.forEach(CallsManifest.self, lane: lane) { manifest in
            found[manifest.segment.sequence] = CallTotals(manifest, since: recent)
        }
        for totals in found.values { calls.add(totals) }
    }
}
