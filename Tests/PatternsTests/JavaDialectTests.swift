import Patterns
import Testing

/// Expectations are what java.util.regex of Java 17 answers.
@Suite struct JavaDialectTests {
    @Test(arguments: [
        // Anchors and line ends.
        ("^a|b$", "ab", false, true, "<a><b>"),
        ("$", "a\r\n", false, true, "a<>\r\n<>"),
        ("(?m)$", "a\r\nb\n", false, true, "a<>\r\nb<>\n<>"),
        ("(?m)^", "a\r\nb\n", false, true, "<>a\r\n<>b\n"),
        ("(?m)^", "", false, false, ""),
        ("(?d)$", "a\r\n", false, true, "a\r<>\n<>"),
        ("(?dm)^", "a\nb", false, true, "<>a\n<>b"),
        ("\\Z", "a\u{2028}", false, true, "a<>\u{2028}<>"),
        ("\\z", "a\n", false, true, "a\n<>"),
        ("abc$", "abc\n", false, true, "<abc>\n"),
        (".", "\u{85}", false, false, "\u{85}"),
        (".", "\u{0B}", true, true, "<\u{0B}>"),
        ("(?d).", "\r", true, true, "<\r>"),
        ("(?s:.)(.)", "\n\n", false, false, "\n\n"),
        ("\\R", "\r\n", true, true, "<\r\n>"),
        ("\\R\\n", "\r\n", true, true, "<\r\n>"),
        ("\\R{2}", "\r\n", false, false, "\r\n"),
        ("\\G.", "ab", false, true, "<a><b>"),
        ("\\G", "ab", false, true, "<>ab"),
        ("x*", "abc", false, true, "<>a<>b<>c<>"),
        // Classes.
        ("[a-d&&c-f]", "c", true, true, "<c>"),
        ("[ab&&[bc]c]", "c", false, false, "c"),
        ("[^a&&b]", "c", true, true, "<c>"),
        ("[^a-d[x]]", "x", false, false, "x"),
        ("[a[bc]]", "c", true, true, "<c>"),
        ("[]a]", "]", true, true, "<]>"),
        ("[^]a]", "b", true, true, "<b>"),
        ("[[:alpha:]]", "p", true, true, "<p>"),
        ("[\\d-z]", "-", true, true, "<->"),
        ("[a-[b]]", "-", true, true, "<->"),
        ("[\\p{L}&&[^a]]", "éa", false, true, "<é>a"),
        ("[^\\W_]", "_", false, false, "_"),
        ("\\h\\H\\v\\V", " a\nb", true, true, "< a\nb>"),
        ("\\w", "é", false, false, "é"),
        ("(?U)\\w", "é", true, true, "<é>"),
        ("\\d", "٣", false, false, "٣"),
        ("(?U)\\d", "٣", true, true, "<٣>"),
        ("\\p{Lower}\\p{Alpha}\\pL", "aBé", true, true, "<aBé>"),
        ("\\p{javaLowerCase}\\p{IsAlphabetic}", "éx", true, true, "<éx>"),
        ("\\p{IsGreek}\\p{InGreek}\\p{script=Greek}", "αβγ", true, true, "<αβγ>"),
        ("\\p{IsPunctuation}", "$", false, false, "$"),
        ("(?i)\\p{Lower}", "A", true, true, "<A>"),
        // Boundaries: letters of any script, marks on letters.
        ("\\b", "aé b", false, true, "<>aé<> <>b<>"),
        ("\\bx", "éx", false, false, "éx"),
        ("\\b", "e\u{301} b", false, true, "<>e\u{301}<> <>b<>"),
        ("\\B", "❤\u{FE0F} ", false, true, "<>❤<>\u{FE0F}<> <>"),
        ("\\b{2}a", "a", true, true, "<a>"),
        // Case.
        ("(?i)é", "É", false, false, "É"),
        ("(?iu)é", "É", true, true, "<É>"),
        ("(?i)k", "\u{212A}", false, false, "\u{212A}"),
        ("(?iu)k", "\u{212A}", true, true, "<\u{212A}>"),
        ("(?iu)i", "İ", true, true, "<İ>"),
        ("(?iu)ß", "ẞ", false, false, "ẞ"),
        ("a(?i)b|c", "C", true, true, "<C>"),
        ("(a(?i)b)c", "aBC", false, false, "aBC"),
        ("(?i)[^a]", "A", false, false, "A"),
        // Quotes, escapes, comments.
        ("\\Qa.b\\E*", "a.bbb", true, true, "<a.bbb>"),
        ("[\\Q^]\\E]", "]", true, true, "<]>"),
        ("\\x31\\Q2\\E", "12", true, true, "<12>"),
        (
            "\\0101\\x41\\x{41}\\u0041\\cA\\e\\a", "AAAA\u{1}\u{1B}\u{7}", true, true,
            "<AAAA\u{1}\u{1B}\u{7}>"
        ),
        ("\\0777", "?7", true, true, "<?7>"),
        ("\\uD83D\\uDE00", "😀", true, true, "<😀>"),
        (".", "😀", true, true, "<😀>"),
        ("(?x)a #c\nb", "ab", true, true, "<ab>"),
        ("(?x)a {2}", "aa", true, true, "<aa>"),
        ("(?x)[a b]", " ", false, false, " "),
        // Repetitions and groups.
        ("a{2}{3}", "aa", true, true, "<aa>"),
        ("^*", "x", false, true, "<>x<>"),
        ("}]", "}]", true, true, "<}]>"),
        ("(?>a|ab)c", "abc", false, false, "abc"),
        ("a*+a", "aa", false, false, "aa"),
        ("(?:a+){2}+", "aa", false, false, "aa"),
        ("(?=a)*b", "b", true, true, "<b>"),
        ("\\1(a)", "aa", false, false, "aa"),
        ("(a)\\2", "aa", false, false, "aa"),
        ("(a)\\11", "aa1", true, true, "<aa1>"),
        ("(?<n>a)\\k<n>", "aa", true, true, "<aa>"),
        ("(?<=a{1,3})b", "ab", false, true, "a<b>"),
        ("(?<=a|bc)d", "bcd", false, true, "bc<d>"),
        ("(?<=\\R)b", "a\r\nb", false, true, "a\r\n<b>"),
        ("", "ab", false, true, "<>a<>b<>"),
    ])
    func `a pattern means what it means in Java`(
        pattern: String, text: String, isMatch: Bool, isFound: Bool, marked: String
    ) throws {
        let outcome = try Outcome(of: pattern, on: text)
        #expect(outcome == Outcome(java: isMatch, isFound, marked), "\(pattern) on \(text)")
    }

