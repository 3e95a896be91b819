// Patterns with `*` (any run) and `?` (any one character), as shells have them for names.

/// A pattern for a host or a path.
public struct Glob: Sendable, Hashable, CustomStringConvertible {
    private let pattern: [UInt8]
    private let ignoresCase: Bool
    /// The pattern as it was written.
    public let description: String

    /// Creates a pattern.
    public init(_ text: String, ignoresCase: Bool = false) {
        description = text
        self.ignoresCase = ignoresCase
        pattern = Array((ignoresCase ? text.lowercased() : text).utf8)
    }

    /// Whether all of a text matches.
    ///
    /// - Complexity: O(pattern × text) at worst.
    public func matches(_ text: String) -> Bool {
        let text = Array((ignoresCase ? text.lowercased() : text).utf8)
        var (place, index) = (0, 0)
        // Where the last star stands, and how far it reached.
        var (star, reach) = (-1, 0)
        while index < text.count {
            if place < pattern.count, pattern[place] == 0x2A {
                (star, reach) = (place, index)
                place += 1
            } else if place < pattern.count,
                pattern[place] == 0x3F || pattern[place] == text[index]
            {
                place += 1
                index += 1
            } else if star >= 0 {
                reach += 1
                (place, index) = (star + 1, reach)
            } else {
                return false
            }
        }
        while place < pattern.count, pattern[place] == 0x2A { place += 1 }
        return place == pattern.count
    }
}
