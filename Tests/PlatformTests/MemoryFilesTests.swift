import Foundation
import Platform
import Testing

/// Runs the same contract against the real and the simulated file system.
@Suite struct FileSystemTests {
    static func temporary() throws -> String {
        let files = LiveFiles()
        let seed = try SystemRandom.seed()
        let path = "/tmp/earshot-test-\(seed)"
        try files.makeDirectory(path)
        return path
    }

    static func clean(_ path: String) throws {
        try FileManager.default.removeItem(atPath: path)
    }

    static func text(_ path: String, _ files: any FileSystem) throws -> String? {
        try files.contents(of: path, limit: 1000).map { String(decoding: $0, as: UTF8.self) }
    }

    static func contract(_ files: any FileSystem, _ root: String) throws {
        let file = try files.createExclusive("\(root)/.a")
        try files.append(Array("hello ".utf8).span, to: file)
        try files.reserve(file, bytes: 4096)
        try files.append(Array("world".utf8).span, to: file)
        #expect(try files.size(of: file) == 11)
        try files.truncate(file, to: 5)
        try files.append(Array("!".utf8).span, to: file)
        try files.syncData(file)
        files.close(file)
        #expect(throws: IOError(call: "open", path: "\(root)/.a", errno: IOError.existing)) {
            try files.createExclusive("\(root)/.a")
        }
        try files.rename("\(root)/.a", to: "\(root)/a")
        try files.syncDirectory(root)
        #expect(try files.names(in: root) == ["a"])
        #expect(try text("\(root)/a", files) == "hello!")
        #expect(try text("\(root)/b", files) == nil)
        #expect(try files.status("\(root)/a")?.size == 6)
        #expect(try files.status("\(root)/a")?.mode == 0o600)
        #expect(try files.status("\(root)/b") == nil)
        try files.link("\(root)/a", to: "\(root)/b")
        try files.remove("\(root)/a")
        #expect(try text("\(root)/b", files) == "hello!")
        let again = try files.openForWriting("\(root)/b")
        try files.append(Array("?".utf8).span, to: again)
        files.close(again)
        #expect(try text("\(root)/b", files) == "hello!?")
        #expect(throws: IOError.self) { try files.contents(of: "\(root)/b", limit: 3) }
        #expect(try files.freeSpace(root).totalBytes > 0)
        guard case .held(let lock) = try files.tryLock("\(root)/l", content: "12\n") else {
            Issue.record("a free lock is to be had")
            return
        }
        #expect(try files.tryLock("\(root)/l", content: "13\n") == .heldBy("12\n"))
        files.close(lock)
        guard case .held(let next) = try files.tryLock("\(root)/l", content: "14\n") else {
            Issue.record("a lock given up is to be had")
            return
        }
        files.close(next)
    }

    @Test func `the simulated file system keeps the contract`() throws {
        let files = MemoryFiles()
        try files.makeDirectory("/s")
        try Self.contract(files, "/s")
    }

    @Test func `the real file system keeps the contract`() throws {
        let path = try Self.temporary()
        let files = LiveFiles()
        defer { try? Self.clean(path) }
        try Self.contract(files, path)
    }

    @Test func `a symbolic link is not followed`() throws {
        let files = MemoryFiles()
        try files.makeDirectory("/s")
        files.plantLink("/s/x", to: "/etc/passwd")
        #expect(throws: IOError.self) { try files.openForReading("/s/x") }
        #expect(try files.status("/s/x")?.kind == .symbolicLink)
    }

    @Test func `an error reads like a sentence for an operator`() {
        let error = IOError(call: "rename", path: "/spool/x", errno: IOError.noSpace)
        #expect(error.description == "rename /spool/x: No space left on device (28)")
        #expect(error.isOutOfSpace)
    }
}

@Suite struct MemoryFilesTests {
    @Test func `what was not flushed may be gone after a power cut, what was is there`() throws {
        var lost = 0
        var kept = 0
        for seed in 0..<200 {
            let files = MemoryFiles()
            try files.makeDirectory("/s")
            let file = try files.createExclusive("/s/a")
            try files.append([1, 2, 3].span, to: file)
            try files.syncData(file)
            try files.syncDirectory("/s")
            try files.append([4, 5, 6].span, to: file)
            try files.rename("/s/a", to: "/s/b")
            files.powerCut(seed: UInt64(seed))
            let bytes = try #require(files.bytes("/s/a") ?? files.bytes("/s/b"))
            #expect(bytes.starts(with: [1, 2, 3]))
            #expect(files.paths.count == 1)
            if bytes.count == 6, files.paths == ["/s/b"] { kept += 1 } else { lost += 1 }
        }
        #expect(lost > 0 && kept > 0, "lost \(lost), kept \(kept)")
    }

    @Test func `a flush that failed once makes nothing durable later`() throws {
        let files = MemoryFiles()
        try files.makeDirectory("/s")
        let file = try files.createExclusive("/s/a")
        try files.syncDirectory("/s")
        try files.append([1].span, to: file)
        files.fail(atCall: 1, errno: IOError.inputOutput, named: "fdatasync")
        #expect(throws: IOError.self) { try files.syncData(file) }
        try files.syncData(file)
        files.powerCut(seed: 1)
        #expect(files.bytes("/s/a") == [])
    }

    @Test func `a stopped process tears its write and does nothing more`() throws {
        let files = MemoryFiles()
        try files.makeDirectory("/s")
        let file = try files.createExclusive("/s/a")
        files.stop(atCall: 1)
        #expect(throws: IOError.self) { try files.append([1, 2, 3, 4].span, to: file) }
        #expect(throws: IOError.self) { try files.syncData(file) }
        #expect(throws: IOError.self) { try files.status("/s/a") }
        files.restart()
        #expect(files.bytes("/s/a") == [1, 2])
    }

    @Test func `short writes are gone on with`() throws {
        let files = MemoryFiles()
        files.makeWritesShort(seed: 7)
        try files.makeDirectory("/s")
        let file = try files.createExclusive("/s/a")
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        try files.append(bytes.span, to: file)
        #expect(files.bytes("/s/a") == bytes)
    }

    @Test func `a full disk takes what fits and refuses the rest`() throws {
        let files = MemoryFiles()
        files.setCapacity(bytes: 3)
        try files.makeDirectory("/s")
        let file = try files.createExclusive("/s/a")
        #expect(throws: IOError(call: "write", path: "/s/a", errno: IOError.noSpace)) {
            try files.append([1, 2, 3, 4].span, to: file)
        }
        #expect(files.bytes("/s/a") == [1, 2, 3])
    }
}
