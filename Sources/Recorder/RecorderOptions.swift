// How packets are recorded. Every limit has a name, a default and a unit.

/// The settings of a recorder.
public struct RecorderOptions: Sendable, Equatable {
    /// Where packets come from: that decides what is done when buffers or the disk run out.
    public enum Source: Sendable, Equatable {
        /// Interfaces: what there is no room for is refused and counted, time goes on by the clock.
        case live
        /// Files: the reader waits until there is room, packet time is the file's.
        case files
    }

    /// Where packets come from.
    public var source: Source
    /// The number of lanes.
    public var lanes: UInt32 = 1
    /// A segment is sealed at this many bytes of pcapng.
    public var sealBytes: UInt64 = 64 << 20
    /// A segment is sealed this many nanoseconds after its first packet came; nil for files, whose
    /// segments shall be the same on every run.
    public var sealAfterNanoseconds: Int64? = 1_000_000_000
    /// While no packet comes, a marker is sealed this often, in nanoseconds; nil for none.
    public var markerAfterNanoseconds: Int64? = 10_000_000_000
    /// A buffer is handed to the writer this many nanoseconds after its first packet came.
    public var handOverNanoseconds: Int64 = 100_000_000
    /// The memory of a lane's buffers, in bytes.
    public var poolBytes = 256 << 20
    /// The level LZ4 compresses with; negative ones are faster. Measured on mirrored JSON, for a
    /// GB: 0 takes 1.7 s and stores 656 MB, -4 takes 1.2 s and stores 692 MB, -8 1.1 s and 725 MB.
    public var compressionLevel = -4
    /// What the section headers say wrote the segments, with its version.
    public var software = "earshot-capture"

    /// The most bytes of blocks in a buffer.
    static let largestBufferBytes = 4 << 20
    /// The fewest: any packet under the largest snaplen fits.
    static let smallestBufferBytes = 512 << 10
    /// The largest packet of a file that is stored, in bytes; larger ones are counted.
    static let largestPacketBytes = 16 << 20

    /// The defaults for a source.
    public init(source: Source) {
        self.source = source
        if source == .files {
            sealAfterNanoseconds = nil
            markerAfterNanoseconds = nil
        }
    }

    /// The bytes of blocks a buffer holds.
    var bufferBytes: Int {
        let wanted = Int(clamping: min(sealBytes, UInt64(Self.largestBufferBytes)))
        return max(Self.smallestBufferBytes, wanted)
    }
}
