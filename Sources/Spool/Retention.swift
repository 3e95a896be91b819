// What may go, and when there is no room left. Unprocessed data is never deleted to make room
// unless the operator chose so.

public import Platform

/// What to do when the budget or the free space is used up by unprocessed segments.
public enum WhenFull: String, Sendable, Codable, CaseIterable {
    /// Store nothing more until there is room.
    case refuse
    /// Delete the oldest unprocessed segments.
    case dropOldest = "drop-oldest"
}

/// The limits of a stage.
public struct RetentionLimits: Sendable, Equatable {
    /// The most bytes of the stage's segments and manifests; nil is no limit.
    public var budgetBytes: UInt64?
    /// Bytes of the file system that stay free.
    public var minimumFreeBytes: UInt64 = 1 << 30
    /// Bytes of the budget and of the free space kept for manifests, cursors and seals.
    public var reservedBytes: UInt64 = 16 << 20
    /// How long processed segments are kept, in nanoseconds; 0 deletes them at once.
    public var retainNanoseconds: Int64 = 0
    /// What happens when unprocessed segments fill it.
    public var whenFull = WhenFull.refuse

    /// The default limits.
    public init() {}
}

/// Whether more may be stored.
public enum Admission: Sendable, Equatable {
    /// There is room.
    case accept
    /// The budget is used up.
    case overBudget
    /// The file system is at its floor.
    case noFreeSpace
}

/// What a collection did.
public struct RetentionReport: Sendable, Equatable {
    /// Processed segments deleted.
    public var deleted: UInt64 = 0
    /// Their bytes.
    public var deletedBytes: UInt64 = 0
    /// Unprocessed segments deleted to make room, to be counted by their manifests.
    public var dropped: [SegmentName] = []
    /// Their bytes.
    public var droppedBytes: UInt64 = 0
    /// Nothing was deleted.
    public init() {}
}

/// Keeps one stage within its limits; owned by the process that seals it (packets: capture) or
/// finishes it (calls: ship).
public struct Retention: Sendable {
    private let files: any FileSystem
    private let layout: SpoolLayout
    private let history: ManifestHistory
    /// The limits.
    public var limits: RetentionLimits
    /// What is stored.
    public private(set) var inventory: Inventory
    private var availableBytes: UInt64 = .max
    private var storedSinceLook: UInt64 = 0

    /// Looks at the stage once.
    public init(
        _ stage: SpoolStage, limits: RetentionLimits, layout: SpoolLayout, files: any FileSystem
    ) throws(SpoolError) {
        self.files = files
        self.layout = layout
        self.limits = limits
        history = ManifestHistory(stage: stage, layout: layout, files: files)
        inventory = try Inventory(scanning: stage, layout: layout, files: files)
        try look()
    }

    /// Counts a segment just sealed.
    public mutating func add(_ sealed: SealedSegment) {
        inventory.add(sealed)
        storedSinceLook += sealed.facts.storedBytes
    }

    /// Asks the file system for its free space; call it once a second, not per packet.
    public mutating func look() throws(SpoolError) {
        let space = try spooling { () throws(IOError) in try files.freeSpace(layout.root) }
        availableBytes = space.availableBytes
        storedSinceLook = 0
    }

    /// Whether `extra` bytes more (of open segments, compressed) may be stored. No system call.
    public func admission(openBytes extra: UInt64) -> Admission {
        if let budget = limits.budgetBytes {
            let usable = budget - min(budget, limits.reservedBytes)
            if inventory.bytes + extra >= usable { return .overBudget }
        }
        return isBelowFloor(extra) ? .noFreeSpace : .accept
    }

    private func isBelowFloor(_ extra: UInt64) -> Bool {
        // Open segments are in the file system's count already, those since the last look not.
        let left = availableBytes - min(availableBytes, storedSinceLook)
        return left < limits.minimumFreeBytes + min(limits.reservedBytes, extra)
            || left == 0
    }

