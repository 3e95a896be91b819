// Which sealed segments may hold something of a time range, by their manifests.

public import Assembly
import Platform
public import Spool

/// A sealed segment and its time.
public struct RetainedSegment: Sendable, Equatable {
    /// The place in its lane.
    public var sequence: UInt64
    /// Packet time of its first packet; nil when it has none, or no manifest.
    public var first: Int64?
    /// The latest packet time.
    public var last: Int64?
}

/// The sealed segments of a lane.
public enum RetainedSegments {
    /// All of them in order, with their times.
    ///
    /// A manifest that cannot be read leaves its segment without a time: such a one is never left
    /// out of a range.
    public static func all(
        _ stage: SpoolStage, _ lane: UInt32, in spool: LaneSpool
    ) throws(SpoolError) -> [RetainedSegment] {
        try sequences(stage, lane, in: spool).map { sequence in
            var segment = RetainedSegment(sequence: sequence)
            let name = SegmentName(stage: stage, lane: lane, sequence: sequence)
            let manifest = try? ManifestFile.load(
                SegmentTimes.self, name, layout: spool.layout, files: spool.files)
            segment.first = manifest?.firstNanoseconds
            segment.last = manifest?.lastNanoseconds
            return segment
        }
    }

    /// Those with packets in a range, as far as is known.
    public static func packets(
        _ lane: UInt32, in range: TimeRange, of spool: LaneSpool
    ) throws(SpoolError) -> [RetainedSegment] {
        try all(.packets, lane, in: spool).filter { segment in
            guard let last = segment.last else { return true }
            // A marker moves time on and holds nothing.
            return range.overlaps(segment.first ?? last, last)
        }
    }

    /// Those with calls that may have begun in a range: a call is written when it is over, so all
    /// from the range's beginning on.
    public static func calls(
        _ lane: UInt32, in range: TimeRange, of spool: LaneSpool
    ) throws(SpoolError) -> [RetainedSegment] {
        try all(.calls, lane, in: spool).filter { segment in
            segment.last.map { $0 >= range.from ?? .min } ?? true
        }
    }

    /// The sealed sequences of a lane, in order.
    static func sequences(
        _ stage: SpoolStage, _ lane: UInt32, in spool: LaneSpool
    ) throws(SpoolError) -> [UInt64] {
        var found: [UInt64] = []
        do throws(IOError) {
            try spool.files.forEachName(in: spool.layout.laneDirectory(stage, lane)) { name in
                if case .sealed(let sequence) = LaneEntry(name, stage: stage) {
                    found.append(sequence)
                }
                return true
            }
        } catch {
            if error.isMissing { return [] }
            throw .io(error)
        }
        return found.sorted()
    }

    /// The lanes of a stage, or of those asked for the ones there are.
    static func lanes(
        _ stage: SpoolStage, _ wanted: Set<UInt32>, in spool: LaneSpool
    ) throws(SpoolError) -> [UInt32] {
        do throws(IOError) {
            let lanes = try spool.layout.lanes(stage, files: spool.files)
            return wanted.isEmpty ? lanes : lanes.filter { wanted.contains($0) }
        } catch { throw .io(error) }
    }
}

/// The part of a manifest that both stages have.
struct SegmentTimes: SegmentManifest {
    var segment: SealFacts
    var firstNanoseconds: Int64?
    var lastNanoseconds: Int64?
}
