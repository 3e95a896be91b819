// Making a spool's directories and refusing those that are not safe to use.

public import Platform

extension SpoolLayout {
    /// Makes the spool's directories where they are missing (mode 0700) and checks those there are.
    ///
    /// The root may belong to this user or to root (a mounted volume); everything below belongs to
    /// this user. Symbolic links are refused everywhere: who can plant one could read or replace
    /// what the packets held.
    ///
    /// - Parameters:
    ///   - files: The file system.
    ///   - stages: The stages this process needs.
    ///   - lanes: How many lanes it will write; 0 makes no lane's directory.
    /// - Throws: `.refused` names the path and what is wrong with it.
    public func prepare(
        files: any FileSystem, stages: [SpoolStage] = SpoolStage.allCases, lanes: UInt32 = 0
    ) throws(SpoolError) {
        try makeRoot(files)
        for path in [stateDirectory, quarantineDirectory, "\(root)/dead"] {
            try makeOwned(path, files)
        }
        for stage in stages {
            try makeOwned(stageDirectory(stage), files)
            for lane in 0..<lanes { try makeOwned(laneDirectory(stage, lane), files) }
            try spooling { () throws(IOError) in try files.syncDirectory(stageDirectory(stage)) }
        }
        try spooling { () throws(IOError) in try files.syncDirectory(root) }
    }

    /// Makes one lane's directory if it is missing.
    public func prepareLane(
        _ stage: SpoolStage, _ lane: UInt32, files: any FileSystem
    ) throws(SpoolError) {
        let path = laneDirectory(stage, lane)
        let isNew = try spooling { () throws(IOError) in try files.status(path) } == nil
        try makeOwned(path, files)
        if isNew {
            try spooling { () throws(IOError) in try files.syncDirectory(stageDirectory(stage)) }
        }
    }

    /// Makes the directory for a sink's refused records.
    public func prepareDead(sink: String, files: any FileSystem) throws(SpoolError) {
        try makeOwned("\(root)/dead", files)
        try makeOwned(deadDirectory(sink: sink), files)
        try spooling { () throws(IOError) in try files.syncDirectory("\(root)/dead") }
    }

    private func makeRoot(_ files: any FileSystem) throws(SpoolError) {
        // Parents are made, too: `--spool /var/lib/earshot/spool` on a fresh machine.
        var path = root.hasPrefix("/") ? "" : "."
        for part in root.split(separator: "/") where part != "." {
            path += "/\(part)"
            let here = path
            if try spooling({ () throws(IOError) in try files.status(here) }) == nil {
                try spooling { () throws(IOError) in try files.makeDirectory(here) }
            }
        }
        try check(root, files, ownedByRootToo: true)
    }

    private func makeOwned(_ path: String, _ files: any FileSystem) throws(SpoolError) {
        try spooling { () throws(IOError) in try files.makeDirectory(path) }
        try check(path, files, ownedByRootToo: false)
    }

    private func check(
        _ path: String, _ files: any FileSystem, ownedByRootToo: Bool
    ) throws(SpoolError) {
        guard let status = try spooling({ () throws(IOError) in try files.status(path) }) else {
            throw .refused(path: path, reason: "it vanished")
        }
        switch status.kind {
        case .directory: break
        case .symbolicLink:
            throw .refused(path: path, reason: "is a symbolic link; name the directory itself")
        case .file, .other: throw .refused(path: path, reason: "is not a directory")
        }
        let isOwned = status.owner == files.currentUser || ownedByRootToo && status.owner == 0
        guard isOwned else {
            throw .refused(
                path: path,
                reason: "belongs to user \(status.owner), this process runs as "
                    + "\(files.currentUser)")
        }
    }
}
