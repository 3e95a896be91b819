// Records into files, exactly once across crashes: the cursor remembers file and length, and what
// lies behind that length after a crash is cut off before the same lines are written again.
//
// In a directory a file is written under a hidden name and gets its name `calls-<lane>-<sequence>-
// <line>.ndjson` (of its first record) when it is finished: at a size, at an age, or at a clean
// end. Order at the end of a file: synced, cursor written with its whole length, renamed. A crash
// between the last two leaves a hidden file that the next start renames or goes on with.

import Bytes
import Compression
public import Platform

/// Writes call records to files.
public final class FileSink: Sink {
    private struct Current {
        var file: OpenFile
        /// The name it has or will have.
        var path: String
        var byteCount: UInt64
        var begunNanoseconds: Int64
    }

    private let address: FileAddress
    private let files: any FileSystem
    private let time: any TimeSource
    private var current: Current?
    /// Finished once its length is in the cursor.
    private var isFull = false
    /// Set when a failed write could not be taken back.
    private var needsTruncation = false
    private var gzip = ZlibWriter(format: .gzip, level: 6)
    private var lz4 = LZ4FrameWriter()
    private var packed = ByteBuffer()

    /// Creates a sink; nothing is opened before the first batch or `rewind`.
    public init(_ address: FileAddress, files: any FileSystem, time: any TimeSource) {
        self.address = address
        self.files = files
        self.time = time
    }

    // Sending.

    /// Appends lines to the current file.
    public func send(_ lines: Span<UInt8>, batch: BatchIdentity) -> SinkAnswer {
        do throws(IOError) {
            try append(lines, batch)
            return .accepted
        } catch {
            return answer(to: error)
        }
    }

    private func answer(to error: IOError) -> SinkAnswer {
        switch ExitCode(for: error) {
        case .noPermission, .noInput: .pause(reason: "\(error)")
        default: .retry(reason: "\(error)", afterNanoseconds: nil)
        }
    }

    private func append(_ lines: Span<UInt8>, _ batch: BatchIdentity) throws(IOError) {
        if current == nil { current = try begin(batch) }
        guard let open = current else { return }
        if needsTruncation {
            try files.truncate(open.file, to: open.byteCount)
            needsTruncation = false
        }
        do throws(IOError) {
            switch address.compression {
            case .none:
                try files.append(lines, to: open.file)
                current?.byteCount += UInt64(lines.count)
            case .gzip, .lz4:
                pack(lines)
                try files.append(packed.span, to: open.file)
                current?.byteCount += UInt64(packed.count)
            }
        } catch {
            // Half a batch must not stay: it would stand there twice after the repetition.
            needsTruncation = true
            throw error
        }
    }

    /// Compresses one batch into a gzip member or LZ4 frames of its own: a file may be cut between.
    private func pack(_ lines: Span<UInt8>) {
        packed.removeAll()
        if address.compression == .gzip {
            gzip.compress(lines, into: &packed)
            gzip.finish(into: &packed)
        } else {
            lz4.compress(lines, into: &packed)
            lz4.endFrame(into: &packed)
        }
    }

    private func begin(_ batch: BatchIdentity) throws(IOError) -> Current {
        guard address.isDirectory else { return try beginFile() }
        let path = "\(address.path)/\(name(of: batch))\(address.compression.suffix)"
        let hidden = FileSink.hidden(path)
        try makeParents(of: path)
        // A leftover that no cursor remembers: its lines will be written again.
        if try files.status(hidden) != nil { try files.remove(hidden) }
        let file = try files.createExclusive(hidden)
        try files.syncDirectory(FileSink.parent(of: path))
        return Current(
            file: file, path: path, byteCount: 0, begunNanoseconds: time.monotonicNanoseconds())
    }

    /// Opens the one file, to be continued where it ends.
    private func beginFile() throws(IOError) -> Current {
        try makeParents(of: address.path)
        let file = try openOrCreate(address.path)
        let size = try files.size(of: file)
        return Current(
            file: file, path: address.path, byteCount: size,
            begunNanoseconds: time.monotonicNanoseconds())
    }

