// What the spool asks of a file system, so that a test can stand in for it, fail any call and cut
// the power. Every call is named after its man page in the errors it throws.

/// A file that was opened and must be closed.
public struct OpenFile: Sendable, Hashable {
    /// Its descriptor.
    public let descriptor: Int32
    /// The path it was opened by, for messages.
    public let path: String
    /// Describes an open file.
    public init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }
}

/// What kind of thing a path names.
public enum FileKind: Sendable {
    /// A regular file.
    case file
    /// A directory.
    case directory
    /// A symbolic link.
    case symbolicLink
    /// A pipe, a socket or a device.
    case other
}

/// What is known of a path, symbolic links not followed.
public struct FileStatus: Sendable, Equatable {
    /// What it is.
    public var kind: FileKind
    /// Its permission bits.
    public var mode: UInt32
    /// The user it belongs to.
    public var owner: UInt32
    /// Its size in bytes.
    public var size: Int64
    /// When it was last changed, nanoseconds since 1970.
    public var modifiedNanoseconds: Int64
    /// Describes a path.
    public init(
        kind: FileKind, mode: UInt32, owner: UInt32, size: Int64, modifiedNanoseconds: Int64
    ) {
        self.kind = kind
        self.mode = mode
        self.owner = owner
        self.size = size
        self.modifiedNanoseconds = modifiedNanoseconds
    }
}

/// The room of a file system in bytes.
public struct FreeSpace: Sendable, Equatable {
    /// What may still be written without privileges.
    public var availableBytes: UInt64
    /// Its size.
    public var totalBytes: UInt64
    /// Describes the room.
    public init(availableBytes: UInt64, totalBytes: UInt64) {
        self.availableBytes = availableBytes
        self.totalBytes = totalBytes
    }
}

/// What came of asking for a lock file.
public enum LockAttempt: Sendable, Equatable {
    /// It is held until the file is closed.
    case held(OpenFile)
    /// Another process holds it; this is what it wrote there.
    case heldBy(String)
}

/// The file operations of the spool.
///
/// No operation follows a symbolic link as the last component of its path. Files are made with mode
/// 0600, directories with 0700. What was written is durable only after `syncData`, a name only
/// after `syncDirectory` of its directory.
public protocol FileSystem: Sendable {
    /// Creates a file that must not exist, for reading and writing.
    func createExclusive(_ path: String) throws(IOError) -> OpenFile
    /// Opens a file for reading.
    func openForReading(_ path: String) throws(IOError) -> OpenFile
    /// Opens a file for reading, and for writing at its end.
    func openForWriting(_ path: String) throws(IOError) -> OpenFile
    /// Writes at the end of a file; may write less than it was given.
    ///
    /// - Returns: How many bytes were written, at least 1 when any were given.
    func write(_ bytes: Span<UInt8>, to file: OpenFile) throws(IOError) -> Int
    /// Reads from `offset` on, as much as the target has room for or less.
    ///
    /// - Returns: How many bytes were read; 0 at the end of the file.
    func read(
        _ file: OpenFile, at offset: UInt64, into target: inout OutputSpan<UInt8>
    ) throws(IOError) -> Int
    /// Takes room on the device for bytes that will be written; its size stays. No support is no
    /// error.
    func reserve(_ file: OpenFile, bytes: Int64) throws(IOError)
    /// Asks the device to begin writing a range; nothing is durable by it.
    func startWriteback(_ file: OpenFile, from offset: UInt64, count: UInt64)
    /// Returns when the file's bytes are durable. After an error they are not, whatever a later
    /// call says.
    func syncData(_ file: OpenFile) throws(IOError)
    /// Cuts a file, and gives back room reserved behind its end.
    func truncate(_ file: OpenFile, to size: UInt64) throws(IOError)
    /// The size of an open file.
    func size(of file: OpenFile) throws(IOError) -> UInt64
    /// Closes a file and gives up locks held through it.
    func close(_ file: OpenFile)
    /// Gives a file another name, replacing what had it.
    func rename(_ path: String, to other: String) throws(IOError)
    /// Gives a file a second name that must be free.
    func link(_ path: String, to other: String) throws(IOError)
    /// Removes a file's name.
    func remove(_ path: String) throws(IOError)
    /// Returns when the names in a directory are durable.
    func syncDirectory(_ path: String) throws(IOError)
    /// Makes a directory; its parent must exist. One that is there already is no error.
    func makeDirectory(_ path: String) throws(IOError)
    /// The names in a directory, in no order, until `body` returns false.
    func forEachName(in path: String, _ body: (String) -> Bool) throws(IOError)
    /// What a path names; nil when there is nothing.
    func status(_ path: String) throws(IOError) -> FileStatus?
    /// The room of the file system a path is on.
    func freeSpace(_ path: String) throws(IOError) -> FreeSpace
    /// Opens or makes a lock file and writes `content` to it when no other process holds it.
    func tryLock(_ path: String, content: String) throws(IOError) -> LockAttempt
    /// The user this process runs as.
    var currentUser: UInt32 { get }
}

extension FileSystem {
    /// Writes all of `bytes` at the end of a file.
    public func append(_ bytes: Span<UInt8>, to file: OpenFile) throws(IOError) {
        var offset = 0
        while offset < bytes.count {
            let written = try write(bytes.extracting(offset..<bytes.count), to: file)
            // write(2) makes progress or fails; 0 would make this loop endless.
            guard written > 0 else {
                throw IOError(call: "write", path: file.path, errno: IOError.noProgress)
            }
            offset += written
        }
    }

    /// The names in a directory, sorted.
    public func names(in path: String) throws(IOError) -> [String] {
        var names: [String] = []
        try forEachName(in: path) { name in
            names.append(name)
            return true
        }
        return names.sorted()
    }

    /// Reads a small file whole; nil when there is none.
    ///
    /// - Throws: EFBIG when it holds more than `limit` bytes.
    public func contents(of path: String, limit: Int) throws(IOError) -> [UInt8]? {
        let file: OpenFile
        do throws(IOError) {
            file = try openForReading(path)
        } catch {
            if error.isMissing { return nil }
            throw error
        }
        defer { close(file) }
        let size = try size(of: file)
        guard size <= UInt64(limit) else {
            throw IOError(call: "read", path: path, errno: IOError.tooLarge)
        }
        var bytes: [UInt8] = []
        while bytes.count < Int(size) {
            let start = UInt64(bytes.count)
            var failure: IOError?
            let piece = [UInt8](unsafeUninitializedCapacityOf: Int(size) - bytes.count) { target in
                do throws(IOError) {
                    _ = try read(file, at: start, into: &target)
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
            if piece.isEmpty { break }
            bytes += piece
        }
        return bytes
    }
}
