// The spool's read path: the sealed segments of a lane in order, decompressed piece by piece.
//
// The next name is known, so that a backlog of any length costs one open per segment. A missing
// name (its segment was quarantined, or dropped to make room) is found by trying the one after it,
// and by listing the directory now and then.

public import Bytes
public import Compression
public import Platform

/// A segment that was opened for reading.
public struct OpenedSegment: Sendable, Equatable {
    /// Which.
    public var name: SegmentName
    /// The size of its file.
    public var storedBytes: UInt64
    /// How many sequences right before it are missing.
    public var skipped: UInt64
}

/// What reading a piece of a segment brought.
public enum SegmentRead: Sendable, Equatable {
    /// So many bytes were appended.
    case bytes(Int)
    /// A run of the file gave nothing: what follows is behind a hole.
    case damaged(LZ4Damage)
    /// The segment is read; `lostBytes` at its end gave nothing.
    case end(lostBytes: UInt64)
}

/// Reads the sealed segments of one lane, one after the other.
public struct SegmentReader: ~Copyable, Sendable {
    private let files: any FileSystem
    private let layout: SpoolLayout
    /// The stage read from.
    public let stage: SpoolStage
    /// The lane read from.
    public let lane: UInt32
    private var file: OpenFile?
    private var fileOffset: UInt64 = 0
    private var decoder = LZ4FrameReader()
    private var isAtEnd = false
    /// What comes after the bytes just returned.
    private var held: SegmentRead?
    /// Bytes at the end of the open segment that the device does not give.
    private var unreadableBytes: UInt64 = 0
    private var misses = 0
    private var missesUntilListing = SegmentReader.firstListing

    /// The sequence to open next; nil when the lane's oldest shall be found.
    public private(set) var nextSequence: UInt64?
    /// The open segment.
    public private(set) var current: OpenedSegment?
    /// Holes met so far, in all segments.
    public private(set) var damages: UInt64 = 0
    /// Bytes lost to them, compressed.
    public private(set) var damagedBytes: UInt64 = 0
    /// Sequences that were missing.
    public private(set) var skippedSegments: UInt64 = 0

    /// Whether a read that the device fails (EIO) ends the segment, its rest counted as damaged.
    /// Off: it is thrown, for the caller to try again; whoever has tried often enough sets it.
    public var readsPastErrors = false

    /// About how many bytes `read` appends at a time.
    public static let readBytes = 1 << 20
    /// Compressed bytes fetched at a time.
    static let fetchBytes = 512 << 10
    /// The directory is listed after this many vain tries, then after twice as many, …
    static let firstListing = 64
    /// … up to this many.
    static let lastListing = 1024

    /// Creates a reader.
    ///
    /// - Parameters:
    ///   - files: The file system.
    ///   - layout: The spool.
    ///   - stage: The stage.
    ///   - lane: The lane.
    ///   - sequence: The first segment to read; nil begins with the oldest there is.
    public init(
        files: any FileSystem, layout: SpoolLayout, stage: SpoolStage, lane: UInt32,
        from sequence: UInt64?
    ) {
        self.files = files
        self.layout = layout
        self.stage = stage
        self.lane = lane
        nextSequence = sequence
    }

    deinit {
        if let file { files.close(file) }
    }

    /// Opens the next sealed segment, closing the one before.
    ///
    /// - Returns: nil when none is sealed yet: ask again in 50 to 100 ms.
    public mutating func openNext() throws(SpoolError) -> OpenedSegment? {
        close()
        guard let wanted = nextSequence else { return try openListed(after: nil) }
        if try open(wanted, skipped: 0) { return current }
        // The one after it is there: the wanted one was sealed in between, or never will be.
        if try exists(wanted + 1) {
            if try open(wanted, skipped: 0) { return current }
            if try open(wanted + 1, skipped: 1) { return current }
        }
        misses += 1
        guard misses >= missesUntilListing else { return nil }
        misses = 0
        missesUntilListing = min(missesUntilListing * 2, SegmentReader.lastListing)
        return try openListed(after: wanted)
    }

