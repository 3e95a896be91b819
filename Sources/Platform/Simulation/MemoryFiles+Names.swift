// The simulated file system: names, faults, helpers.

import Glibc
import Synchronization

extension MemoryFiles {
    /// Renames a file, replacing what has the new name.
    public func rename(_ path: String, to other: String) throws(IOError) {
        try run("rename", path, changes: true) { disk throws(IOError) in
            try disk.requireDirectory(of: other, "rename")
            guard let node = disk.names[path] else {
                throw IOError(call: "rename", path: path, errno: ENOENT)
            }
            disk.change(
                [MemoryDisk.parent(path), MemoryDisk.parent(other)], unbind: [path],
                bind: [(other, node)])
        }
    }

    /// Gives a file a second name.
    public func link(_ path: String, to other: String) throws(IOError) {
        try run("link", other, changes: true) { disk throws(IOError) in
            guard let node = disk.names[path] else {
                throw IOError(call: "link", path: path, errno: ENOENT)
            }
            guard disk.names[other] == nil else {
                throw IOError(call: "link", path: other, errno: EEXIST)
            }
            disk.change([MemoryDisk.parent(other)], unbind: [], bind: [(other, node)])
        }
    }

    /// Removes a name.
    public func remove(_ path: String) throws(IOError) {
        try run("unlink", path, changes: true) { disk throws(IOError) in
            guard disk.names[path] != nil else {
                throw IOError(call: "unlink", path: path, errno: ENOENT)
            }
            disk.change([MemoryDisk.parent(path)], unbind: [path], bind: [])
        }
    }

    /// Makes a directory's names durable.
    public func syncDirectory(_ path: String) throws(IOError) {
        try run("fsync", path, changes: true) { disk throws(IOError) in
            guard disk.directories.contains(path) else {
                throw IOError(call: "open", path: path, errno: ENOENT)
            }
            disk.syncDirectory(path)
        }
    }

    /// Makes a directory for the owner alone.
    public func makeDirectory(_ path: String) throws(IOError) {
        try run("mkdir", path, changes: true) { disk throws(IOError) in
            if disk.links[path] != nil { return }
            try disk.requireDirectory(of: path, "mkdir")
            disk.directories.insert(path)
        }
    }

    /// Calls `body` with each name in a directory until it returns false.
    public func forEachName(in path: String, _ body: (String) -> Bool) throws(IOError) {
        let names = try run("readdir", path, changes: false) { disk throws(IOError) -> [String] in
            guard disk.directories.contains(path) else {
                throw IOError(call: "readdir", path: path, errno: ENOENT)
            }
            let all = Set(disk.names.keys).union(disk.directories).union(disk.links.keys)
            let here = all.filter { $0 != path && MemoryDisk.parent($0) == path }
            // No order is promised: the reverse one finds who relies on it.
            return here.sorted().reversed().map { String($0.dropFirst(path.count + 1)) }
        }
        for name in names where !body(name) { return }
    }

    /// What a path names; nil when nothing.
    public func status(_ path: String) throws(IOError) -> FileStatus? {
        try run("lstat", path, changes: false) { disk throws(IOError) -> FileStatus? in
            let owner = disk.owners[path] ?? disk.user
            if disk.links[path] != nil {
                return FileStatus(
                    kind: .symbolicLink, mode: 0o777, owner: owner, size: 0,
                    modifiedNanoseconds: 0)
            }
            if disk.directories.contains(path) {
                return FileStatus(
                    kind: .directory, mode: 0o700, owner: owner, size: 0, modifiedNanoseconds: 0)
            }
            guard let node = disk.names[path].flatMap({ disk.nodes[$0] }) else { return nil }
            return FileStatus(
                kind: .file, mode: 0o600, owner: owner, size: Int64(node.current.count),
                modifiedNanoseconds: node.modifiedNanoseconds)
        }
    }

    /// The room left where a path lies.
    public func freeSpace(_ path: String) throws(IOError) -> FreeSpace {
        try run("statvfs", path, changes: false) { disk throws(IOError) in
            FreeSpace(
                availableBytes: disk.capacityBytes - min(disk.capacityBytes, disk.usedBytes),
                totalBytes: disk.capacityBytes)
        }
    }

