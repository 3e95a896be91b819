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

    /// The most segments of a lane that are looked at for what is new.
    static let newsLimit = 1000

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

    /// Looks at what is new, for those who look often: sizes are not asked for, and the totals are
    /// of the segments sealed since a moment.
    ///
    /// - Parameters:
    ///   - spool: The spool.
    ///   - moment: Wall clock, nanoseconds since 1970.
    public init(newsOf spool: LaneSpool, since moment: Int64) throws(SpoolError) {
        atNanoseconds = spool.time.wallNanoseconds()
        status = try SpoolStatus.read(
            layout: spool.layout, files: spool.files, wallNanoseconds: atNanoseconds,
            withBytes: false)
        for lane in status.lanes {
            switch lane.stage {
            case .packets:
                for found in try news(of: lane, since: moment, CaptureManifest.self, spool) {
                    packets.add(PacketTotals(found, since: moment))
                }
            case .calls:
                for found in try news(of: lane, since: moment, CallsManifest.self, spool) {
                    calls.add(CallTotals(found, since: moment))
                }
            }
        }
        sinks = try SinkState.all(in: spool)
    }

    /// The manifests of a lane from the newest back to the first one that is too old.
    private mutating func news<Manifest: SegmentManifest>(
        of lane: LaneStatus, since moment: Int64, _ type: Manifest.Type, _ spool: LaneSpool
    ) throws(SpoolError) -> [Manifest] {
        guard let newest = lane.newest, let oldest = lane.oldest else { return [] }
        var found: [Manifest] = []
        for sequence in (oldest...newest).reversed().prefix(SpoolOverview.newsLimit) {
            let name = SegmentName(stage: lane.stage, lane: lane.lane, sequence: sequence)
            do throws(SpoolError) {
                let manifest = try ManifestFile.load(
                    type, name, layout: spool.layout, files: spool.files)
                // Some sequences have none: the segment is gone, or its manifest comes later.
                guard let manifest else { continue }
                guard manifest.segment.sealedNanoseconds > moment else { return found }
                found.append(manifest)
            } catch {
                if case .io = error { throw error }
                unreadableManifests += 1
            }
        }
        return found
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