    @Test(arguments: [
        ("x{", 2), ("a{1,2", 5), ("a{2,1}", 5), ("a{,2}", 2), ("a{99999999999}", 6), ("a**", 2),
        ("+", 0), ("a|*", 2), ("(*)", 1), ("(", 1), (")", 0), ("a)", 1), ("[", 0), ("[a", 1),
        ("[]", 1),
        ("[z-a]", 3), ("[a-\\d]", 4), ("[\\R]", 2), ("\\", 0), ("a\\E", 2), ("\\y", 1), ("\\0", 2),
        ("\\08", 2), ("\\x4", 3), ("\\x{110000}", 8), ("\\u{41}", 2), ("\\c", 2), ("\\p", 2),
        ("\\p{}", 3),
        ("\\p{Foo}", 6), ("\\p{isAlphabetic}", 15), ("\\k<n>", 4), ("(?<1a>b)", 3),
        ("(?<a_b>b)", 4),
        ("(?P<a>b)", 2), ("(?#c)b", 2), ("(?z)a", 2), ("(?<n>a)(?<n>b)", 11), ("[a-b&&]", 6),
    ])
    func `what Java refuses is refused with its place`(pattern: String, offset: Int) {
        for purpose in [MatchPurpose.fullMatch, .search, .containment] {
            do throws(PatternError) {
                _ = try Pattern(parsing: pattern, for: purpose)
                Issue.record("\(pattern) was accepted")
            } catch {
                #expect(!error.message.isEmpty)
                #expect(abs(error.offset - offset) <= 1, "\(pattern): \(error)")
            }
        }
    }

    @Test(arguments: [
        "(?c)a", "\\N{WHITE SMILING FACE}", "\\b{g}", "(?<=a+)b", "a|\\G", "(?<=(a|bc))d",
    ])
    func `what cannot be expressed exactly is refused, not approximated`(pattern: String) {
        #expect(throws: PatternError.self) { try Pattern(parsing: pattern, for: .search) }
    }

    @Test func `deep nesting and long patterns are errors, not crashes`() {
        let deep = String(repeating: "(", count: 5000) + String(repeating: ")", count: 5000)
        #expect(throws: PatternError.self) { try Pattern(parsing: deep, for: .search) }
        let classes = String(repeating: "[a", count: 5000) + String(repeating: "]", count: 5000)
        #expect(throws: PatternError.self) { try Pattern(parsing: classes, for: .search) }
        let long = String(repeating: "a", count: 100_000)
        #expect(throws: PatternError.self) { try Pattern(parsing: long, for: .search) }
        #expect(throws: PatternError.self) {
            try Pattern(parsing: "(?:(?:a{1,65535}){1,65535}){1,65535}", for: .search)
        }
    }

    @Test func `any bytes as a pattern are an error or a pattern`() {
        var random = Seeded(state: 3)
        let pool = Array("ab1[](){}^$.|?*+\\-&<>=!:,/dwpLQEuxRGZ0 #é’😀\n".unicodeScalars)
        var compiled = 0
        for _ in 0..<4000 {
            var text = ""
            for _ in 0..<random.next(12) {
                text.unicodeScalars.append(pool[random.next(pool.count)])
            }
            if let outcome = try? Outcome(of: text, on: "ab1 é😀\n-") {
                #expect(outcome.isMatch != .limited)
                compiled += 1
            }
        }
        #expect(compiled > 500)
    }
}
