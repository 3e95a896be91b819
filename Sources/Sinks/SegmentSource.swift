public import Bytes
public import Platform
public import Spool

/// The call segments of one lane of a spool.
public final class SegmentSource: CallSource {
    private var reader: SegmentReader
    private let files: any FileSystem
    private let layout: SpoolLayout
    private let lane: UInt32
    /// A hole that was met at the very end, told before the end itself.
    private var endIsNext = false

    /// Creates a source.
    ///
    /// - Parameters:
    ///   - files: The file system.
    ///   - layout: The spool.
    ///   - lane: The lane.
    ///   - sequence: The first segment; nil begins with the oldest there is.
    public init(
        files: any FileSystem, layout: SpoolLayout, lane: UInt32, from sequence: UInt64?
    ) {
        reader = SegmentReader(
            files: files, layout: layout, stage: .calls, lane: lane, from: sequence)
        self.files = files
        self.layout = layout
        self.lane = lane
    }

    /// Whether bytes that the device does not give count as a hole.
    public var readsPastErrors: Bool {
        get { reader.readsPastErrors }
        set { reader.readsPastErrors = newValue }
    }

    /// Opens the next sealed segment.
    public func openNext() throws(SpoolError) -> (sequence: UInt64, skipped: UInt64)? {
        endIsNext = false
        guard let opened = try reader.openNext() else { return nil }
        return (opened.name.sequence, opened.skipped)
    }

    /// Reads the next piece.
    public func read(into target: inout ByteBuffer) throws(SpoolError) -> CallRead {
        if endIsNext { return .end }
        switch try reader.read(into: &target) {
        case .bytes: return .bytes
        case .damaged: return .hole
        case .end(let lost):
            endIsNext = true
            return lost > 0 ? .hole : .end
        }
    }

    /// The sealed segments at or behind `sequence`, in order.
    public func sealed(from sequence: UInt64) throws(SpoolError) -> [UInt64] {
        var found: [UInt64] = []
        do throws(IOError) {
            try files.forEachName(in: layout.laneDirectory(.calls, lane)) { name in
                if case .sealed(let other) = LaneEntry(name, stage: .calls), other >= sequence {
                    found.append(other)
                }
                return true
            }
        } catch {
            if !error.isMissing { throw .io(error) }
        }
        return found.sorted()
    }

    /// Whether anything at or behind `sequence` is sealed.
    public func hasMore(from sequence: UInt64) throws(SpoolError) -> Bool {
        var found = false
        do throws(IOError) {
            try files.forEachName(in: layout.laneDirectory(.calls, lane)) { name in
                if case .sealed(let other) = LaneEntry(name, stage: .calls), other >= sequence {
                    found = true
                }
                return !found
            }
        } catch {
            if !error.isMissing { throw .io(error) }
        }
        return found
    }
}