    /// Deletes what may go.
    ///
    /// Processed segments go when they are older than the retention time, or while there is no
    /// room; unprocessed ones only under `drop-oldest`. The newest segment of a lane stays, so that
    /// its number is known; pinned ones stay.
    ///
    /// - Parameters:
    ///   - wallNanoseconds: Now.
    ///   - openBytes: Bytes of open segments, which count.
    ///   - processedBelow: The sequence of a lane below which segments are processed.
    ///   - isProcessed: Whether a segment at or above that is processed too: a lane and a sequence.
    public mutating func collect(
        wallNanoseconds: Int64, openBytes: UInt64, processedBelow: (UInt32) -> UInt64,
        isProcessed: (UInt32, UInt64) -> Bool = { _, _ in false }
    ) throws(SpoolError) -> RetentionReport {
        try look()
        var report = RetentionReport()
        var victims: [(name: SegmentName, segment: StoredSegment, isDropped: Bool)] = []
        let pins = try loadPins()
        var candidates = inventory
        func take(_ lane: UInt32, _ segment: StoredSegment, isDropped: Bool) {
            let name = SegmentName(
                stage: candidates.stage, lane: lane, sequence: segment.sequence)
            victims.append((name, segment, isDropped))
            candidates.remove(lane: lane, sequence: segment.sequence)
        }
        for lane in inventory.laneNumbers {
            let floor = processedBelow(lane)
            let old = expired(lane, wallNanoseconds, pins) { sequence in
                sequence < floor || isProcessed(lane, sequence)
            }
            for segment in old {
                take(lane, segment, isDropped: false)
            }
        }
        // Then the oldest first, over all lanes, until there is room.
        var wanted = missing(candidates, openBytes, victims)
        while wanted > 0 {
            var next = oldest(candidates, pins, processedBelow)
            let isDropped = next == nil
            if isDropped, limits.whenFull == .dropOldest {
                next = oldest(candidates, pins) { _ in .max }
            }
            guard let next else { break }
            take(next.lane, next.segment, isDropped: isDropped)
            wanted = missing(candidates, openBytes, victims)
        }
        try delete(victims.map { $0.name })
        for victim in victims {
            inventory.remove(lane: victim.name.lane, sequence: victim.name.sequence)
            if victim.isDropped {
                report.dropped.append(victim.name)
                report.droppedBytes += victim.segment.bytes
            } else {
                report.deleted += 1
                report.deletedBytes += victim.segment.bytes
            }
        }
        if !victims.isEmpty { try look() }
        return report
    }

    /// The processed segments of a lane that are older than the retention time.
    private func expired(
        _ lane: UInt32, _ wallNanoseconds: Int64, _ pins: Pins, _ isProcessed: (UInt64) -> Bool
    ) -> [StoredSegment] {
        var found: [StoredSegment] = []
        for segment in inventory.segments(of: lane).dropLast() {
            let (age, overflow) = wallNanoseconds.subtractingReportingOverflow(
                segment.sealedNanoseconds)
            guard !overflow, age >= limits.retainNanoseconds else { break }
            guard isProcessed(segment.sequence) else { continue }
            let name = SegmentName(stage: inventory.stage, lane: lane, sequence: segment.sequence)
            if !pins.contain(name) { found.append(segment) }
        }
        return found
    }

    /// How many bytes are still wanted after the victims are gone.
    private func missing(
        _ left: Inventory, _ openBytes: UInt64,
        _ victims: [(name: SegmentName, segment: StoredSegment, isDropped: Bool)]
    ) -> UInt64 {
        var wanted: UInt64 = 0
        if let budget = limits.budgetBytes {
            let usable = budget - min(budget, limits.reservedBytes)
            let used = left.bytes + openBytes
            if used >= usable { wanted = used - usable + 1 }
        }
        let gained = inventory.bytes - left.bytes
        let free = availableBytes &+ gained
        let floor = limits.minimumFreeBytes + limits.reservedBytes
        if availableBytes != .max, free < floor { wanted = max(wanted, floor - free) }
        return wanted
    }

    private func oldest(
        _ left: Inventory, _ pins: Pins, _ below: (UInt32) -> UInt64
    ) -> (lane: UInt32, segment: StoredSegment)? {
        var found: (lane: UInt32, segment: StoredSegment)?
        for lane in left.laneNumbers {
            let floor = below(lane)
            let segment = left.segments(of: lane).dropLast().first { segment in
                !pins.contain(
                    SegmentName(stage: left.stage, lane: lane, sequence: segment.sequence))
            }
            guard let segment, segment.sequence < floor else { continue }
            if let best = found, best.segment.sealedNanoseconds <= segment.sealedNanoseconds {
                continue
            }
            found = (lane, segment)
        }
        return found
    }

    private func loadPins() throws(SpoolError) -> Pins {
        try StateFile(Pins.self, name: Pins.fileName, layout: layout, files: files).load()?.value
            ?? Pins()
    }

    /// History first, then the segment, then its manifest: a crash between leaves a manifest
    /// without a segment, which recovery removes.
    private func delete(_ names: [SegmentName]) throws(SpoolError) {
        if names.isEmpty { return }
        try history.append(names)
        for name in names {
            for path in [layout.sealedPath(name), layout.manifestPath(name)] {
                do throws(IOError) {
                    try files.remove(path)
                } catch {
                    if !error.isMissing { throw .io(error) }
                }
            }
        }
    }
}
