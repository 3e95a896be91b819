// The spool's write path: create hidden, append, then seal: flush, manifest, rename, flush the
// directory (Sealing.swift). One writer per lane, reused for all its segments.
//
// A failed append leaves the segment as it was before it, so that a full disk costs what did not
// fit and not what was stored.

import Bytes
import Compression
public import Platform

/// Writes the segments of one lane, one after the other.
public struct SegmentWriter: ~Copyable, Sendable {
    private let files: any FileSystem
    private let layout: SpoolLayout
    /// The stage written to.
    public let stage: SpoolStage
    /// The lane written to.
    public let lane: UInt32
    private let preallocatedBytes: Int64
    private var compressor: LZ4FrameWriter
    /// Compressed, not yet in the file.
    private var output: ByteBuffer
    private var file: OpenFile?
    private var poison: IOError?
    /// Bytes before this were handed to the device.
    private var writebackEnd: UInt64 = 0

    /// The sequence of the open segment, or of the last one.
    public private(set) var sequence: UInt64 = 0
    /// Bytes in the file of the open segment.
    public private(set) var storedBytes: UInt64 = 0
    /// Bytes of the open segment before compression, those pending included.
    public private(set) var plainBytes: UInt64 = 0

    /// Compressed output is written to the file in pieces of about this many bytes.
    public static let writeBytes = 1 << 20
    /// The device is asked to begin writing after this many bytes.
    public static let writebackBytes: UInt64 = 4 << 20

    /// Creates a writer without an open segment.
    ///
    /// - Parameters:
    ///   - files: The file system.
    ///   - layout: The spool, prepared, the lane's directory made.
    ///   - stage: The stage.
    ///   - lane: The lane.
    ///   - level: The compression level of `write`, as `LZ4FrameWriter` takes it.
    ///   - preallocatedBytes: Room taken on the device when a segment is opened (given back when it
    ///     is sealed); about what a segment holds. 0 takes none.
    public init(
        files: any FileSystem, layout: SpoolLayout, stage: SpoolStage, lane: UInt32,
        level: Int = 0, preallocatedBytes: Int64 = 0
    ) {
        self.files = files
        self.layout = layout
        self.stage = stage
        self.lane = lane
        self.preallocatedBytes = preallocatedBytes
        compressor = LZ4FrameWriter(level: level)
        output = ByteBuffer()
    }

    deinit {
        // Not sealed: the file stays for recovery.
        if let file { files.close(file) }
    }

    /// Whether a segment is open.
    public var isOpen: Bool { file != nil }

    /// The open segment's name.
    public var name: SegmentName { SegmentName(stage: stage, lane: lane, sequence: sequence) }

    /// Whether a segment is sealed already: assemble skips those.
    public static func isSealed(
        _ name: SegmentName, layout: SpoolLayout, files: any FileSystem
    ) throws(SpoolError) -> Bool {
        try spooling { () throws(IOError) in try files.status(layout.sealedPath(name)) } != nil
    }

    /// Creates the hidden file of a segment.
    ///
    /// A hidden file already there is an error: recovery comes first.
    public mutating func open(sequence: UInt64) throws(SpoolError) {
        precondition(file == nil, "one open segment per writer")
        precondition(sequence <= SegmentName.maximumSequence, "a sequence of 12 digits")
        let name = SegmentName(stage: stage, lane: lane, sequence: sequence)
        if try SegmentWriter.isSealed(name, layout: layout, files: files) {
            throw .alreadySealed(name)
        }
        let created = try spooling { () throws(IOError) in
            try files.createExclusive(layout.openPath(name))
        }
        if preallocatedBytes > 0 {
            do throws(IOError) {
                try files.reserve(created, bytes: preallocatedBytes)
            } catch {
                files.close(created)
                try? files.remove(layout.openPath(name))
                throw .io(error)
            }
        }
        file = created
        self.sequence = sequence
        storedBytes = 0
        plainBytes = 0
        writebackEnd = 0
        poison = nil
        output.removeAll()
        compressor.reset()
    }

