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
    /// The most bytes of a snapshot; flows that need more are not saved, and restarts read packet
    /// segments again instead.
    public var snapshotLimitBytes: Int
    /// Whether packets that the device does not give are counted as damaged, instead of tried for
    /// ever: set when they were tried often enough.
    var readsPastErrors = false
    /// What manifests say of the software.
    public var software: String

    /// The default number of segments between two snapshots.
    public static let defaultSnapshotEverySegments: UInt64 = 64
    /// The default limit of a snapshot.
    public static let defaultSnapshotLimitBytes = 256 << 20

    /// Chooses settings.
    public init(
        engine: EngineOptions, drains: Bool = false,
        snapshotEverySegments: UInt64 = LaneOptions.defaultSnapshotEverySegments,
        snapshotLimitBytes: Int = LaneOptions.defaultSnapshotLimitBytes,
        software: String = "earshot-assemble"
    ) {
        self.engine = engine
        self.drains = drains
        self.snapshotEverySegments = max(snapshotEverySegments, 1)
        self.snapshotLimitBytes = snapshotLimitBytes
        self.software = software
    }
}
