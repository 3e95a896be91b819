import Bytes
import Patterns
import Testing

@Suite struct ReplacementTests {
    @Test(arguments: [
        ("World", "Hello World!", "\\$", "Hello $!"),
        ("(W)(orld)", "Hello World!", "$2x", "Hello orldx!"),
        ("(W)", "W", "$12", "W2"),
        ("(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)", "abcdefghijk", "$11-$1-$12", "k-a-a2"),
        ("(?<w>World)", "World", "${w}s", "Worlds"),
        ("World", "World", "a\\\\b", "a\\b"),
        ("(World)", "World", "<b>\\1</b>", "<b>1</b>"),
        (".*", "line1\n\nx", "X", "XX\nX\nXX"),
        ("x*", "a😀b", "-", "-a-😀-b-"),
        ("$", "a\n", "E", "aE\nE"),
        ("(a)|(b)", "ab", "[$1$2]", "[a][b]"),
        ("a", "aaa", "", ""),
        ("^", "abc", "B", "Babc"),
    ])
    func `replacing follows Java's rules`(
        pattern: String, text: String, replacement: String, wanted: String
    ) throws {
        #expect(try replaced(pattern, text, replacement) == wanted)
    }

    @Test(arguments: [
        ("$", "Illegal group reference: group index is missing"),
        ("$&", "Illegal group reference"), ("$x", "Illegal group reference"), ("$3", "No group 3"),
        ("\\", "character to be escaped is missing"),
        ("${", "named capturing group has 0 length name"),
        ("${a", "named capturing group is missing trailing '}'"),
        ("${1a}", "capturing group name {1a} starts with digit character"),
        ("${b}", "No group with name {b}"),
    ])
    func `a faulty replacement fails when there is a match, not before`(
        replacement: String, failure: String
    ) throws {
        let pattern = try Pattern(parsing: "(a)(b)", for: .search)
        let parts = Replacement(parsing: replacement, for: pattern)
        #expect(parts.failure == failure)
        var matcher = PatternMatcher()
        var target = ByteBuffer()
        let without = Array("xyz".utf8)
        let with = Array("xabz".utf8)
        #expect(
            matcher.replaceAll(pattern, in: without.span, with: parts, into: &target) == .unchanged)
        #expect(matcher.replaceAll(pattern, in: with.span, with: parts, into: &target) == .failed)
    }

    @Test func `groups tell their places, those that took no part tell nothing`() throws {
        let pattern = try Pattern(parsing: "(a)|(b)(c)?(d)", for: .search)
        var matcher = PatternMatcher()
        let bytes = Array("xbd".utf8)
        #expect(matcher.find(pattern, in: bytes.span) == .matched)
        #expect((0...5).map { matcher.group($0) } == [1..<3, nil, 1..<2, nil, 2..<3, nil])
        #expect(pattern.groupCount == 4)
    }

    @Test func `a pattern with more groups than a matcher was made for works`() throws {
        let source = String(repeating: "(a)", count: 300)
        let text = String(repeating: "a", count: 300)
        #expect(try replaced(source, text, "$300$1") == "aa")
    }

    @Test func `empty texts and starts at the end are searched`() throws {
        let pattern = try Pattern(parsing: "a*$", for: .search)
        var matcher = PatternMatcher()
        let empty: [UInt8] = []
        #expect(matcher.find(pattern, in: empty.span) == .matched)
        let text = Array("aa".utf8)
        #expect(matcher.find(pattern, in: text.span, from: 2) == .matched)
        #expect(matcher.group(0) == 2..<2)
    }
}
