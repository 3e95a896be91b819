// A file system in memory for tests: deterministic, with every fault a disk has. Directories are
// durable as soon as they are made; everything else only when it was flushed.

import Glibc
import Synchronization

/// A simulated file system whose calls can fail, whose process can stop, and whose power can be
/// cut.
public final class MemoryFiles: FileSystem {
    let disk: Mutex<MemoryDisk>

    /// An empty disk.
    public init() { disk = Mutex(MemoryDisk()) }

    /// The error every call throws after the process was stopped.
    public static var stopped: Int32 { ESHUTDOWN }

    /// How many changing calls were made since the start or the last restart.
    public var calls: Int { disk.withLock { $0.calls } }

    /// Fails the changing call number `call` (from 1), with `errno`.
    ///
    /// - Parameters:
    ///   - call: Which call, counted from now on.
    ///   - errno: The error it throws.
    ///   - name: Counts and strikes only calls of this name (`write`, `fdatasync`, `rename`, …).
    ///   - times: How many such calls fail in a row.
    public func fail(
        atCall call: Int, errno: Int32, named name: String? = nil, times: Int = 1
    ) {
        disk.withLock { disk in
            disk.calls = 0
            disk.fault = MemoryFault(call: call, errno: errno, name: name, times: times)
        }
    }

    /// Stops the process at its changing call number `call` (from 1): a write in progress is torn,
    /// and every later call throws `stopped`.
    public func stop(atCall call: Int) {
        disk.withLock { disk in
            disk.calls = 0
            disk.fault = MemoryFault(call: call, errno: nil, name: nil)
        }
    }

    /// Lets writes take less than they were given.
    public func makeWritesShort(seed: UInt64) {
        disk.withLock { $0.shortWrites = SplitMix(seed: seed) }
    }

    /// Sets the size of the disk: writes fail with ENOSPC beyond it.
    public func setCapacity(bytes: UInt64) { disk.withLock { $0.capacityBytes = bytes } }

    /// Sets the time files are changed at.
    public func setTime(wallNanoseconds: Int64) {
        disk.withLock { $0.wallNanoseconds = wallNanoseconds }
    }

    /// Ends the process; what it wrote stays, flushed or not. Faults are cleared.
    public func restart() { disk.withLock { $0.dropProcess() } }

    /// Cuts the power: what was not flushed may be gone, torn or there. Faults are cleared.
    public func powerCut(seed: UInt64) {
        disk.withLock { disk in
            var random = SplitMix(seed: seed)
            disk.cutPower(&random)
        }
    }

    /// The bytes of a file as a reader sees them; nil when there is none.
    public func bytes(_ path: String) -> [UInt8]? {
        disk.withLock { disk in disk.names[path].flatMap { disk.nodes[$0]?.current } }
    }

    /// Replaces a file's bytes, durably: damage from outside.
    public func overwrite(_ path: String, with bytes: [UInt8]) {
        disk.withLock { disk in
            let number = disk.names[path] ?? disk.makeNode()
            disk.names[path] = number
            disk.durableNames[path] = number
            disk.nodes[number]?.current = bytes
            disk.nodes[number]?.durable = bytes
        }
    }

    /// Makes reading a file fail with EIO from an offset on; nil mends it.
    public func breakReading(_ path: String, from offset: UInt64?) {
        disk.withLock { $0.badSectors[path] = offset }
    }

    /// Puts a symbolic link there.
    public func plantLink(_ path: String, to target: String) {
        disk.withLock { $0.links[path] = target }
    }

    /// Gives a path to another user.
    public func setOwner(_ path: String, _ user: UInt32) {
        disk.withLock { $0.owners[path] = user }
    }

    /// All paths of files, sorted.
    public var paths: [String] { disk.withLock { $0.names.keys.sorted() } }

    /// The user this process acts for.
    public var currentUser: UInt32 { disk.withLock { $0.user } }

    /// Creates a file that must not exist yet.
    public func createExclusive(_ path: String) throws(IOError) -> OpenFile {
        try run("open", path, changes: true) { disk throws(IOError) in
            try disk.requireDirectory(of: path, "open")
            guard disk.names[path] == nil, disk.links[path] == nil else {
                throw IOError(call: "open", path: path, errno: EEXIST)
            }
            let node = disk.makeNode()
            disk.change([MemoryDisk.parent(path)], unbind: [], bind: [(path, node)])
            return disk.open(node, path)
        }
    }