    /// Compresses bytes and stores them.
    ///
    /// They are taken even when this throws: they wait in memory, and the next call, `flushBlock`
    /// or the sealing tries again. Do not go on writing while it throws.
    public mutating func write(_ plain: Span<UInt8>) throws(SpoolError) {
        precondition(file != nil, "an open segment")
        plainBytes += UInt64(plain.count)
        compressor.compress(plain, into: &output)
        if output.count >= SegmentWriter.writeBytes { try drain() }
    }

    /// Stores whole LZ4 frames that the caller compressed; nothing of them when it throws.
    public mutating func append(
        compressed: Span<UInt8>, plainBytes count: Int
    ) throws(SpoolError) {
        precondition(!compressor.hasOpenFrame, "frames of the caller's between whole frames")
        try drain()
        try store(compressed)
        plainBytes += UInt64(count)
    }

    /// Stores everything written so far, so that it survives a kill of this process.
    public mutating func flushBlock() throws(SpoolError) {
        compressor.flushBlock(into: &output)
        try drain()
    }

    /// Hands the open segment to the sealer; returns without waiting for the device, but waits
    /// while the sealer has its maximum in flight.
    ///
    /// When it throws the segment is still open: try again, or `abandon`.
    public mutating func finish<Manifest: SegmentManifest>(
        _ manifest: Manifest, with sealer: Sealer
    ) throws(SpoolError) {
        guard let job = try takeJob(manifest) else { return }
        sealer.submit(job)
    }

    /// Seals the open segment and returns when it is durable.
    ///
    /// When the segment could not be completed for want of space it is still open: try again.
    /// After any other error it is poisoned: its file was closed and is left hidden.
    public mutating func seal<Manifest: SegmentManifest>(
        _ manifest: Manifest, wallNanoseconds: Int64
    ) throws(SpoolError) -> SealedSegment? {
        guard let job = try takeJob(manifest) else { return nil }
        do throws(SpoolError) {
            let sealed = try Sealing.perform(
                job, layout, files, wallNanoseconds: wallNanoseconds)
            files.close(job.file)
            return sealed
        } catch {
            if error.cause?.isOutOfSpace == true, case .io = error {
                file = job.file
                throw error
            }
            files.close(job.file)
            throw error
        }
    }

    /// Closes and removes the open segment, if any: what was written to it is gone.
    public mutating func abandon() throws(SpoolError) {
        guard let file else { return }
        files.close(file)
        self.file = nil
        try spooling { () throws(IOError) in try files.remove(layout.openPath(name)) }
    }

    private mutating func takeJob<Manifest: SegmentManifest>(
        _ manifest: Manifest
    ) throws(SpoolError) -> SealJob? {
        guard file != nil else { return nil }
        compressor.endFrame(into: &output)
        try drain()
        guard let taken = file.take() else { return nil }
        return SealJob(
            name: name, file: taken, storedBytes: storedBytes, plainBytes: plainBytes,
            manifest: manifest, poison: poison)
    }

    private mutating func drain() throws(SpoolError) {
        if output.isEmpty { return }
        var held = ByteBuffer()
        swap(&held, &output)
        do throws(SpoolError) {
            try store(held.span)
        } catch {
            swap(&held, &output)
            throw error
        }
        held.removeAll()
        swap(&held, &output)
    }

    /// Appends to the file, all or nothing.
    private mutating func store(_ bytes: Span<UInt8>) throws(SpoolError) {
        guard let file else { return }
        if let poison { throw .poisoned(name, poison) }
        do throws(IOError) {
            try files.append(bytes, to: file)
        } catch {
            do throws(IOError) {
                try files.truncate(file, to: storedBytes)
            } catch let second {
                // What is behind storedBytes is unknown: the segment cannot be trusted any more.
                poison = second
            }
            throw .io(error)
        }
        storedBytes += UInt64(bytes.count)
        if storedBytes - writebackEnd >= SegmentWriter.writebackBytes {
            files.startWriteback(file, from: writebackEnd, count: storedBytes - writebackEnd)
            writebackEnd = storedBytes
        }
    }
}
