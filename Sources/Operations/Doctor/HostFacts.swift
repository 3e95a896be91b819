// What the kernel tells of this host in files: proc(5), sysfs(5). Tests put their own in place.

/// Reads small files of the kernel.
public struct HostFacts: Sendable {
    let text: @Sendable (String) -> String?
    let names: @Sendable (String) -> [String]

    /// Reads with the functions given.
    ///
    /// - Parameters:
    ///   - text: A file's content, nil when it cannot be read.
    ///   - names: The names in a directory; none when it cannot be read.
    public init(
        text: @escaping @Sendable (String) -> String?,
        names: @escaping @Sendable (String) -> [String]
    ) {
        self.text = text
        self.names = names
    }

    func number(_ path: String) -> UInt64? {
        text(path).flatMap { UInt64($0.filter { !$0.isWhitespace }) }
    }

    func word(_ path: String) -> String? {
        text(path).map { String($0.filter { !$0.isWhitespace }) }
    }

    /// The value behind `name:` in a file of such lines, its first word.
    func value(of name: String, in path: String) -> String? {
        guard let text = text(path) else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix(name + ":") {
            return line.dropFirst(name.count + 1).split { $0 == " " || $0 == "\t" }.first
                .map(String.init)
        }
        return nil
    }
}