    /// Opens a file for reading.
    public func openForReading(_ path: String) throws(IOError) -> OpenFile {
        try run("open", path, changes: false) { disk throws(IOError) in
            if disk.links[path] != nil { throw IOError(call: "open", path: path, errno: ELOOP) }
            guard let node = disk.names[path] else {
                throw IOError(call: "open", path: path, errno: ENOENT)
            }
            return disk.open(node, path)
        }
    }

    /// Opens a file for writing.
    public func openForWriting(_ path: String) throws(IOError) -> OpenFile {
        try openForReading(path)
    }

    /// Writes bytes; returns how many were taken where that may be fewer.
    public func write(_ bytes: Span<UInt8>, to file: OpenFile) throws(IOError) -> Int {
        var copy: [UInt8] = []
        copy.reserveCapacity(bytes.count)
        for index in bytes.indices { copy.append(bytes[index]) }
        let whole = copy
        return try run("write", file.path, changes: true) { disk throws(IOError) in
            try disk.write(whole, file)
        } torn: { disk in
            // The process stops in the middle of a write.
            _ = try? disk.write(Array(whole.prefix(whole.count / 2)), file)
        }
    }

    /// Reads bytes at an offset; none at the end.
    public func read(
        _ file: OpenFile, at offset: UInt64, into target: inout OutputSpan<UInt8>
    ) throws(IOError) -> Int {
        let room = target.freeCapacity
        let piece = try run("pread", file.path, changes: false) { disk throws(IOError) -> [UInt8] in
            let bytes = try disk.node(of: file, "pread").current
            guard offset < UInt64(bytes.count) else { return [] }
            let start = Int(offset)
            let end = min(bytes.count, start + room)
            guard let bad = disk.badSectors[file.path], UInt64(end) > bad else {
                return Array(bytes[start..<end])
            }
            guard offset < bad else { throw IOError(call: "pread", path: file.path, errno: EIO) }
            return Array(bytes[start..<Int(bad)])
        }
        for byte in piece { target.append(byte) }
        return piece.count
    }

    /// Reserves room on the disk.
    public func reserve(_ file: OpenFile, bytes: Int64) throws(IOError) {
        try run("fallocate", file.path, changes: true) { disk throws(IOError) in
            let left = disk.capacityBytes - min(disk.capacityBytes, disk.usedBytes)
            if UInt64(clamping: bytes) > left {
                throw IOError(call: "fallocate", path: file.path, errno: ENOSPC)
            }
        }
    }

    /// Asks the kernel to begin writing out.
    public func startWriteback(_ file: OpenFile, from offset: UInt64, count: UInt64) {}

    /// Makes a file's bytes durable.
    public func syncData(_ file: OpenFile) throws(IOError) {
        try run("fdatasync", file.path, changes: true) { disk throws(IOError) in
            var node = try disk.node(of: file, "fdatasync")
            if !node.isPoisoned { node.durable = node.current }
            disk.put(node, file)
        } failing: { disk in
            if var node = try? disk.node(of: file, "fdatasync") {
                node.isPoisoned = true
                disk.put(node, file)
            }
        }
    }

    /// Sets the length of a file.
    public func truncate(_ file: OpenFile, to size: UInt64) throws(IOError) {
        try run("ftruncate", file.path, changes: true) { disk throws(IOError) in
            var node = try disk.node(of: file, "ftruncate")
            let size = Int(size)
            if size <= node.current.count {
                node.current.removeLast(node.current.count - size)
            } else {
                node.current += [UInt8](repeating: 0, count: size - node.current.count)
            }
            disk.put(node, file)
        }
    }

    /// The length of a file.
    public func size(of file: OpenFile) throws(IOError) -> UInt64 {
        try run("fstat", file.path, changes: false) { disk throws(IOError) in
            UInt64(try disk.node(of: file, "fstat").current.count)
        }
    }

    /// Closes a file.
    public func close(_ file: OpenFile) {
        disk.withLock { disk in
            guard let node = disk.handles.removeValue(forKey: file.descriptor) else { return }
            if disk.locks[node] == file.descriptor { disk.locks[node] = nil }
        }
    }
}
