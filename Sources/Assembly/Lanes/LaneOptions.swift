// What a lane is told.

public import Calls

/// Settings of a lane.
public struct LaneOptions: Sendable {
    /// The way from packets to calls; `calls.lane` is set by the lane.
    public var engine: EngineOptions
    /// Whether everything open is reported at the end of the input, which is waited for.
    public var drains: Bool
    /// Segments between two snapshots of the flows, at least.
    public var snapshotEverySegments: UInt64
    /// What manifests say of the software.
    public var software: String

    /// The default number of segments between two snapshots.
    public static let defaultSnapshotEverySegments: UInt64 = 64

    /// Chooses settings.
    public init(
        engine: EngineOptions, drains: Bool = false,
        snapshotEverySegments: UInt64 = LaneOptions.defaultSnapshotEverySegments,
        software: String = "earshot-assemble"
    ) {
        self.engine = engine
        self.drains = drains
        self.snapshotEverySegments = max(snapshotEverySegments, 1)
        self.software = software
    }
}
