// zlib, gzip and raw deflate streams out. RFC 1950, 1951, 1952. The same bytes cut the same way
// give the same stream: no time and no name is in a gzip header.

public import Bytes
import CZlib

/// A reusable compressor of deflate streams.
@safe
public struct ZlibWriter: ~Copyable, @unchecked Sendable {
    // SAFETY: `stream` is allocated and initialized in init, owned by this value alone (zlib keeps
    // a pointer back to it, so it must not move), ended and freed in deinit.
    private let stream: UnsafeMutablePointer<z_stream>
    private let isUsable: Bool

    /// What is wrapped around the deflate stream.
    public enum Format: Sendable {
        /// RFC 1950.
        case zlib
        /// RFC 1952.
        case gzip
        /// Nothing: RFC 1951.
        case raw
    }

    private static let stepBytes = 32 << 10

    /// Creates a compressor at the start of a stream.
    ///
    /// - Parameters:
    ///   - format: What is wrapped around.
    ///   - level: 1 is fastest, 9 smallest.
    public init(format: Format, level: Int = 6) {
        let windowBits: Int32 =
            switch format {
            case .zlib: 15
            case .gzip: 31
            case .raw: -15
            }
        unsafe stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let result = unsafe deflateInit2_(
            stream, Int32(min(max(level, 0), 9)), Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY,
            zlibVersion(), Int32(MemoryLayout<z_stream>.size))
        isUsable = result == Z_OK
        // deflate cannot fail but for want of memory, and only here.
        precondition(isUsable, "memory for a compressor")
    }

    deinit {
        // SAFETY: initialized above.
        _ = unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Takes bytes and appends what is ready.
    public mutating func compress(_ input: Span<UInt8>, into target: inout ByteBuffer) {
        var used = 0
        while used < input.count {
            let end = min(input.count, used + (1 << 30))
            run(input.extracting(used..<end), Z_NO_FLUSH, into: &target)
            used = end
        }
    }

    /// Ends the stream; the next bytes begin another.
    public mutating func finish(into target: inout ByteBuffer) {
        run(Span(), Z_FINISH, into: &target)
        _ = unsafe deflateReset(stream)
    }

    private mutating func run(
        _ input: Span<UInt8>, _ flush: Int32, into target: inout ByteBuffer
    ) {
        let stream = unsafe stream
        let room = ZlibWriter.stepBytes
        // SAFETY: zlib reads the borrowed span and writes `room` bytes of the buffer's room, both
        // during these calls only; the pointers are cleared after them.
        unsafe input.withUnsafeBufferPointer { source in
            unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
            unsafe stream.pointee.avail_in = UInt32(source.count)
            var isFull = true
            while isFull {
                _ = unsafe target.appendUnsafely(room: room) { free in
                    unsafe stream.pointee.next_out = free.baseAddress
                    unsafe stream.pointee.avail_out = UInt32(room)
                    _ = unsafe deflate(stream, flush)
                    isFull = unsafe stream.pointee.avail_out == 0
                    return unsafe room - Int(stream.pointee.avail_out)
                }
            }
            unsafe stream.pointee.next_in = nil
            unsafe stream.pointee.next_out = nil
        }
    }
}
