// The real file system. Every call that EINTR may end is repeated here.

import CPlatform
import Glibc

/// The file system of the machine.
public struct LiveFiles: FileSystem {
    /// Gives access to the machine's files.
    public init() {}

    /// The user this process acts for.
    public var currentUser: UInt32 { geteuid() }

    /// Creates a file that must not exist yet.
    public func createExclusive(_ path: String) throws(IOError) -> OpenFile {
        // SAFETY: the path is passed as a zero-ended copy for the call only.
        try opened(unsafe platform_create_exclusive(path), "open", path)
    }

    /// Opens a file for reading.
    public func openForReading(_ path: String) throws(IOError) -> OpenFile {
        // SAFETY: the path is passed as a zero-ended copy for the call only.
        try opened(unsafe platform_open_reading(path), "open", path)
    }

    /// Opens a file for writing.
    public func openForWriting(_ path: String) throws(IOError) -> OpenFile {
        // SAFETY: the path is passed as a zero-ended copy for the call only.
        let file = try opened(unsafe platform_open_writing(path), "open", path)
        if lseek(file.descriptor, 0, SEEK_END) < 0 {
            let error = IOError.last("lseek", path)
            close(file)
            throw error
        }
        return file
    }

    private func opened(
        _ descriptor: Int32, _ call: String, _ path: String
    ) throws(IOError) -> OpenFile {
        if descriptor < 0 { throw .last(call, path) }
        return OpenFile(descriptor: descriptor, path: path)
    }

    /// Writes bytes; returns how many were taken where that may be fewer.
    public func write(_ bytes: Span<UInt8>, to file: OpenFile) throws(IOError) -> Int {
        if bytes.isEmpty { return 0 }
        while true {
            // SAFETY: write(2) reads `count` bytes from the span's start, for the call only.
            let written = unsafe bytes.withUnsafeBytes { raw in
                unsafe Glibc.write(file.descriptor, raw.baseAddress, raw.count)
            }
            if written >= 0 { return written }
            if errno != EINTR { throw .last("write", file.path) }
        }
    }

    /// Reads bytes at an offset; none at the end.
    public func read(
        _ file: OpenFile, at offset: UInt64, into target: inout OutputSpan<UInt8>
    ) throws(IOError) -> Int {
        guard let position = Int(exactly: offset) else { return 0 }
        let before = target.count
        // SAFETY: pread(2) fills at most the room behind what is initialized, and the count grows
        // by what it says it filled.
        let failure: IOError? = unsafe target.withUnsafeMutableBufferPointer {
            buffer, count -> IOError? in
            guard let start = buffer.baseAddress else { return nil }
            while true {
                let got = unsafe pread(
                    file.descriptor, start + count, buffer.count - count, position)
                if got >= 0 {
                    count += got
                    return nil
                }
                if errno != EINTR { return .last("pread", file.path) }
            }
        }
        if let failure { throw failure }
        return target.count - before
    }

    /// Reserves room on the disk.
    public func reserve(_ file: OpenFile, bytes: Int64) throws(IOError) {
        let end = try size(of: file)
        guard bytes > 0, platform_reserve(file.descriptor, Int64(end), bytes) < 0 else { return }
        // Some file systems cannot: the reservation is a favour, not a promise.
        if errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL { return }
        throw .last("fallocate", file.path)
    }

    /// Asks the kernel to begin writing out.
    public func startWriteback(_ file: OpenFile, from offset: UInt64, count: UInt64) {
        guard let offset = Int64(exactly: offset), let count = Int64(exactly: count) else { return }
        // A hint: what fails here shows in syncData, which is the promise.
        _ = platform_start_writeback(file.descriptor, offset, count)
    }

    /// Makes a file's bytes durable.
    public func syncData(_ file: OpenFile) throws(IOError) {
        while fdatasync(file.descriptor) < 0 {
            if errno != EINTR { throw .last("fdatasync", file.path) }
        }
    }

    /// Sets the length of a file.
    public func truncate(_ file: OpenFile, to size: UInt64) throws(IOError) {
        while ftruncate(file.descriptor, Int(clamping: size)) < 0 {
            if errno != EINTR { throw .last("ftruncate", file.path) }
        }
        if lseek(file.descriptor, 0, SEEK_END) < 0 { throw .last("lseek", file.path) }
    }

    /// The length of a file.
    public func size(of file: OpenFile) throws(IOError) -> UInt64 {
        var status = platform_status()
        // SAFETY: the call fills the struct it is given.
        if unsafe platform_status_of_file(file.descriptor, &status) < 0 {
            throw .last("fstat", file.path)
        }
        return UInt64(clamping: status.size)
    }

    /// Closes a file.
    public func close(_ file: OpenFile) { _ = Glibc.close(file.descriptor) }
}
