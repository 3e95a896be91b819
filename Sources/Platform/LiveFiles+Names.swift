// The real file system: names and directories.

import CPlatform
import Glibc

extension LiveFiles {
    /// Renames a file, replacing what has the new name.
    public func rename(_ path: String, to other: String) throws(IOError) {
        // SAFETY: the paths are passed as zero-ended copies for the call only.
        if unsafe Glibc.rename(path, other) < 0 { throw .last("rename", path) }
    }

    /// Gives a file a second name.
    public func link(_ path: String, to other: String) throws(IOError) {
        // SAFETY: the paths are passed as zero-ended copies for the call only.
        if unsafe Glibc.link(path, other) < 0 { throw .last("link", other) }
    }

    /// Removes a name.
    public func remove(_ path: String) throws(IOError) {
        // SAFETY: the path is passed as a zero-ended copy for the call only.
        if unsafe unlink(path) < 0 { throw .last("unlink", path) }
    }

    /// Makes a directory's names durable.
    public func syncDirectory(_ path: String) throws(IOError) {
        // SAFETY: the path is passed as a zero-ended copy for the call only.
        let descriptor = unsafe platform_open_directory(path)
        if descriptor < 0 { throw .last("open", path) }
        defer { _ = Glibc.close(descriptor) }
        while fsync(descriptor) < 0 {
            if errno != EINTR { throw .last("fsync", path) }
        }
    }

    /// Makes a directory for the owner alone.
    public func makeDirectory(_ path: String) throws(IOError) {
        // SAFETY: the path is passed as a zero-ended copy for the call only.
        if unsafe mkdir(path, 0o700) < 0, errno != EEXIST { throw .last("mkdir", path) }
    }

    /// Calls `body` with each name in a directory until it returns false.
    public func forEachName(in path: String, _ body: (String) -> Bool) throws(IOError) {
        // SAFETY: the closure's box is passed as context and used during the call only; names are
        // zero-ended strings that are copied.
        let result = withoutActuallyEscaping(body) { body in
            var context = NameVisitor(body: body)
            return unsafe withUnsafeMutablePointer(to: &context) { pointer in
                unsafe platform_list_directory(path, pointer) { context, name in
                    guard let visitor = unsafe context?.assumingMemoryBound(to: NameVisitor.self)
                    else { return 1 }
                    return unsafe visitor.pointee.body(String(cString: name)) ? 0 : 1
                }
            }
        }
        if result < 0 { throw .last("readdir", path) }
    }

    /// What a path names; nil when nothing.
    public func status(_ path: String) throws(IOError) -> FileStatus? {
        var status = platform_status()
        // SAFETY: the call fills the struct it is given.
        if unsafe platform_status_of_path(path, &status) < 0 {
            if errno == ENOENT { return nil }
            throw .last("lstat", path)
        }
        return FileStatus(
            kind: FileKind(modeBits: status.kind), mode: status.mode, owner: status.owner,
            size: status.size, modifiedNanoseconds: status.modified_nanoseconds)
    }

    /// The room left where a path lies.
    public func freeSpace(_ path: String) throws(IOError) -> FreeSpace {
        var available: UInt64 = 0
        var total: UInt64 = 0
        // SAFETY: the call fills the two integers it is given.
        if unsafe platform_free_space(path, &available, &total) < 0 { throw .last("statvfs", path) }
        return FreeSpace(availableBytes: available, totalBytes: total)
    }

    /// Takes a lock file, or says who holds it.
    public func tryLock(_ path: String, content: String) throws(IOError) -> LockAttempt {
        // SAFETY: the path is passed as a zero-ended copy for the call only.
        let descriptor = unsafe platform_open_lock(path)
        if descriptor < 0 { throw .last("open", path) }
        let file = OpenFile(descriptor: descriptor, path: path)
        if platform_try_lock(descriptor) < 0 {
            let reason = errno
            close(file)
            guard reason == EWOULDBLOCK else {
                throw IOError(call: "flock", path: path, errno: reason)
            }
            let holder = try contents(of: path, limit: 4096) ?? []
            return .heldBy(String(decoding: holder, as: UTF8.self))
        }
        do throws(IOError) {
            try truncate(file, to: 0)
            try append(Array(content.utf8).span, to: file)
        } catch {
            close(file)
            throw error
        }
        return .held(file)
    }
}

private struct NameVisitor {
    let body: (String) -> Bool
}

extension FileKind {
    init(modeBits: UInt32) {
        switch modeBits {
        case UInt32(S_IFREG): self = .file
        case UInt32(S_IFDIR): self = .directory
        case UInt32(S_IFLNK): self = .symbolicLink
        default: self = .other
        }
    }
}
