/// What a cursor remembers of a file sink: the file being written and how much of it counts.
public struct SinkMark: Codable, Sendable, Equatable {
    /// The file's final path.
    public var path: String
    /// The length at the cursor; what lies behind it after a crash is cut off.
    public var byteCount: UInt64

    /// Creates a mark.
    public init(path: String, byteCount: UInt64) {
        self.path = path
        self.byteCount = byteCount
    }
}
