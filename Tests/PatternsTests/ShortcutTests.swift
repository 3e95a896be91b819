import Bytes
import Patterns
import Testing

/// Shortcuts — runs, triggers, required texts, guarded and stripped ends — must change nothing. An
/// empty look-ahead in front of a pattern switches most of them off: it is the reference.
@Suite struct ShortcutTests {
    @Test(arguments: [
        "[0-9\\.\\-\\/]{9,}", "[0-9]{3}", "[0-9]{2,4}", "\\d", "\\s+", "[ab]++",
        "[a-zA-Z0-9.!#$%&’*+\\/=?^_`{|}~-]+@[a-zA-Z0-9-]+(?:\\.[a-zA-Z0-9-]+)", "[ab]+@[b-]*c",
        "[ab]{2,}@[ab]+", "[a’]+@(b)", "a+b", "[ab]+[12]", "[ab]*1", "[ab]*?1-", "b[ab]+1", "a.*b",
        "ab.*1-.*b",
        "(a|b)+1", ".*a", ".+1", "[^a]*a", "a?b?1", "(?i)aB1", "b$", "^a", "(?:ab)+1", "a(b)?1",
    ])
    func `a shortcut finds what the plain search finds`(pattern: String) throws {
        var random = Seeded(state: 11)
        let pool = Array("aabb112-@@..c’ \n".unicodeScalars)
        var matches = 0
        for _ in 0..<400 {
            var text = ""
            for _ in 0..<random.next(30) {
                let scalar = pool[random.next(pool.count)]
                // Runs now and then.
                for _ in 0..<(random.next(6) == 0 ? 1 + random.next(12) : 1) {
                    text.unicodeScalars.append(scalar)
                }
            }
            let marked = try replaced(pattern, text, "<$0>")
            #expect(marked == (try replaced("(?=)" + pattern, text, "<$0>")), "\(text)")
            let isFound = marked != text
            #expect(
                (try Outcome(of: pattern, on: text)).isFound == (isFound ? .matched : .notMatched))
            if isFound { matches += 1 }
        }
        #expect(matches > 1)
    }

    @Test func `patterns whose work may outgrow the text are counted, others are not`() throws {
        for pattern in [
            "foo|bar", "(?i)one", "[0-9./-]{9,}", "([^?;]+).*", "[a-z]+@[a-z]+\\.com",
            "[a-z]+[0-9]",
            "<!--SKIP-->", "line\\d", "\\b\\d{3}-\\d{4}\\b", "",
        ] {
            #expect(try !Pattern(parsing: pattern, for: .search).countsSteps, "\(pattern)")
        }
        for pattern in ["(a+)+$", "(a|b)*c", "a.*b", "(a)\\1", "(?=.*x)a", "a{1,300}b", "<[^>]+>"] {
            #expect(try Pattern(parsing: pattern, for: .search).countsSteps, "\(pattern)")
        }
        for pattern in [
            "^.*$", "^.*World.*$", "^a.*b$", "^(request|response)_body$", "^(?s).*x.*$",
        ] {
            let counts = try Pattern(parsing: pattern, for: .fullMatch).countsSteps
            #expect(counts == (pattern == "^.*World.*$"), "\(pattern)")
        }
        #expect(try !Pattern(parsing: ".*World.*", for: .containment).countsSteps)
    }
}
