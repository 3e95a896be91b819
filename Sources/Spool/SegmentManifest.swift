// The ledger's line about one segment: a JSON object beside it. Read by status, ledger and doctor.

import FoundationEssentials
public import Platform

/// What the spool knows of a segment when it seals it.
public struct SealFacts: Codable, Equatable, Sendable {
    /// The lane.
    public var lane: UInt32 = 0
    /// The place in the lane.
    public var sequence: UInt64 = 0
    /// Bytes of the file.
    public var storedBytes: UInt64 = 0
    /// Bytes before compression.
    public var plainBytes: UInt64 = 0
    /// Wall clock, nanoseconds since 1970.
    public var sealedNanoseconds: Int64 = 0
    /// Whether it was sealed by recovery after a crash.
    public var isRecovered = false
    /// Version of the manifest's format.
    public var format = SealFacts.currentFormat

    /// The version written today.
    public static let currentFormat = 1

    /// Knows nothing yet.
    public init() {}
}

/// A manifest of some stage.
///
/// JSON keys are the property names in snake case. A reader ignores keys it does not know, and
/// refuses a format newer than it knows.
public protocol SegmentManifest: Codable, Sendable {
    /// Filled in by the spool when it seals.
    var segment: SealFacts { get set }
}

/// Reads and writes manifests.
public enum ManifestFile {
    /// The most bytes of a manifest.
    public static let maximumBytes = 1 << 20

    /// Encodes a value the way all small JSON files of the spool are written.
    public static func encode<Value: Encodable>(
        _ value: Value, path: String
    ) throws(SpoolError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let bytes: [UInt8]
        do {
            bytes = [UInt8](try encoder.encode(value)) + [0x0A]
        } catch {
            throw .unwritable(path: path, reason: "\(error)")
        }
        guard bytes.count <= maximumBytes else {
            throw .unwritable(path: path, reason: "\(bytes.count) bytes are over the limit")
        }
        return bytes
    }

    /// Decodes what `encode` wrote.
    public static func decode<Value: Decodable>(
        _ type: Value.Type, _ bytes: [UInt8], path: String
    ) throws(SpoolError) -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(type, from: Data(bytes))
        } catch {
            throw .damagedState(path: path, reason: "not the JSON that belongs here")
        }
    }

    /// Reads a segment's manifest; nil when there is none.
    public static func load<Manifest: SegmentManifest>(
        _ type: Manifest.Type, _ name: SegmentName, layout: SpoolLayout, files: any FileSystem
    ) throws(SpoolError) -> Manifest? {
        let path = layout.manifestPath(name)
        let bytes = try spooling { () throws(IOError) in
            try files.contents(of: path, limit: maximumBytes)
        }
        guard let bytes else { return nil }
        let manifest = try decode(type, bytes, path: path)
        guard manifest.segment.format <= SealFacts.currentFormat else {
            throw .damagedState(path: path, reason: "format \(manifest.segment.format) is newer")
        }
        return manifest
    }

    /// Reads what a segment's manifest says of the segment; nil when there is none.
    public static func loadFacts(
        _ name: SegmentName, layout: SpoolLayout, files: any FileSystem
    ) throws(SpoolError) -> SealFacts? {
        try load(FactsOnly.self, name, layout: layout, files: files)?.segment
    }

    /// Writes a manifest under its hidden name, flushes it, and renames it. The directory is not
    /// flushed.
    ///
    /// - Returns: Its size in bytes.
    static func write<Manifest: SegmentManifest>(
        _ manifest: Manifest, _ name: SegmentName, layout: SpoolLayout, files: any FileSystem
    ) throws(SpoolError) -> UInt64 {
        let bytes = try encode(manifest, path: layout.manifestPath(name))
        try spooling { () throws(IOError) in
            try SmallFile.replace(
                layout.manifestPath(name), via: layout.newManifestPath(name), bytes, files)
        }
        return UInt64(bytes.count)
    }
}

/// The part that all manifests have.
private struct FactsOnly: SegmentManifest {
    var segment: SealFacts
}

/// Small files that are replaced whole.
enum SmallFile {
    /// Writes `bytes` under another name, flushes them, and renames. The directory is not flushed.
    static func replace(
        _ path: String, via hidden: String, _ bytes: [UInt8], _ files: any FileSystem
    ) throws(IOError) {
        // A leftover of a crash is in the way of an exclusive creation.
        do throws(IOError) {
            try files.remove(hidden)
        } catch {
            if !error.isMissing { throw error }
        }
        let file = try files.createExclusive(hidden)
        do throws(IOError) {
            try files.append(bytes.span, to: file)
            try files.syncData(file)
        } catch {
            files.close(file)
            // The failure is what counts; a leftover is removed at the next start.
            try? files.remove(hidden)
            throw error
        }
        files.close(file)
        try files.rename(hidden, to: path)
    }
}
