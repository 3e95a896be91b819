import Bytes
import Patterns
import Testing

@Suite struct MatchLimitTests {
    /// Patterns that take for ever on these texts in a plain backtracking engine. Each text holds
    /// what the pattern requires, so that no shortcut saves the day.
    static let hostile: [(pattern: String, unit: String, tail: String)] = [
        ("(a+)+$", "a", "!"), ("(a|aa)+$", "a", "!"), ("(a*)*b$", "a", "b!"),
        ("([a-z]+)*\\d$", "a", "1!"),
        ("(a|a)*\\d$", "a", "1!"), (".*.*.*=$", "a", "=!"), ("(x+x+)+y$", "x", "y!"),
        ("(a+)\\1+b$", "a", "b!"),
        ("(.*)\\1x$", "a", "x!"), ("[a-z]+[a-z]+[0-9]$", "a", "1!"),
        ("(?:a?){30}a{30}b$", "a", "b!"),
        ("a{1,300}b$", "a", "b!"), ("foo.*bar.*baz$", "foobarbaz", "!"), ("<[^>]+>$", "<", ">!"),
        ("<!--.*?-->$", "<!--", "-->!"), ("(?=.*x$)a", "a", "x!"), ("(a{0,3}){0,50}$", "a", "!"),
        ("((a{1,20}b?){1,20}c?){1,20}x$", "a", "x!"), ("(.+)+[0-9]$", "ab1", "!"),
        ("\\w+@\\w+\\.com", "a@", ".com"),
        ("|\\b", "a ", ""), ("(?:)", "a", ""), (".", "a", "é"),
    ]

    @Test(arguments: hostile.indices)
    func `no pattern holds a call up on a hostile megabyte`(index: Int) throws {
        let (source, unit, tail) = MatchLimitTests.hostile[index]
        let text = String(repeating: unit, count: (1 << 20) / unit.utf8.count) + tail
        let bytes = Array(text.utf8)
        var matcher = PatternMatcher()
        for purpose in [MatchPurpose.fullMatch, .search, .containment] {
            let pattern = try Pattern(parsing: source, for: purpose)
            matcher.resetBudget()
            var target = ByteBuffer()
            let time = ContinuousClock().measure {
                switch purpose {
                case .fullMatch: _ = matcher.matches(pattern, bytes.span)
                case .containment: _ = matcher.find(pattern, in: bytes.span)
                case .search:
                    let parts = Replacement(parsing: "x", for: pattern)
                    _ = matcher.replaceAll(pattern, in: bytes.span, with: parts, into: &target)
                }
            }
            // 50 ms in release on a quiet machine; tests also run unoptimized on busy ones.
            #expect(time < .milliseconds(1000), "\(source) for \(purpose)")
        }
    }

    @Test func `an exploding pattern is limited, again and again, until the budget is given back`()
        throws
    {
        let pattern = try Pattern(parsing: "(a+)+$", for: .containment)
        let simple = try Pattern(parsing: "a|!", for: .containment)
        let bytes = [UInt8](repeating: 0x61, count: 64) + [0x21]
        var matcher = PatternMatcher()
        #expect(matcher.find(pattern, in: bytes.span) == .limited)
        #expect(matcher.stepsLeft == 0)
        #expect(matcher.find(simple, in: bytes.span) == .limited)
        matcher.resetBudget()
        #expect(matcher.stepsLeft == MatchLimits.steps)
        #expect(matcher.find(simple, in: bytes.span) == .matched)
    }

    @Test func `limits are reached at the same step on every run`() throws {
        let pattern = try Pattern(parsing: "(\\w+\\s?)+:", for: .containment)
        let bytes = Array("the quick brown fox jumps over : no".utf8)
        var left: Set<Int> = []
        for _ in 0..<5 {
            var matcher = PatternMatcher()
            _ = matcher.find(pattern, in: bytes.span)
            left.insert(matcher.stepsLeft)
        }
        #expect(left.count == 1)
    }

    @Test func `a choice repeated half a million times is still matched`() throws {
        let text = "\"" + String(repeating: "a", count: 500_000) + "\\\"x\""
        #expect(try replaced("\"(?:[^\"\\\\]|\\\\.)*\"", text, "s") == "s")
    }

    @Test func `replacements that swell without end are limited`() throws {
        let text = String(repeating: "a", count: 100_000)
        let long = String(repeating: "0123456789", count: 100)
        #expect(try replaced("a", text, long) == nil)
    }
}
