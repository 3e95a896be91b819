// What a process does with the open files it finds of its own, before it writes anything.
//
// A hidden segment whose manifest is durable was flushed: it is renamed and done. Any other is
// read: every whole block with a good checksum is kept, the torn end goes to quarantine/, and the
// rest is sealed with a manifest made from its content. Each step can be interrupted and run again.

import Compression
public import Platform

/// What an inspector found in a recovered segment.
public struct RecoveredContent: Sendable {
    /// How many decompressed bytes make sense: to the end of the last whole record.
    public var usableBytes: UInt64
    /// The manifest of those bytes.
    public var manifest: any SegmentManifest
    /// Describes recovered content.
    public init(usableBytes: UInt64, manifest: any SegmentManifest) {
        self.usableBytes = usableBytes
        self.manifest = manifest
    }
}

/// Looks through the bytes of a segment that a crash left, to say how many of them are whole
/// records.
public protocol RecoveryInspector: ~Copyable {
    /// The next decompressed bytes.
    mutating func consume(_ bytes: Span<UInt8>)
    /// Bytes are missing here: what follows was behind a damaged block.
    mutating func hole()
    /// No more bytes come.
    mutating func finish() -> RecoveredContent
}

/// What recovery did in a lane.
public struct RecoveryReport: Sendable, Equatable {
    /// Segments sealed, in order.
    public var sealed: [SegmentName] = []
    /// Hidden segments in which nothing could be kept, or that came too late to be sealed in order.
    public var quarantined: [SegmentName] = []
    /// Compressed bytes of torn or damaged blocks moved to quarantine.
    public var tornBytes: UInt64 = 0
    /// Decompressed bytes behind the last whole record, cut off.
    public var cutBytes: UInt64 = 0
    /// Damaged blocks left inside sealed segments, where readers report them.
    public var holes: UInt64 = 0
    /// Half-written manifests and the like, removed.
    public var removedTemporaries: UInt64 = 0
    /// The sequence the lane's next segment gets.
    public var nextSequence: UInt64 = 0

    /// Nothing was found.
    public init() {}
}

/// Finishes what a crash interrupted.
public enum Recovery {
    /// Seals or quarantines every hidden segment of a lane, oldest first.
    ///
    /// - Parameters:
    ///   - stage: The stage.
    ///   - lane: The lane; its directory must exist.
    ///   - layout: The spool.
    ///   - files: The file system.
    ///   - wallNanoseconds: For the manifests.
    ///   - nextAtLeast: The lowest next sequence, say that of assemble's cursor: numbers are never
    ///     used again, even when someone removed files by hand.
    ///   - makeInspector: Makes an inspector for each segment that has to be read.
    public static func run<Inspector: RecoveryInspector & ~Copyable>(
        _ stage: SpoolStage, lane: UInt32, layout: SpoolLayout, files: any FileSystem,
        wallNanoseconds: Int64, nextAtLeast: UInt64 = 0, makeInspector: () -> Inspector
    ) throws(SpoolError) -> RecoveryReport {
        var found = try LaneListing(stage, lane, layout, files)
        var report = RecoveryReport()
        try found.removeTemporaries(layout, files, &report)
        for sequence in found.open {
            let name = SegmentName(stage: stage, lane: lane, sequence: sequence)
            if let newest = found.newestSealed, sequence <= newest {
                // Readers have passed it: sealed now, it would never be read.
                try Quarantine.move(
                    layout.openPath(name), name: name, suffix: stage.suffix,
                    reason: "left open while \(SegmentName.text(of: newest)) was sealed",
                    layout: layout, files: files)
                report.quarantined.append(name)
                continue
            }
            let isSealed: Bool
            if found.manifests.contains(sequence) {
                isSealed = try complete(name, layout, files)
            } else {
                isSealed = false
            }
            if isSealed {
                report.sealed.append(name)
                found.newestSealed = sequence
                continue
            }
            let repair = Repair(
                name: name, layout: layout, files: files, wallNanoseconds: wallNanoseconds)
            if try repair.run(makeInspector(), &report) { found.newestSealed = sequence }
        }
        try found.removeOrphans(layout, files, &report)
        report.nextSequence = max(found.newestSealed.map { $0 + 1 } ?? 0, nextAtLeast)
        return report
    }

    /// For a stage whose segments are made again from the one before (calls): finishes those whose
    /// manifest is durable and removes the others.
    public static func discard(
        _ stage: SpoolStage, lane: UInt32, layout: SpoolLayout, files: any FileSystem
    ) throws(SpoolError) -> RecoveryReport {
        var found = try LaneListing(stage, lane, layout, files)
        var report = RecoveryReport()
        try found.removeTemporaries(layout, files, &report)
        for sequence in found.open {
            let name = SegmentName(stage: stage, lane: lane, sequence: sequence)
            let isWhole = found.manifests.contains(sequence)
            let isThere = try SegmentWriter.isSealed(name, layout: layout, files: files)
            if isWhole, !isThere, try complete(name, layout, files) {
                report.sealed.append(name)
                found.newestSealed = max(found.newestSealed ?? 0, sequence)
            } else {
                try spooling { () throws(IOError) in try files.remove(layout.openPath(name)) }
                report.removedTemporaries += 1
            }
        }
        try found.removeOrphans(layout, files, &report)
        report.nextSequence = found.newestSealed.map { $0 + 1 } ?? 0
        return report
    }

    /// Renames a hidden segment whose manifest is there and fits its size.
    private static func complete(
        _ name: SegmentName, _ layout: SpoolLayout, _ files: any FileSystem
    ) throws(SpoolError) -> Bool {
        let facts: SealFacts?
        do throws(SpoolError) {
            facts = try ManifestFile.loadFacts(name, layout: layout, files: files)
        } catch {
            // A damaged manifest is written anew from the content.
            if case .damagedState = error { return false }
            throw error
        }
        let path = layout.openPath(name)
        let status = try spooling { () throws(IOError) in try files.status(path) }
        guard let facts, let status, facts.storedBytes == UInt64(clamping: status.size) else {
            return false
        }
        try spooling { () throws(IOError) in
            try files.syncDirectory(layout.directory(of: name))
            try files.rename(path, to: layout.sealedPath(name))
            try files.syncDirectory(layout.directory(of: name))
        }
        return true
    }
}
