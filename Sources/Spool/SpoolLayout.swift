// Where everything is: the only place that builds a path of the spool.

public import Platform

/// The paths of a spool.
public struct SpoolLayout: Sendable, Equatable {
    /// The spool's directory, without a slash at its end.
    public let root: String

    /// Describes the spool at `root`.
    public init(root: String) {
        var root = root
        while root.count > 1, root.hasSuffix("/") { root.removeLast() }
        self.root = root.isEmpty ? "." : root
    }

    /// `SPOOL/packets`, `SPOOL/calls`.
    public func stageDirectory(_ stage: SpoolStage) -> String { "\(root)/\(stage.directoryName)" }

    /// The directory of a lane.
    public func laneDirectory(_ stage: SpoolStage, _ lane: UInt32) -> String {
        "\(stageDirectory(stage))/\(lane)"
    }

    /// The directory a segment is in.
    public func directory(of name: SegmentName) -> String { laneDirectory(name.stage, name.lane) }

    /// A sealed segment.
    public func sealedPath(_ name: SegmentName) -> String {
        "\(directory(of: name))/\(SegmentName.text(of: name.sequence)).\(name.stage.suffix)"
    }

    /// A segment while it is written.
    public func openPath(_ name: SegmentName) -> String {
        "\(directory(of: name))/.\(SegmentName.text(of: name.sequence)).\(name.stage.suffix).open"
    }

    /// A segment's manifest.
    public func manifestPath(_ name: SegmentName) -> String {
        "\(directory(of: name))/\(SegmentName.text(of: name.sequence)).json"
    }

    /// A segment's manifest while it is written.
    func newManifestPath(_ name: SegmentName) -> String {
        "\(directory(of: name))/.\(SegmentName.text(of: name.sequence)).json.new"
    }

    /// A segment's repaired copy while it is written.
    func repairPath(_ name: SegmentName) -> String {
        "\(directory(of: name))/.\(SegmentName.text(of: name.sequence)).repair"
    }

    /// `SPOOL/state`: small files replaced by rename.
    public var stateDirectory: String { "\(root)/state" }

    /// A file in `state/`.
    public func statePath(_ name: String) -> String { "\(stateDirectory)/\(name)" }

    /// `SPOOL/dead/<sink>`: records a sink refused for good.
    public func deadDirectory(sink: String) -> String { "\(root)/dead/\(sink)" }

    /// `SPOOL/quarantine`: damaged input, kept for a person.
    public var quarantineDirectory: String { "\(root)/quarantine" }

    /// The lanes a stage has, in order.
    public func lanes(
        _ stage: SpoolStage, files: any FileSystem
    ) throws(IOError) -> [UInt32] {
        do throws(IOError) {
            return try files.names(in: stageDirectory(stage)).compactMap { name in
                // A lane is decimal without leading zeros: one name per lane.
                guard let lane = UInt32(name), String(lane) == name else { return nil }
                return lane
            }.sorted()
        } catch {
            if error.isMissing { return [] }
            throw error
        }
    }
}