    /// Takes a lock file, or says who holds it.
    public func tryLock(_ path: String, content: String) throws(IOError) -> LockAttempt {
        try run("flock", path, changes: true) { disk throws(IOError) -> LockAttempt in
            try disk.requireDirectory(of: path, "open")
            let number: Int
            if let found = disk.names[path] {
                number = found
            } else {
                number = disk.makeNode()
                disk.change([MemoryDisk.parent(path)], unbind: [], bind: [(path, number)])
            }
            if disk.locks[number] != nil {
                let holder = disk.nodes[number]?.current ?? []
                return .heldBy(String(decoding: holder, as: UTF8.self))
            }
            let file = disk.open(number, path)
            disk.locks[number] = file.descriptor
            disk.nodes[number]?.current = Array(content.utf8)
            return .held(file)
        }
    }

    /// Performs a call on the disk, or the fault that is due.
    func run<Result>(
        _ call: String, _ path: String, changes: Bool,
        _ body: (inout MemoryDisk) throws(IOError) -> Result,
        torn: (inout MemoryDisk) -> Void = { _ in },
        failing: (inout MemoryDisk) -> Void = { _ in }
    ) throws(IOError) -> Result {
        // A mutex does not carry a typed error of a generic result: it is carried by hand.
        let outcome = disk.withLock { disk -> Swift.Result<Result, IOError> in
            if disk.isStopped {
                return .failure(IOError(call: call, path: path, errno: MemoryFiles.stopped))
            }
            if changes { disk.calls += 1 }
            if changes, var fault = disk.fault, fault.name == nil || fault.name == call {
                fault.counted += 1
                let isStruck = fault.counted >= fault.call
                if isStruck { fault.times -= 1 }
                disk.fault = fault.times > 0 ? fault : nil
                if isStruck {
                    guard let number = fault.errno else {
                        torn(&disk)
                        disk.isStopped = true
                        return .failure(
                            IOError(call: call, path: path, errno: MemoryFiles.stopped))
                    }
                    failing(&disk)
                    return .failure(IOError(call: call, path: path, errno: number))
                }
            }
            do throws(IOError) {
                return .success(try body(&disk))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }
}

extension MemoryDisk {
    mutating func makeNode() -> Int {
        let number = nextNode
        nextNode += 1
        nodes[number] = MemoryNode(modifiedNanoseconds: wallNanoseconds)
        return number
    }

    mutating func open(_ node: Int, _ path: String) -> OpenFile {
        let descriptor = nextHandle
        nextHandle += 1
        handles[descriptor] = node
        return OpenFile(descriptor: descriptor, path: path)
    }

    func node(of file: OpenFile, _ call: String) throws(IOError) -> MemoryNode {
        guard let number = handles[file.descriptor], let node = nodes[number] else {
            throw IOError(call: call, path: file.path, errno: EBADF)
        }
        return node
    }

    mutating func put(_ node: MemoryNode, _ file: OpenFile) {
        if let number = handles[file.descriptor] { nodes[number] = node }
    }

    mutating func write(_ bytes: [UInt8], _ file: OpenFile) throws(IOError) -> Int {
        var node = try node(of: file, "write")
        if bytes.isEmpty { return 0 }
        let left = capacityBytes - min(capacityBytes, usedBytes)
        var count = min(bytes.count, Int(clamping: left))
        guard count > 0 else { throw IOError(call: "write", path: file.path, errno: ENOSPC) }
        if shortWrites != nil {
            count = 1 + Int((shortWrites?.next() ?? 0) % UInt64(count))
        }
        node.current += bytes.prefix(count)
        node.modifiedNanoseconds = wallNanoseconds
        put(node, file)
        return count
    }

    func requireDirectory(of path: String, _ call: String) throws(IOError) {
        guard directories.contains(MemoryDisk.parent(path)) else {
            throw IOError(call: call, path: path, errno: ENOENT)
        }
    }
}
