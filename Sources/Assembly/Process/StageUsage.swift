// How much a stage or a lane holds, by looking.

import Platform
import Spool

/// Segments and bytes in a lane.
struct StageUsage: Equatable, Sendable {
    var segments: UInt64 = 0
    var bytes: UInt64 = 0

    /// Counts the sealed segments of a lane from a sequence on.
    static func ofLane(
        _ stage: SpoolStage, _ lane: UInt32, from first: UInt64 = 0, in spool: LaneSpool
    ) throws(IOError) -> StageUsage {
        let directory = spool.layout.laneDirectory(stage, lane)
        var usage = StageUsage()
        var names: [String] = []
        do throws(IOError) {
            try spool.files.forEachName(in: directory) { name in
                if case .sealed(let sequence) = LaneEntry(name, stage: stage), sequence >= first {
                    names.append(name)
                }
                return true
            }
        } catch {
            if error.isMissing { return usage }
            throw error
        }
        for name in names {
            // A segment may go while we look: then it is not there.
            guard let status = try spool.files.status("\(directory)/\(name)") else { continue }
            usage.segments += 1
            usage.bytes += UInt64(clamping: status.size)
        }
        return usage
    }

    /// The bytes of all lanes of a stage.
    static func bytes(of stage: SpoolStage, in spool: LaneSpool) throws(IOError) -> UInt64 {
        var bytes: UInt64 = 0
        for lane in try spool.layout.lanes(stage, files: spool.files) {
            bytes += try ofLane(stage, lane, in: spool).bytes
        }
        return bytes
    }
}
