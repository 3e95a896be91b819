// Test data that is not part of the repository: a folder named by EARSHOT_SHARED, or `shared`
// beside the package. Without it these tests say so and pass, but not where CI=true.

import Foundation
import Testing

enum SharedFolder {
    static func path(_ name: String, from file: String = #filePath) -> String? {
        let environment = ProcessInfo.processInfo.environment
        let root = file.split(separator: "/").dropLast(3).joined(separator: "/")
        let folder = environment["EARSHOT_SHARED"] ?? "/" + root + "/../shared"
        let path = folder + "/" + name
        if FileManager.default.fileExists(atPath: path) { return path }
        print("skipped: no \(name) in \(folder); set EARSHOT_SHARED")
        if environment["CI"] == "true" { Issue.record("\(name) is missing in CI") }
        return nil
    }

    static func json(_ name: String) -> [String: Any]? {
        guard let path = path(name), let data = FileManager.default.contents(atPath: path) else {
            return nil
        }
        return (try? JSONSerialization.jsonObject(with: data)) as? [String: Any]
    }
}
