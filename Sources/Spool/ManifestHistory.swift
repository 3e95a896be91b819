// Manifests outlive their segments: before segments are deleted their manifests are appended to
// state/ledger-<stage>-<lane>-<block>.ndjson, one per line, so that the ledger still adds up.
//
// A block holds the manifests of 10,000 sequences. A crash between appending and deleting repeats
// lines: a reader takes the last line of a sequence. A torn last line is ended by the next append
// and ignored by readers, as every line that is not JSON.

public import Platform

/// The manifests of a stage, those of deleted segments included.
public struct ManifestHistory: Sendable {
    private let files: any FileSystem
    private let layout: SpoolLayout
    private let stage: SpoolStage

    /// Sequences per file.
    public static let sequencesPerBlock: UInt64 = 10_000
    /// The most files kept per lane; older ones are removed.
    public static let maximumBlocks: UInt64 = 64
    /// The most bytes read of a file.
    static let maximumBytes = 256 << 20

    /// Describes the history of a stage.
    public init(stage: SpoolStage, layout: SpoolLayout, files: any FileSystem) {
        self.files = files
        self.layout = layout
        self.stage = stage
    }

    private func path(_ lane: UInt32, _ block: UInt64) -> String {
        layout.statePath("ledger-\(stage.directoryName)-\(lane)-\(block).ndjson")
    }

    /// Appends the manifests of segments about to be deleted.
    func append(_ names: [SegmentName]) throws(SpoolError) {
        var lines: [String: [UInt8]] = [:]
        for name in names {
            let manifest = try spooling { () throws(IOError) in
                try files.contents(
                    of: layout.manifestPath(name), limit: ManifestFile.maximumBytes)
            }
            // A manifest is one line already; a segment without one leaves no line.
            guard let manifest, !manifest.isEmpty else { continue }
            let block = name.sequence / ManifestHistory.sequencesPerBlock
            lines[path(name.lane, block), default: []] += manifest
            if block >= ManifestHistory.maximumBlocks {
                try removeIfThere(path(name.lane, block - ManifestHistory.maximumBlocks))
            }
        }
        for (path, bytes) in lines.sorted(by: { $0.key < $1.key }) {
            try spooling { () throws(IOError) in try append(bytes, to: path) }
        }
        try spooling { () throws(IOError) in try files.syncDirectory(layout.stateDirectory) }
    }

    private func append(_ bytes: [UInt8], to path: String) throws(IOError) {
        let file: OpenFile
        if try files.status(path) == nil {
            file = try files.createExclusive(path)
        } else {
            file = try files.openForWriting(path)
        }
        defer { files.close(file) }
        // An empty line costs nothing; a torn one before it is ended.
        try files.append([0x0A].span, to: file)
        try files.append(bytes.span, to: file)
        try files.syncData(file)
    }

    private func removeIfThere(_ path: String) throws(SpoolError) {
        do throws(IOError) {
            try files.remove(path)
        } catch {
            if !error.isMissing { throw .io(error) }
        }
    }

    /// Calls `body` with every manifest of a lane, deleted segments first, in no stricter order.
    ///
    /// Of a sequence that comes twice the last one counts. Lines and files that cannot be read are
    /// counted in the result.
    public func forEach<Manifest: SegmentManifest>(
        _ type: Manifest.Type, lane: UInt32, _ body: (Manifest) -> Void
    ) throws(SpoolError) -> UInt64 {
        var unreadable: UInt64 = 0
        for name in try retiredFiles(lane) {
            let bytes = try spooling { () throws(IOError) in
                try files.contents(
                    of: layout.statePath(name), limit: ManifestHistory.maximumBytes)
            }
            for line in (bytes ?? []).split(separator: 0x0A) {
                do throws(SpoolError) {
                    body(try ManifestFile.decode(type, Array(line), path: name))
                } catch {
                    unreadable += 1
                }
            }
        }
        let listing = try LaneListing(stage, lane, layout, files)
        for sequence in listing.manifests.intersection(listing.sealed).sorted() {
            let name = SegmentName(stage: stage, lane: lane, sequence: sequence)
            do throws(SpoolError) {
                let manifest = try ManifestFile.load(type, name, layout: layout, files: files)
                if let manifest { body(manifest) }
            } catch {
                guard case .damagedState = error else { throw error }
                unreadable += 1
            }
        }
        return unreadable
    }

    private func retiredFiles(_ lane: UInt32) throws(SpoolError) -> [String] {
        let start = "ledger-\(stage.directoryName)-\(lane)-"
        let names = try spooling { () throws(IOError) in
            try files.names(in: layout.stateDirectory)
        }
        let blocks = names.compactMap { name -> (UInt64, String)? in
            guard name.hasPrefix(start), name.hasSuffix(".ndjson"),
                let block = UInt64(name.dropFirst(start.count).dropLast(7))
            else { return nil }
            return (block, name)
        }
        return blocks.sorted { $0.0 < $1.0 }.map { $0.1 }
    }
}