    /// Reads the next piece and appends it to `target`.
    public mutating func read(into target: inout ByteBuffer) throws(SpoolError) -> SegmentRead {
        if let event = held.take() { return event }
        guard let file else { return .end(lostBytes: 0) }
        let start = target.count
        while true {
            let event: SegmentRead
            switch decoder.next(into: &target) {
            case .bytes:
                guard target.count - start >= SegmentReader.readBytes else { continue }
                return .bytes(target.count - start)
            case .needMore:
                try fetch(file)
                continue
            case .damaged(let damage):
                damages += 1
                damagedBytes += damage.count
                event = .damaged(damage)
            case .truncated(let damage):
                damages += 1
                damagedBytes += damage.count
                event = .end(lostBytes: damage.count &+ unreadableBytes)
            case .end: event = .end(lostBytes: unreadableBytes)
            }
            if target.count == start { return event }
            held = event
            return .bytes(target.count - start)
        }
    }

    /// Closes the open segment, read or not.
    public mutating func close() {
        if let file { files.close(file) }
        file = nil
        held = nil
        current = nil
    }

    /// Moves the open segment to `quarantine/`, its manifest with it, and closes it: nothing in it
    /// could be read.
    ///
    /// - Returns: The path it has now; nil when none is open.
    public mutating func quarantine(reason: String) throws(SpoolError) -> String? {
        guard let name = current?.name else { return nil }
        close()
        let kept = try Quarantine.move(
            layout.sealedPath(name), name: name, suffix: name.stage.suffix, reason: reason,
            layout: layout, files: files)
        let manifest = layout.manifestPath(name)
        if try spooling({ () throws(IOError) in try files.status(manifest) }) != nil {
            try Quarantine.move(
                manifest, name: name, suffix: "json", reason: reason, layout: layout, files: files)
        }
        return kept
    }

    private func exists(_ sequence: UInt64) throws(SpoolError) -> Bool {
        let name = SegmentName(stage: stage, lane: lane, sequence: sequence)
        return try SegmentWriter.isSealed(name, layout: layout, files: files)
    }

    private mutating func open(_ sequence: UInt64, skipped: UInt64) throws(SpoolError) -> Bool {
        let name = SegmentName(stage: stage, lane: lane, sequence: sequence)
        let opened: OpenFile
        let size: UInt64
        do throws(IOError) {
            opened = try files.openForReading(layout.sealedPath(name))
        } catch {
            if error.isMissing { return false }
            throw .io(error)
        }
        do throws(IOError) {
            size = try files.size(of: opened)
        } catch {
            files.close(opened)
            throw .io(error)
        }
        file = opened
        fileOffset = 0
        isAtEnd = false
        unreadableBytes = 0
        decoder.reset()
        current = OpenedSegment(name: name, storedBytes: size, skipped: skipped)
        nextSequence = sequence + 1
        skippedSegments += skipped
        misses = 0
        missesUntilListing = SegmentReader.firstListing
        return true
    }

    /// Opens the lowest sealed sequence above `sequence`, or the lowest of all.
    private mutating func openListed(
        after sequence: UInt64?
    ) throws(SpoolError) -> OpenedSegment? {
        var lowest: UInt64?
        let stage = stage
        let path = layout.laneDirectory(stage, lane)
        do throws(IOError) {
            try files.forEachName(in: path) { name in
                guard case .sealed(let found) = LaneEntry(name, stage: stage) else { return true }
                if let sequence, found <= sequence { return true }
                lowest = min(lowest ?? found, found)
                return true
            }
        } catch {
            // The lane was not begun.
            if error.isMissing { return nil }
            throw .io(error)
        }
        guard let lowest else { return nil }
        // Sequences are sealed in order: what is between was sealed before the listing, or never.
        if let sequence, try open(sequence, skipped: 0) { return current }
        let isOpened = try open(lowest, skipped: sequence.map { lowest - $0 } ?? 0)
        return isOpened ? current : nil
    }

    private mutating func giveUpRest(from offset: UInt64) {
        let size = current?.storedBytes ?? offset
        unreadableBytes = max(size, offset + 1) - offset
        damages += 1
        damagedBytes += unreadableBytes
        isAtEnd = true
        decoder.finishInput()
    }

    private mutating func fetch(_ file: OpenFile) throws(SpoolError) {
        if isAtEnd {
            decoder.finishInput()
            return
        }
        let (files, offset) = (files, fileOffset)
        let got: Int
        do throws(IOError) {
            got = try decoder.feed(room: SegmentReader.fetchBytes) { target throws(IOError) in
                _ = try files.read(file, at: offset, into: &target)
            }
        } catch {
            guard readsPastErrors, error.errno == IOError.inputOutput else { throw .io(error) }
            giveUpRest(from: offset)
            return
        }
        fileOffset += UInt64(got)
        if got == 0 {
            isAtEnd = true
            decoder.finishInput()
        }
    }
}
