// Damaged input, kept for a person: quarantine/<stage>-<lane>-<sequence>[-n].<suffix>, with the
// reason beside it. What a program cannot use any more is moved, never deleted.

public import Platform

/// Moves what is damaged out of the way.
public enum Quarantine {
    /// The most files of one name that are kept apart.
    static let maximumCopies = 1000

    /// Moves a file to `quarantine/` and writes the reason beside it.
    ///
    /// - Returns: The path it has now.
    @discardableResult
    public static func move(
        _ path: String, name: SegmentName, suffix: String, reason: String, layout: SpoolLayout,
        files: any FileSystem
    ) throws(SpoolError) -> String {
        let target = try freePath(name, suffix, layout, files)
        try spooling { () throws(IOError) in
            try files.rename(path, to: target)
            try files.syncDirectory(layout.quarantineDirectory)
            try files.syncDirectory(layout.directory(of: name))
        }
        explain(target, reason, files)
        return target
    }

    /// Writes bytes that were cut off something into `quarantine/`.
    static func keep(
        _ bytes: [UInt8], name: SegmentName, suffix: String, reason: String, layout: SpoolLayout,
        files: any FileSystem
    ) throws(SpoolError) {
        let target = try freePath(name, suffix, layout, files)
        try spooling { () throws(IOError) in
            let file = try files.createExclusive(target)
            defer { files.close(file) }
            try files.append(bytes.span, to: file)
            try files.syncData(file)
            try files.syncDirectory(layout.quarantineDirectory)
        }
        explain(target, reason, files)
    }

    private static func freePath(
        _ name: SegmentName, _ suffix: String, _ layout: SpoolLayout, _ files: any FileSystem
    ) throws(SpoolError) -> String {
        let stem =
            "\(layout.quarantineDirectory)/\(name.stage.directoryName)-\(name.lane)-"
            + SegmentName.text(of: name.sequence)
        for copy in 0..<maximumCopies {
            let path = copy == 0 ? "\(stem).\(suffix)" : "\(stem)-\(copy).\(suffix)"
            if try spooling({ () throws(IOError) in try files.status(path) }) == nil { return path }
        }
        throw .refused(path: stem, reason: "\(maximumCopies) copies are in quarantine already")
    }

    /// The reason is a favour to the person who looks: a full disk must not stop the move.
    private static func explain(_ path: String, _ reason: String, _ files: any FileSystem) {
        guard let file = try? files.createExclusive("\(path).reason") else { return }
        try? files.append(Array("\(reason)\n".utf8).span, to: file)
        files.close(file)
    }
}
