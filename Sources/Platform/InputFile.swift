// Bytes in order from a file, a pipe or standard input.

import CPlatform
import Glibc

/// An input that is read from its start to its end.
public struct InputFile: ~Copyable {
    /// The path as given; `-` for standard input.
    public let path: String
    /// Its descriptor.
    public let descriptor: Int32
    /// Whether it is a regular file, which `MappedFile` can map.
    public let isRegular: Bool
    /// Its size when it is a regular file, else 0.
    public let byteCount: UInt64

    /// Opens a path, or standard input for `-`. Symbolic links are followed.
    public init(path: String) throws(IOError) {
        // SAFETY: the path is passed as a zero-ended copy for the call only.
        let opened = path == "-" ? dup(STDIN_FILENO) : unsafe platform_open_input(path)
        if opened < 0 { throw .last("open", path) }
        var status = platform_status()
        // SAFETY: the call fills the struct it is given.
        if unsafe platform_status_of_file(opened, &status) < 0 {
            let error = IOError.last("fstat", path)
            _ = Glibc.close(opened)
            throw error
        }
        self.path = path
        descriptor = opened
        isRegular = status.kind == UInt32(S_IFREG)
        byteCount = isRegular ? UInt64(clamping: status.size) : 0
    }

    deinit { _ = Glibc.close(descriptor) }

    /// Reads the next bytes, waiting for them.
    ///
    /// - Returns: How many were read into the room of `target`; 0 at the end.
    public func read(into target: inout OutputSpan<UInt8>) throws(IOError) -> Int {
        let before = target.count
        let input = descriptor
        let name = path
        // SAFETY: read(2) fills at most the room behind what is initialized, and the count grows by
        // what it says it filled.
        let failure: IOError? = unsafe target.withUnsafeMutableBufferPointer {
            buffer, count -> IOError? in
            guard let start = buffer.baseAddress else { return nil }
            while true {
                let got = unsafe Glibc.read(input, start + count, buffer.count - count)
                if got >= 0 {
                    count += got
                    return nil
                }
                if errno != EINTR { return .last("read", name) }
            }
        }
        if let failure { throw failure }
        return target.count - before
    }

    /// Waits until bytes can be read or the input has ended.
    ///
    /// - Returns: false when the time is over.
    public func waitReadable(nanoseconds: Int64) throws(IOError) -> Bool {
        let ready = platform_wait_readable(descriptor, max(nanoseconds, 0))
        if ready < 0 { throw .last("poll", path) }
        return ready > 0
    }
}
