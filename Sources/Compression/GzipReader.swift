// gzip streams of several members, as `.gz` capture files are. RFC 1952.

public import Bytes

/// A streaming decoder of gzip.
public struct GzipReader: ~Copyable, Sendable {
    private var inflater = ZlibInflater(windowBits: 31)

    /// Creates a decoder at the start of a member.
    public init() {}

    /// Decompresses from the front of `input`, appending at most `room` bytes to `target`.
    ///
    /// After `.ended` the next call begins the next member; zero bytes that pad a file's end are
    /// for the caller to tell from one.
    public mutating func decompress(
        _ input: Span<UInt8>, room: Int, into target: inout ByteBuffer
    ) -> StreamStep {
        let step = inflater.decompress(input, room: room, into: &target)
        if step.state == .ended { inflater.reset(windowBits: 31) }
        return step
    }

    /// Starts anew.
    public mutating func reset() { inflater.reset(windowBits: 31) }
}
