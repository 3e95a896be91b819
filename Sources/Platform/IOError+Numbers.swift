// Error numbers the rest of the module needs by name without importing the C library.

import Glibc

extension IOError {
    /// EIO, for a write that makes no progress.
    static var noProgress: Int32 { EIO }
    /// EFBIG: more than the caller will read.
    static var tooLarge: Int32 { EFBIG }
    /// ENOSPC, as tests inject it.
    public static var noSpace: Int32 { ENOSPC }
    /// EIO, as tests inject it.
    public static var inputOutput: Int32 { EIO }
    /// ENOENT.
    public static var missing: Int32 { ENOENT }
    /// EEXIST.
    public static var existing: Int32 { EEXIST }
    /// EPERM: what file systems without hard links answer.
    public static var notPermitted: Int32 { EPERM }
    /// EBADF.
    public static var badDescriptor: Int32 { EBADF }
}

extension [UInt8] {
    /// Fills a new array through an output span.
    init(unsafeUninitializedCapacityOf capacity: Int, _ fill: (inout OutputSpan<UInt8>) -> Void) {
        // SAFETY: the span covers the array's own memory and says how much of it was initialized.
        self = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            var target = unsafe OutputSpan(buffer: buffer, initializedCount: 0)
            fill(&target)
            count = unsafe target.finalize(for: buffer)
        }
    }
}
