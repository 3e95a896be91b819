import Rules
import Testing

@Suite struct RuleSetTests {
    static let strict = #"""
        /request_url/ replace /([^\?;]+).*/, /$1/
        /request_body|response_body|request_param:.*|request_header:(?!user-agent).*|response_header:(?!(content-length)|(content-type)).*/ remove

        """#

    @Test func `nothing, blanks and include default all mean the strict set`() throws {
        for text in [
            nil, "", " \t", "\n\n", "include default", " include default \n", "include strict",
        ] {
            #expect(try RuleSet(text).text == RuleSetTests.strict)
        }
        #expect(try RuleSet("# only a comment").size == 0)
        #expect(try RuleSet("", defaultRules: "include default\nsample 5").samplePercent == 5)
        #expect(try RuleSet("include default", defaultRules: "include debug").allowsHTTPURL)
    }

    @Test func `includes are whole lines with one blank`() throws {
        #expect(try RuleSet("include debug\n").text == "allow_http_url\ncopy_session_field /.*/\n")
        #expect(try RuleSet("include standard").size == 3)
        for text in ["include  debug", "include debug # c", "x include debug", "include basic"] {
            #expect(throws: RuleError.self) { try RuleSet(text) }
        }
    }

    @Test(arguments: [
        ("include debug\\nskip_compression", 3), ("include debug\\n", 2),
        ("include debug\r\nsample 5\r\n", 3),
        ("# c\\nallow_http_url", 1), ("allow_http_url\\n\\n/a/ stop # x\\n/b/ remove", 3),
        ("!a! replace !x!, !y! # c\\n!b! stop", 2),
        // A part of an expression stays one.
        ("!response_body! remove_if_found !line1\\nline2!", 1), ("!a! replace !\\n!, !\\n!", 1),
        ("# !a! replace !x\\ny!, !z!", 0),
        ("include debug\\n!a! remove_if_found !x\\ny!\\nsample 7", 4),
    ])
    func `literal line ends separate rules, but not inside expressions`(text: String, size: Int)
        throws
    {
        #expect(try RuleSet(text).size == size)
    }

    @Test func `many literal line ends are no trouble`() throws {
        let text = Array(repeating: "!a! remove", count: 300).joined(separator: "\\n")
        #expect(try RuleSet(text).size == 300)
        do throws(RuleError) {
            _ = try RuleSet(text + "\\nbozo")
            Issue.record("accepted")
        } catch {
            #expect(error.text == "Invalid rule: bozo")
            #expect(error.line == 301)
        }
    }

    @Test func `files are loaded through the given reader, only at the very start`() throws {
        let load = { (path: String) in path == "/rules" ? "include debug\nsample 7" : nil }
        #expect(try RuleSet("file:///rules \n", load: load).samplePercent == 7)
        #expect(throws: RuleError.self) { try RuleSet("file:///none", load: load) }
        #expect(throws: RuleError.self) { try RuleSet(" file:///rules", load: load) }
        do throws(RuleError) {
            _ = try RuleSet("file:// /none ", load: load)
        } catch {
            #expect(error.text == "Failed to load rules: /none")
            #expect(error.category == .failedToLoadRules)
            #expect(RulesReport.text(for: error) == "Failed to load rules: /none\n")
        }
    }

    @Test func `a fault tells its line as written and puts a caret under it`() {
        do throws(RuleError) {
            _ = try RuleSet("include debug\n\n\t!a! remove_if !b[!\nsample 5")
            Issue.record("accepted")
        } catch {
            #expect(error.line == 3)
            let report = RulesReport.text(for: error)
            #expect(report.hasPrefix("line 3, column 18: Invalid regex (!b[!) in rule: \t!a!"))
            #expect(
                report.hasSuffix("  \t!a! remove_if !b[!\n  \t                ^\n"), "\(report)")
        }
        do throws(RuleError) {
            _ = try RuleSet("sample 10\nallow_http_url\\nsample 99")
            Issue.record("accepted")
        } catch {
            #expect(error.text == "Multiple sample rules")
            #expect(error.line == 3)
        }
        do throws(RuleError) {
            _ = try RuleSet("include debug\\nbozo")
            Issue.record("accepted")
        } catch {
            #expect(error.text == "Invalid rule: bozo")
            #expect(error.line == 2)
        }
    }

    @Test func `plain HTTP needs a rule`() throws {
        let open = try RuleSet("allow_http_url")
        let closed = try RuleSet("include standard")
        #expect(open.permits(url: "http://h/message") && open.permits(url: "https://h"))
        #expect(!closed.permits(url: "http://h/message") && closed.permits(url: "https://h"))
        for url in ["", "h", "urn:x", "ftp://h", "https:", "http:///p", "https://"] {
            #expect(!open.permits(url: url), "\(url)")
        }
    }

    @Test func `a summary names verbs and what is to be watched`() throws {
        let text = RulesReport.summary(of: try RuleSet("/a/ replace /(x+)+y/, /$9/\nsample 5"))
        #expect(text.hasPrefix("2 rules\n  replace: 1\n  sample: 1\n  note: "))
        #expect(text.contains("warning: $9: No group 9"))
    }
}
