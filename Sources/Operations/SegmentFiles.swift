// The files of a spool that may hold packets or calls, those in quarantine too.

public import Platform
import Spool

/// Finds segment files.
public enum SegmentFiles {
    /// Every segment of a spool: sealed, open and in quarantine.
    public static func all(in root: String, _ files: any FileSystem) throws(IOError) -> [String] {
        let layout = SpoolLayout(root: root)
        var paths: [String] = []
        for stage in SpoolStage.allCases {
            for lane in try layout.lanes(stage, files: files) {
                paths += try list(layout.laneDirectory(stage, lane), files)
            }
        }
        guard try files.status(layout.quarantineDirectory) != nil else { return paths }
        return paths + (try list(layout.quarantineDirectory, files))
    }

    private static func list(
        _ directory: String, _ files: any FileSystem
    ) throws(IOError) -> [String] {
        try files.names(in: directory).filter { name in
            name.hasSuffix(".lz4") || name.hasSuffix(".lz4.open") || name.hasSuffix(".torn")
        }.map { "\(directory)/\($0)" }
    }

    /// A name for what was recovered of a file: with its stage and lane, as a sealed one has it.
    public static func plainName(_ path: String) -> String {
        let parts = path.split(separator: "/").map(String.init)
        var name = parts.last ?? path
        if name.hasPrefix(".") { name.removeFirst() }
        if name.hasSuffix(".open") { name.removeLast(5) }
        if name.hasSuffix(".torn") {
            let stage = name.hasPrefix(SpoolStage.calls.rawValue) ? SpoolStage.calls : .packets
            name = name.dropLast(5) + "-torn.\(stage.suffix)"
        }
        if parts.count >= 3, let stage = SpoolStage(rawValue: parts[parts.count - 3]),
            UInt32(parts[parts.count - 2]) != nil
        {
            return "\(stage.rawValue)-\(parts[parts.count - 2])-\(name)"
        }
        return name
    }
}
