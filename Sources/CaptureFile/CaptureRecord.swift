// What a capture file holds, one record at a time.

/// The next thing in a capture file.
public enum CaptureRecord: Equatable, Sendable, BitwiseCopyable {
    /// A packet.
    case packet(CapturedPacket)
    /// Counts that the writer kept for an interface: in the parser's `statistics`; go on at
    /// `nextOffset`. They are not here because records this large cost 60 ns a packet.
    case interfaceStatistics(nextOffset: Int)
    /// A header, or a block that is of no concern here; go on at `nextOffset`.
    case skipped(nextOffset: Int)
    /// The record is not complete: come back with at least this many bytes from the same offset on.
    case needMore(byteCount: Int)
    /// The file ends where a record ends.
    case end
    /// The file ends inside a record, of which this many bytes are there.
    case truncated(byteCount: Int)
    /// The file is damaged here, or no capture.
    case failed(CaptureFileError)
}