    private func openOrCreate(_ path: String) throws(IOError) -> OpenFile {
        do throws(IOError) {
            return try files.openForWriting(path)
        } catch {
            guard error.isMissing else { throw error }
            let file = try files.createExclusive(path)
            try files.syncDirectory(FileSink.parent(of: path))
            return file
        }
    }

    // Settling.

    /// Syncs the current file.
    public func settle() throws(SinkError) -> SinkMark? {
        guard let open = current else { return nil }
        do throws(IOError) {
            try files.syncData(open.file)
        } catch { throw SinkError("\(error)") }
        return SinkMark(path: open.path, byteCount: open.byteCount)
    }

    /// Finishes a file that is large or old enough. The runner settles first: the cursor then holds
    /// the whole length, so that the rename may happen before or after a crash.
    public func tend() throws(SinkError) -> Bool {
        guard address.isDirectory, let open = current, open.byteCount > 0 else { return false }
        let age = time.monotonicNanoseconds() - open.begunNanoseconds
        guard open.byteCount >= UInt64(address.rotateBytes) || age >= address.rotateNanoseconds
        else { return false }
        try finish(open)
        return true
    }

    private func finish(_ open: Current) throws(SinkError) {
        do throws(IOError) {
            try files.rename(FileSink.hidden(open.path), to: open.path)
            try files.syncDirectory(FileSink.parent(of: open.path))
        } catch { throw SinkError("\(error)") }
        files.close(open.file)
        current = nil
    }

    /// Finishes the current file of a directory; the runner has settled before.
    public func close() throws(SinkError) {
        guard let open = current else { return }
        if address.isDirectory && open.byteCount > 0 {
            try finish(open)
        } else {
            files.close(open.file)
            current = nil
        }
    }

    // Going back.

    /// Opens the file the cursor remembers and cuts off what it does not know of.
    public func rewind(to mark: SinkMark?) throws(SinkError) {
        if let open = current {
            files.close(open.file)
            current = nil
        }
        needsTruncation = false
        do throws(IOError) {
            guard let mark else {
                // One file: its length now is what the cursor must remember before the first line.
                if !address.isDirectory { current = try beginFile() }
                return
            }
            let hidden = address.isDirectory ? FileSink.hidden(mark.path) : mark.path
            // Renamed already, or taken away by its reader: a new file is begun.
            guard try files.status(hidden) != nil else {
                if !address.isDirectory { current = try beginFile() }
                return
            }
            let file = try files.openForWriting(hidden)
            let size = try files.size(of: file)
            // Shorter than remembered: somebody else emptied it. It goes on where it ends.
            if size > mark.byteCount { try files.truncate(file, to: mark.byteCount) }
            current = Current(
                file: file, path: mark.path, byteCount: min(size, mark.byteCount),
                begunNanoseconds: time.monotonicNanoseconds())
        } catch { throw SinkError("\(error)") }
    }

    // Names.

    func name(of batch: BatchIdentity) -> String {
        "\(address.stem)-\(batch.lane)-\(FileSink.padded(batch.sequence, 12))-"
            + "\(FileSink.padded(batch.firstLine, 8)).ndjson"
    }

    private static func padded(_ number: UInt64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    static func hidden(_ path: String) -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let name = parts.last.map(String.init) ?? path
        return
            "\(parts.dropLast().joined(separator: "/"))\(parts.count > 1 ? "/" : "").\(name).open"
    }

    static func parent(of path: String) -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        if parts.isEmpty { return "." }
        let joined = parts.joined(separator: "/")
        return joined.isEmpty ? "/" : joined
    }

    private func makeParents(of path: String) throws(IOError) {
        let parts = FileSink.parent(of: path).split(
            separator: "/", omittingEmptySubsequences: true)
        var directory = path.hasPrefix("/") ? "" : "."
        for part in parts where part != "." {
            directory += "/\(part)"
            if try files.status(directory) == nil {
                try files.makeDirectory(directory)
                try files.syncDirectory(FileSink.parent(of: directory))
            }
        }
    }
}
