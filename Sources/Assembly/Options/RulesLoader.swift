// Rules from a flag: their text, or `file://` and the path of a file, which may change while we
// run.

import Bytes
import Platform
public import Rules
public import Service

/// Loads logging rules and notices when their file has changed.
public struct RulesLoader: Sendable {
    /// What the operator gave; nil stands for the default rules.
    public let given: String?

    /// The most bytes of a rules file.
    public static let maximumBytes = 1 << 20

    /// Remembers what the operator gave.
    public init(_ given: String?) { self.given = given }

    /// The file's path, nil when the rules are the text itself.
    public var path: String? {
        guard let given, given.hasPrefix("file://") else { return nil }
        let path = given.dropFirst("file://".count)
        return String(path.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }

    /// Reads and checks the rules.
    ///
    /// - Throws: One line with the place of the fault, and the exit code of a bad configuration.
    public func load() throws(ServiceFailure) -> RuleSet {
        do throws(RuleError) {
            return try RuleSet(given, load: RulesLoader.text)
        } catch {
            throw ServiceFailure(
                .configuration, "--rules: \(RulesLoader.line(for: error, path: path))")
        }
    }

    /// What the file holds now, for comparing; nil when there is none, or it cannot be read.
    public func fileText() -> String? { path.flatMap(RulesLoader.text) }

    /// A fault in one line.
    public static func line(for error: RuleError, path: String? = nil) -> String {
        let place = error.line > 0 ? "line \(error.line), column \(error.column): " : ""
        let detail = error.detail.isEmpty ? "" : " (\(error.detail))"
        return (path.map { "\($0): " } ?? "") + place + error.text + detail
    }

    /// A file's text. Symbolic links are followed: Kubernetes mounts configuration by them.
    static func text(of path: String) -> String? {
        var bytes = ByteBuffer()
        do throws(IOError) {
            let file = try InputFile(path: path)
            while bytes.count <= maximumBytes {
                let before = bytes.count
                try bytes.append(room: 64 << 10) { target throws(IOError) in
                    _ = try file.read(into: &target)
                }
                if bytes.count == before { break }
            }
        } catch {
            // The caller says that the file cannot be loaded, as the loggers do.
            return nil
        }
        guard bytes.count <= maximumBytes else { return nil }
        return String(decoding: bytes.span)
    }
}
