// How a spool is, for `earshot status`, /metrics and doctor. Reads only; needs no lock.

public import Platform

/// One lane of a stage at a moment.
public struct LaneStatus: Codable, Sendable, Equatable {
    /// The stage.
    public var stage: SpoolStage
    /// The lane.
    public var lane: UInt32
    /// Sealed segments.
    public var sealedSegments = 0
    /// Their bytes; nil when it was not asked for.
    public var storedBytes: UInt64?
    /// Sealed segments that are pinned.
    public var pinnedSegments = 0
    /// Their bytes; nil when it was not asked for.
    public var pinnedBytes: UInt64?
    /// The oldest sealed sequence.
    public var oldest: UInt64?
    /// The newest sealed sequence.
    public var newest: UInt64?
    /// Hidden segments: one while its writer runs.
    public var openSegments = 0
    /// Segments without a manifest.
    public var withoutManifest = 0
    /// Where the next stage goes on; nil when it never began.
    public var next: UInt64?
    /// Sealed segments at or behind it: the backlog.
    public var backlogSegments = 0
    /// Age of the oldest segment of the backlog, in nanoseconds; nil without backlog.
    public var backlogNanoseconds: Int64?
}

/// A spool at a moment.
public struct SpoolStatus: Codable, Sendable, Equatable {
    /// Its directory.
    public var root: String
    /// Bytes of its file system that can still be written.
    public var availableBytes: UInt64
    /// The size of its file system.
    public var totalBytes: UInt64
    /// Per stage and lane.
    public var lanes: [LaneStatus] = []
    /// Per sink.
    public var sinks: [SinkCursor] = []
    /// Files in quarantine, reasons not counted.
    public var quarantined = 0
    /// State files that cannot be read, with the reason.
    public var problems: [String] = []

    /// Looks at a spool.
    ///
    /// - Parameters:
    ///   - layout: The spool.
    ///   - files: The file system.
    ///   - wallNanoseconds: Now.
    ///   - withBytes: Whether to ask for every segment's size: one call to the system each.
    public static func read(
        layout: SpoolLayout, files: any FileSystem, wallNanoseconds: Int64, withBytes: Bool = true
    ) throws(SpoolError) -> SpoolStatus {
        let space = try spooling { () throws(IOError) in try files.freeSpace(layout.root) }
        var status = SpoolStatus(
            root: layout.root, availableBytes: space.availableBytes, totalBytes: space.totalBytes)
        try status.readSinks(layout, files)
        let pins = status.state(Pins.self, Pins.fileName, layout, files) ?? Pins()
        let assembled = status.state(
            AssembleState.self, AssembleState.fileName, layout, files)?.next
        for stage in SpoolStage.allCases {
            let lanes = try spooling { () throws(IOError) in
                try layout.lanes(stage, files: files)
            }
            for lane in lanes {
                let next: UInt64? =
                    switch stage {
                    case .packets: assembled?[lane]?.sequence
                    case .calls: status.slowestSink(lane)
                    }
                status.lanes.append(
                    try readLane(
                        stage, lane, next, layout, files, wallNanoseconds, withBytes: withBytes,
                        pins, status.sinks))
            }
        }
        let kept = try? files.names(in: layout.quarantineDirectory)
        status.quarantined = (kept ?? []).filter { !$0.hasSuffix(".reason") }.count
        return status
    }

    /// The place of the sink that is furthest behind; nil when one has nothing of the lane yet.
    private func slowestSink(_ lane: UInt32) -> UInt64? {
        var slowest: UInt64?
        for sink in sinks {
            guard let place = sink.acknowledged[lane] else { return nil }
            slowest = min(slowest ?? .max, place.sequence)
        }
        return slowest
    }

    private mutating func state<Value: Codable & Sendable>(
        _ type: Value.Type, _ name: String, _ layout: SpoolLayout, _ files: any FileSystem
    ) -> Value? {
        do throws(SpoolError) {
            let loaded = try StateFile(type, name: name, layout: layout, files: files).load()
            if let fallback = loaded?.fallback { problems.append(fallback) }
            return loaded?.value
        } catch {
            problems.append(error.description)
            return nil
        }
    }

    private mutating func readSinks(
        _ layout: SpoolLayout, _ files: any FileSystem
    ) throws(SpoolError) {
        let names: [String]
        do throws(IOError) {
            names = try files.names(in: layout.stateDirectory)
        } catch {
            if error.isMissing { return }
            throw .io(error)
        }
        for name in names
        where name.hasPrefix("ship-") && name.hasSuffix(".json") && !name.hasSuffix(".status.json")
        {
            if let cursor = state(SinkCursor.self, name, layout, files) { sinks.append(cursor) }
        }
    }

    private static func readLane(
        _ stage: SpoolStage, _ lane: UInt32, _ next: UInt64?, _ layout: SpoolLayout,
        _ files: any FileSystem, _ wallNanoseconds: Int64, withBytes: Bool, _ pins: Pins,
        _ sinks: [SinkCursor]
    ) throws(SpoolError) -> LaneStatus {
        let listing = try LaneListing(stage, lane, layout, files)
        var status = LaneStatus(stage: stage, lane: lane)
        status.sealedSegments = listing.sealed.count
        status.oldest = listing.sealed.min()
        status.newest = listing.newestSealed
        status.openSegments = listing.open.count
        status.withoutManifest = listing.sealed.subtracting(listing.manifests).count
        status.next = next
        let backlog = listing.sealed.filter { sequence in
            if stage == .packets || sinks.isEmpty { return sequence >= next ?? 0 }
            return sinks.contains { $0.linesDone(lane, sequence) != nil }
        }
        status.backlogSegments = backlog.count
        if let oldest = backlog.min() {
            let name = SegmentName(stage: stage, lane: lane, sequence: oldest)
            let found = try spooling { () throws(IOError) in
                try files.status(layout.sealedPath(name))
            }
            status.backlogNanoseconds = found.map {
                max(0, wallNanoseconds - $0.modifiedNanoseconds)
            }
        }
        let pinned =
            pins.isEmpty
            ? []
            : listing.sealed.filter { sequence in
                pins.contain(SegmentName(stage: stage, lane: lane, sequence: sequence))
            }
        status.pinnedSegments = pinned.count
        guard withBytes else { return status }
        var bytes: UInt64 = 0
        var pinnedBytes: UInt64 = 0
        for sequence in listing.sealed {
            let name = SegmentName(stage: stage, lane: lane, sequence: sequence)
            let found = try spooling { () throws(IOError) in
                try files.status(layout.sealedPath(name))
            }
            let size = UInt64(clamping: found?.size ?? 0)
            bytes += size
            if pinned.contains(sequence) { pinnedBytes += size }
        }
        status.storedBytes = bytes
        status.pinnedBytes = pinnedBytes
        return status
    }
}
