// Test vectors that are not part of the repository: a folder named by EARSHOT_SHARED, or `shared`
// beside the package. Without it these tests say so and pass, but not where CI=true.

import Foundation
import Testing

/// The vectors of the rules language.
enum SharedVectors {
    /// A file of the folder as JSON; nil, with a note, where the folder is missing.
    static func json(_ path: String, from file: String = #filePath) -> [String: Any]? {
        let environment = ProcessInfo.processInfo.environment
        let root = file.split(separator: "/").dropLast(3).joined(separator: "/")
        let folder = environment["EARSHOT_SHARED"] ?? "/" + root + "/../shared"
        guard let data = FileManager.default.contents(atPath: folder + "/" + path) else {
            print("skipped: no \(path) in \(folder); set EARSHOT_SHARED")
            if environment["CI"] == "true" { Issue.record("\(path) is missing in CI") }
            return nil
        }
        return (try? JSONSerialization.jsonObject(with: data)) as? [String: Any]
    }

    /// A group of vectors.
    static func group(_ name: String, in vectors: [String: Any]) -> [[String: Any]] {
        let group = vectors[name] as? [[String: Any]] ?? []
        #expect(!group.isEmpty, "the group \(name) has vectors")
        return group
    }

    /// A value as one line of JSON with sorted keys: comparable.
    static func text(_ value: Any) -> String {
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .fragmentsAllowed]
        let data = (try? JSONSerialization.data(withJSONObject: value, options: options)) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }

    /// A line of JSON, parsed.
    static func parsed(_ line: String) -> Any {
        let data = Data(line.utf8)
        return (try? JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed))
            ?? "broken: \(line)"
    }
}
