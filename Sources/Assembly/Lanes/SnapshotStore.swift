// Snapshots as files in state/: written hidden, flushed, renamed; the state file names the one in
// force.

import Bytes
import Platform
import Spool

/// Keeps the snapshots of one lane.
struct SnapshotStore: Sendable {
    let spool: LaneSpool
    let lane: UInt32

    /// The most bytes of a snapshot that is read.
    static let maximumBytes = 4 << 30

    private var prefix: String { "assemble-\(lane)-" }
    private static let suffix = ".snapshot"

    /// The name of the snapshot before a segment.
    func name(before next: UInt64) -> String {
        "\(prefix)\(SegmentName.text(of: next))\(SnapshotStore.suffix)"
    }

    /// Writes a snapshot; it is durable when this returns.
    func write(_ bytes: Span<UInt8>, before next: UInt64) throws(IOError) -> String {
        let name = name(before: next)
        let hidden = spool.layout.statePath(".\(name).new")
        do throws(IOError) {
            try spool.files.remove(hidden)
        } catch {
            if !error.isMissing { throw error }
        }
        let file = try spool.files.createExclusive(hidden)
        do throws(IOError) {
            try spool.files.append(bytes, to: file)
            try spool.files.syncData(file)
        } catch {
            spool.files.close(file)
            throw error
        }
        spool.files.close(file)
        try spool.files.rename(hidden, to: spool.layout.statePath(name))
        try spool.files.syncDirectory(spool.layout.stateDirectory)
        return name
    }

    /// Reads a snapshot; nil when it is gone.
    func read(_ name: String) throws(IOError) -> [UInt8]? {
        try spool.files.contents(
            of: spool.layout.statePath(name), limit: SnapshotStore.maximumBytes)
    }

    /// Removes all snapshots of the lane but one.
    func removeAll(but kept: String?) throws(IOError) {
        for name in try spool.files.names(in: spool.layout.stateDirectory) {
            let bare = name.hasPrefix(".") ? String(name.dropFirst()) : name
            let isOurs = bare.hasPrefix(prefix) && bare.contains(SnapshotStore.suffix)
            if isOurs, name != kept { try spool.files.remove(spool.layout.statePath(name)) }
        }
    }
}
