// How far a lane is, and how a restart gets back there: `state/assemble-<lane>.json`.
//
//   packet segments   … [from ……………… next-1] [next …]
//                        read again, calls    read, calls
//                        sealed already       written
//
// Before `from` stands the snapshot of the flows, or no flow was open there. The same packets give
// the same calls, so the calls of segments below `next` are thrown away instead of written twice.
// A snapshot that cannot be used costs time only while the segments since `oldest` are there.

/// A lane's place.
struct LaneState: Codable, Equatable, Sendable {
    /// The first segment whose calls were not sealed when this was written.
    var next: UInt64 = 0
    /// The first segment that a restart must read.
    var from: UInt64 = 0
    /// The segment in which the oldest flow of the snapshot began; nil without a snapshot.
    var oldest: UInt64?
    /// The file in `state/` with the flows open before `from`; nil when none was.
    var snapshot: String?

    /// The state file's name.
    static func fileName(lane: UInt32) -> String { "assemble-\(lane).json" }
}
