import Bytes
import Patterns

/// What a pattern does with a text: whole match, found, every match in angle brackets.
struct Outcome: Equatable, CustomStringConvertible {
    var isMatch: MatchResult
    var isFound: MatchResult
    var marked: String

    init(_ isMatch: MatchResult, _ isFound: MatchResult, _ marked: String) {
        self.isMatch = isMatch
        self.isFound = isFound
        self.marked = marked
    }

    /// What Java says: `matches()`, `find()` and `replaceAll("<$0>")`.
    init(java isMatch: Bool, _ isFound: Bool, _ marked: String) {
        self.init(isMatch ? .matched : .notMatched, isFound ? .matched : .notMatched, marked)
    }

    init(of pattern: String, on text: String) throws(PatternError) {
        var matcher = PatternMatcher()
        let bytes = Array(text.utf8)
        isMatch = matcher.matches(try Pattern(parsing: pattern, for: .fullMatch), bytes.span)
        isFound = matcher.find(try Pattern(parsing: pattern, for: .containment), in: bytes.span)
        marked = try replaced(pattern, text, "<$0>") ?? "limited"
    }

    var description: String { "\(isMatch) \(isFound) \(marked)" }
}

/// A text with every match replaced; nil when a limit was reached or the replacement is faulty.
func replaced(
    _ pattern: String, _ text: String, _ replacement: String
) throws(PatternError) -> String? {
    var matcher = PatternMatcher()
    let compiled = try Pattern(parsing: pattern, for: .search)
    let bytes = Array(text.utf8)
    var target = ByteBuffer()
    let parts = Replacement(parsing: replacement, for: compiled)
    switch matcher.replaceAll(compiled, in: bytes.span, with: parts, into: &target) {
    case .unchanged: return text
    case .replaced: return String(decoding: target.span)
    case .limited, .failed: return nil
    }
}

/// A small generator, the same numbers on every run.
struct Seeded {
    var state: UInt64

    mutating func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }
}
