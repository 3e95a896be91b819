// What the process is told.

/// Settings of `earshot-assemble` beside those of the way from packets to calls.
public struct AssemblerOptions: Sendable {
    /// Whether to finish everything there is and end.
    public var drains = false
    /// Segments between two snapshots of the flows, at least.
    public var snapshotEverySegments = LaneOptions.defaultSnapshotEverySegments
    /// The most bytes of a snapshot.
    public var snapshotLimitBytes = LaneOptions.defaultSnapshotLimitBytes
    /// Assembling pauses while the call segments hold more bytes.
    public var callsBudgetBytes: UInt64 = 16 << 30
    /// What manifests say of the software.
    public var software = "earshot-assemble"

    /// Chooses the defaults.
    public init() {}
}
