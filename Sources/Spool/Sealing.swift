// From open to sealed, in the order that survives a crash between any two steps:
//
//   1 flush the segment's bytes     nothing is visible yet
//   2 manifest: hidden, flush, rename
//   3 flush the directory           the hidden segment and its manifest are durable: recovery can
//                                   finish from here without reading the segment
//   4 rename the segment            readers see it, and it cannot vanish any more: a power cut
//                                   leaves it under this name or the hidden one
//   5 flush the directory
//
// A failed flush (1) poisons the segment: the kernel may have dropped the dirty pages and would
// report success the next time, so it is never tried again.

import Platform

/// A segment that became visible to readers.
public struct SealedSegment: Sendable, Equatable {
    /// Which.
    public var name: SegmentName
    /// What the manifest says of it.
    public var facts: SealFacts
    /// Bytes of its manifest.
    public var manifestBytes: UInt64

    /// Describes a sealed segment.
    public init(name: SegmentName, facts: SealFacts, manifestBytes: UInt64) {
        self.name = name
        self.facts = facts
        self.manifestBytes = manifestBytes
    }
}

/// A segment that is written and waits to be sealed.
struct SealJob: Sendable {
    var name: SegmentName
    var file: OpenFile
    var storedBytes: UInt64
    var plainBytes: UInt64
    var manifest: any SegmentManifest
    var poison: IOError?
    /// Whether its bytes were flushed: set once, so that a retry never flushes again.
    var isFlushed = false
}

enum Sealing {
    /// Seals a segment; its file stays open.
    static func perform(
        _ job: SealJob, _ layout: SpoolLayout, _ files: any FileSystem, wallNanoseconds: Int64
    ) throws(SpoolError) -> SealedSegment {
        var job = job
        try flush(&job, files)
        return try publish(job, layout, files, wallNanoseconds: wallNanoseconds)
    }

    /// Step 1.
    static func flush(_ job: inout SealJob, _ files: any FileSystem) throws(SpoolError) {
        if let poison = job.poison { throw .poisoned(job.name, poison) }
        if job.isFlushed { return }
        do throws(IOError) {
            // Gives back what was preallocated, and makes sure of the length.
            try files.truncate(job.file, to: job.storedBytes)
            try files.syncData(job.file)
        } catch {
            job.poison = error
            throw .poisoned(job.name, error)
        }
        job.isFlushed = true
    }

    /// Steps 2 to 5; the file stays open. May be tried again after an error.
    static func publish(
        _ job: SealJob, _ layout: SpoolLayout, _ files: any FileSystem, wallNanoseconds: Int64,
        isRecovered: Bool = false
    ) throws(SpoolError) -> SealedSegment {
        let name = job.name
        if try SegmentWriter.isSealed(name, layout: layout, files: files) {
            throw .alreadySealed(name)
        }
        var facts = SealFacts()
        facts.lane = name.lane
        facts.sequence = name.sequence
        facts.storedBytes = job.storedBytes
        facts.plainBytes = job.plainBytes
        facts.sealedNanoseconds = wallNanoseconds
        facts.isRecovered = isRecovered
        var manifest = job.manifest
        manifest.segment = facts
        let size = try write(manifest, name, layout, files)
        let directory = layout.directory(of: name)
        try spooling { () throws(IOError) in
            try files.syncDirectory(directory)
            try files.rename(layout.openPath(name), to: layout.sealedPath(name))
            try files.syncDirectory(directory)
        }
        return SealedSegment(name: name, facts: facts, manifestBytes: size)
    }

    private static func write<Manifest: SegmentManifest>(
        _ manifest: Manifest, _ name: SegmentName, _ layout: SpoolLayout, _ files: any FileSystem
    ) throws(SpoolError) -> UInt64 {
        try ManifestFile.write(manifest, name, layout: layout, files: files)
    }
}
