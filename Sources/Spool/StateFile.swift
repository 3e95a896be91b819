// Small files in state/: cursors and settings. Replaced by rename, with the one before kept.

public import Platform

/// A value in `state/` that survives any crash: the old one or the new one is there.
public struct StateFile<Value: Codable & Sendable>: Sendable {
    private let files: any FileSystem
    private let layout: SpoolLayout
    /// The file's name in `state/`.
    public let name: String

    /// What was read.
    public struct Loaded: Sendable {
        /// The value.
        public var value: Value
        /// Why the newest copy was not used; nil when it was.
        public var fallback: String?
    }

    /// Describes a state file.
    public init(_ type: Value.Type, name: String, layout: SpoolLayout, files: any FileSystem) {
        self.files = files
        self.layout = layout
        self.name = name
    }

    /// The file's path.
    public var path: String { layout.statePath(name) }

    private var previousPath: String { layout.statePath(".\(name).previous") }

    /// Reads the value; the previous one when the newest is damaged.
    ///
    /// - Returns: nil when there is none.
    /// - Throws: `.damagedState` when neither can be read.
    public func load() throws(SpoolError) -> Loaded? {
        do throws(SpoolError) {
            return try read(path).map { Loaded(value: $0, fallback: nil) }
        } catch {
            guard case .damagedState = error else { throw error }
            guard let previous = try? read(previousPath) else { throw error }
            return Loaded(value: previous, fallback: error.description)
        }
    }

    private func read(_ path: String) throws(SpoolError) -> Value? {
        let bytes = try spooling { () throws(IOError) in
            try files.contents(of: path, limit: ManifestFile.maximumBytes)
        }
        guard let bytes else { return nil }
        return try ManifestFile.decode(Value.self, bytes, path: path)
    }

    /// Replaces the value; durable when it returns.
    public func store(_ value: Value) throws(SpoolError) {
        let bytes = try ManifestFile.encode(value, path: path)
        try spooling { () throws(IOError) in
            try keepPrevious()
            try SmallFile.replace(path, via: layout.statePath(".\(name).new"), bytes, files)
            try files.syncDirectory(layout.stateDirectory)
        }
    }

    /// Links the current copy to the previous name: at no moment is there no current copy. A
    /// damaged copy is not kept: it would push out a good one.
    private func keepPrevious() throws(IOError) {
        guard (try? read(path)) != nil else { return }
        do throws(IOError) {
            try files.remove(previousPath)
        } catch {
            if !error.isMissing { throw error }
        }
        do throws(IOError) {
            try files.link(path, to: previousPath)
        } catch {
            // File systems without hard links do without a previous copy.
            if !error.isMissing, error.errno != IOError.notPermitted { throw error }
        }
    }
}
