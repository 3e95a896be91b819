// `file:DIR/`, `file:PATH.ndjson`, with `?rotate=64MiB&every=1h&compress=gzip|lz4`.

/// How files are compressed.
public enum FileCompression: String, Hashable, Sendable, CaseIterable {
    /// Plain lines.
    case none
    /// gzip, several members in one file; any reader of gzip takes that.
    case gzip
    /// LZ4 frames, several in one file.
    case lz4

    /// What is appended to a file's name.
    var suffix: String {
        switch self {
        case .none: ""
        case .gzip: ".gz"
        case .lz4: ".lz4"
        }
    }
}

/// Where and how records go into files.
public struct FileAddress: Hashable, Sendable {
    /// The directory, or the one file; without a slash at its end.
    public var path: String
    /// Whether `path` is a directory in which files are begun and finished.
    public var isDirectory: Bool
    /// A file in a directory is finished at this size.
    public var rotateBytes = 64 << 20
    /// A file in a directory is finished at this age.
    public var rotateNanoseconds: Int64 = 3_600_000_000_000
    /// How files are compressed.
    public var compression = FileCompression.none
    /// How the names of files in a directory begin; a replay must not meet the stream's files.
    public var stem = FileAddress.stem

    /// How the names of the stream's files begin.
    public static let stem = "calls"

    /// Creates an address.
    public init(path: String, isDirectory: Bool) {
        self.path = path
        self.isDirectory = isDirectory
    }

    /// Reads what follows `file:`.
    ///
    /// A path is one file when it has a line format's name (`.ndjson`, `.jsonl`, `.json`, also with
    /// `.gz` or `.lz4`), and a directory otherwise or with a slash at its end.
    init(_ text: String, units: SinkAddress.Units) throws(SinkError) {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var path = parts.first.map(String.init) ?? ""
        if path.hasPrefix("//") { path = String(path.dropFirst(2)) }
        guard !path.isEmpty else { throw SinkError("names no file: write file:calls/") }
        var isDirectory = path.hasSuffix("/")
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        let compression = FileAddress.compression(ofName: path)
        if !isDirectory {
            let plain =
                compression == FileCompression.none
                ? path : String(path.dropLast(compression.suffix.count))
            isDirectory = ![".ndjson", ".jsonl", ".json"].contains { plain.hasSuffix($0) }
        }
        self.init(path: path, isDirectory: isDirectory)
        if !isDirectory { self.compression = compression }
        guard parts.count == 2 else { return }
        for option in parts[1].split(separator: "&") { try set(String(option), units) }
    }

    private static func compression(ofName path: String) -> FileCompression {
        if path.hasSuffix(".gz") { return .gzip }
        return path.hasSuffix(".lz4") ? .lz4 : .none
    }

    private mutating func set(_ option: String, _ units: SinkAddress.Units) throws(SinkError) {
        let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
        let value = parts.count == 2 ? parts[1] : ""
        switch parts.first {
        case "rotate":
            guard let bytes = units.size(value), bytes > 0 else {
                throw SinkError("has a bad option: rotate='\(value)' is not a size")
            }
            rotateBytes = bytes
        case "every":
            guard let nanoseconds = units.time(value), nanoseconds > 0 else {
                throw SinkError("has a bad option: every='\(value)' is not a time")
            }
            rotateNanoseconds = nanoseconds
        case "compress":
            guard let known = FileCompression(rawValue: value) else {
                throw SinkError("has a bad option: compress='\(value)' is not gzip, lz4 or none")
            }
            compression = known
        default:
            throw SinkError("has an unknown option: '\(parts.first ?? "")'")
        }
    }
}
