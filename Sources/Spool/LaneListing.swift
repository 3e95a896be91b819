// What lies in a lane's directory, from one listing.

import Platform

/// The files of a lane, by kind.
struct LaneListing {
    let stage: SpoolStage
    let lane: UInt32
    /// Hidden segments, oldest first.
    var open: [UInt64] = []
    var manifests: Set<UInt64> = []
    var sealed: Set<UInt64> = []
    var newestSealed: UInt64?
    var temporaries: [String] = []

    init(
        _ stage: SpoolStage, _ lane: UInt32, _ layout: SpoolLayout, _ files: any FileSystem
    ) throws(SpoolError) {
        self.stage = stage
        self.lane = lane
        var (open, temporaries): ([UInt64], [String]) = ([], [])
        var (manifests, sealed): (Set<UInt64>, Set<UInt64>) = ([], [])
        try spooling { () throws(IOError) in
            do throws(IOError) {
                try files.forEachName(in: layout.laneDirectory(stage, lane)) { name in
                    switch LaneEntry(name, stage: stage) {
                    case .sealed(let sequence): sealed.insert(sequence)
                    case .open(let sequence): open.append(sequence)
                    case .manifest(let sequence): manifests.insert(sequence)
                    case .temporary: temporaries.append(name)
                    case .foreign: break
                    }
                    return true
                }
            } catch {
                // The process that fills this lane has not begun: nothing lies in it.
                guard error.isMissing else { throw error }
            }
        }
        self.open = open.sorted()
        self.temporaries = temporaries.sorted()
        self.manifests = manifests
        self.sealed = sealed
        newestSealed = sealed.max()
    }

    func removeTemporaries(
        _ layout: SpoolLayout, _ files: any FileSystem, _ report: inout RecoveryReport
    ) throws(SpoolError) {
        for name in temporaries {
            try spooling { () throws(IOError) in
                try files.remove("\(layout.laneDirectory(stage, lane))/\(name)")
            }
            report.removedTemporaries += 1
        }
    }

    /// Removes manifests without a segment: above the newest, left by a crash while sealing; below
    /// the oldest, left by one while deleting.
    func removeOrphans(
        _ layout: SpoolLayout, _ files: any FileSystem, _ report: inout RecoveryReport
    ) throws(SpoolError) {
        let oldest = sealed.min()
        for sequence in manifests.subtracting(sealed).sorted() {
            let name = SegmentName(stage: stage, lane: lane, sequence: sequence)
            if let newestSealed, sequence <= newestSealed, let oldest, sequence >= oldest {
                continue
            }
            if sequence == newestSealed { continue }
            try spooling { () throws(IOError) in try files.remove(layout.manifestPath(name)) }
            report.removedTemporaries += 1
        }
    }
}
