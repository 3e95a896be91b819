// What a stage holds, kept up to date by addition: looked at once at the start, then counted.

public import Platform

/// A sealed segment and its cost.
public struct StoredSegment: Sendable, Equatable {
    /// The place in its lane.
    public var sequence: UInt64
    /// Bytes of the segment and its manifest.
    public var bytes: UInt64
    /// When it was sealed, wall clock, nanoseconds since 1970.
    public var sealedNanoseconds: Int64
}

/// The sealed segments of one stage, per lane, oldest first.
public struct Inventory: Sendable {
    /// The stage.
    public let stage: SpoolStage
    private var lanes: [UInt32: LaneStock] = [:]

    /// Bytes of all segments and manifests.
    public private(set) var bytes: UInt64 = 0
    /// The number of segments.
    public private(set) var count = 0

    private struct LaneStock {
        var segments: [StoredSegment] = []
        /// Segments before this index are gone: removing from the front of an array moves the rest.
        var first = 0
    }

    /// An empty inventory.
    public init(stage: SpoolStage) { self.stage = stage }

    /// Looks at every sealed segment of the stage, once.
    public init(
        scanning stage: SpoolStage, layout: SpoolLayout, files: any FileSystem
    ) throws(SpoolError) {
        self.stage = stage
        for lane in try spooling({ () throws(IOError) in try layout.lanes(stage, files: files) }) {
            let listing = try LaneListing(stage, lane, layout, files)
            for sequence in listing.sealed.sorted() {
                let name = SegmentName(stage: stage, lane: lane, sequence: sequence)
                let status = try spooling { () throws(IOError) in
                    try files.status(layout.sealedPath(name))
                }
                guard let status else { continue }
                let manifest = try spooling { () throws(IOError) in
                    try files.status(layout.manifestPath(name))
                }
                let size = UInt64(clamping: status.size) + UInt64(clamping: manifest?.size ?? 0)
                add(name, bytes: size, sealedNanoseconds: status.modifiedNanoseconds)
            }
        }
    }

    /// Counts a segment just sealed.
    public mutating func add(_ sealed: SealedSegment) {
        add(
            sealed.name, bytes: sealed.facts.storedBytes + sealed.manifestBytes,
            sealedNanoseconds: sealed.facts.sealedNanoseconds)
    }

    mutating func add(_ name: SegmentName, bytes size: UInt64, sealedNanoseconds: Int64) {
        lanes[name.lane, default: LaneStock()].segments.append(
            StoredSegment(
                sequence: name.sequence, bytes: size, sealedNanoseconds: sealedNanoseconds))
        bytes += size
        count += 1
    }

    /// The lanes, in order.
    public var laneNumbers: [UInt32] { lanes.keys.sorted() }

    /// The segments of a lane, oldest first.
    public func segments(of lane: UInt32) -> ArraySlice<StoredSegment> {
        guard let stock = lanes[lane] else { return [] }
        return stock.segments[stock.first...]
    }

    /// Counts a segment as gone.
    mutating func remove(lane: UInt32, sequence: UInt64) {
        guard let stock = lanes[lane],
            let index = stock.segments[stock.first...].firstIndex(where: {
                $0.sequence == sequence
            })
        else { return }
        bytes -= stock.segments[index].bytes
        count -= 1
        if index == stock.first {
            lanes[lane]?.first += 1
            // Compacted when half is gone: constant cost per segment in the long run.
            if stock.first + 1 > stock.segments.count / 2 {
                lanes[lane]?.segments.removeFirst(stock.first + 1)
                lanes[lane]?.first = 0
            }
        } else {
            lanes[lane]?.segments.remove(at: index)
        }
    }
}
