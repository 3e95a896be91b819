// A file as bytes, without copying. For capture files the operator names; spool segments are read.

import CPlatform
import Glibc

/// A regular file mapped for reading.
///
/// Its length is fixed when it is opened. A file that another process cuts while it is mapped ends
/// this process (SIGBUS) when the lost part is touched: use it for finished files, `InputFile` for
/// those still being written and for pipes.
@safe
public struct MappedFile: ~Copyable, @unchecked Sendable {
    // SAFETY: `base` maps `byteCount` readable bytes until deinit; nobody writes through it.
    private let base: UnsafeMutableRawPointer?
    /// The length in bytes.
    public let byteCount: Int

    /// Maps a file; an empty one gives an empty span.
    ///
    /// - Throws: EINVAL when it is not a regular file.
    public init(path: String) throws(IOError) {
        // SAFETY: the path is passed as a zero-ended copy for the call only.
        let descriptor = unsafe platform_open_input(path)
        if descriptor < 0 { throw .last("open", path) }
        defer { _ = Glibc.close(descriptor) }
        var status = platform_status()
        // SAFETY: the call fills the struct it is given.
        if unsafe platform_status_of_file(descriptor, &status) < 0 { throw .last("fstat", path) }
        guard status.kind == UInt32(S_IFREG), let size = Int(exactly: status.size) else {
            throw IOError(call: "mmap", path: path, errno: EINVAL)
        }
        guard size > 0 else {
            unsafe base = nil
            byteCount = 0
            return
        }
        // SAFETY: a fresh private mapping; MAP_FAILED is -1.
        let mapped = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
        if Int(bitPattern: mapped) == -1 { throw .last("mmap", path) }
        _ = unsafe madvise(mapped, size, MADV_SEQUENTIAL)
        unsafe base = mapped
        byteCount = size
    }

    deinit {
        // SAFETY: mapped in init with this length.
        if let base = unsafe base { _ = unsafe munmap(base, byteCount) }
    }

    /// The file's bytes, borrowed.
    public var span: Span<UInt8> {
        @_lifetime(borrow self) get {
            // SAFETY: the mapping has byteCount bytes and lives as long as self.
            guard let start = unsafe base?.assumingMemoryBound(to: UInt8.self) else {
                return Span()
            }
            let bytes = unsafe Span(_unsafeStart: start, count: byteCount)
            return unsafe _overrideLifetime(bytes, borrowing: self)
        }
    }
}
