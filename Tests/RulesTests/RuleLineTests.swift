import Patterns
import Rules
import Testing

@Suite struct RuleLineTests {
    /// A parsed line as text: verb, scope, value, replacement or number.
    private func described(_ line: String) throws(RuleError) -> [String]? {
        var parser = try RuleLineParser()
        guard let rule = try parser.parse(line) else { return nil }
        let parts = [
            rule.scope?.source, rule.value?.source, rule.replacementText,
            rule.percent.map(String.init),
        ]
        return [rule.verb.rawValue] + parts.compactMap { $0 }
    }

    @Test(arguments: [
        ("allow_http_url # be safe", ["allow_http_url"]),
        ("  skip_compression", ["skip_compression"]),
        ("skip_submission#x", ["skip_submission"]), ("sample 72 # c", ["sample", "72"]),
        ("copy_session_field |A\\|B|", ["copy_session_field", "^A|B$"]),
        ("/a/remove", ["remove", "^a$"]),
        ("!a! remove_if ~req.*~", ["remove_if", "^a$", "^req.*$"]),
        ("%a% remove_if_found |x|", ["remove_if_found", "^a$", "x"]),
        ("/a/ remove_unless /b/", ["remove_unless", "^a$", "^b$"]),
        ("/a/ remove_unless_found /b/", ["remove_unless_found", "^a$", "b"]),
        ("/a/ replace /b/,\t//", ["replace", "^a$", "b", ""]),
        ("/a/ replace /b/, /,/ # d", ["replace", "^a$", "b", ","]),
        ("/a\\$/ stop", ["stop", "^a\\$"]), ("/^/ stop", ["stop", "^$"]),
        ("/a|/ stop", ["stop", "^a|$"]),
        ("/a\\\\/ remove", ["remove", "^a\\\\$"]), ("/\\// remove", ["remove", "^/$"]),
        ("/a/ stop_if /b/", ["stop_if", "^a$", "^b$"]),
        ("/a/ stop_unless_found / /", ["stop_unless_found", "^a$", " "]),
        ("/a/ remove # /b/ stop", ["remove", "^a$"]),
    ])
    func `a line is taken apart as the Java logger does`(line: String, parts: [String]) throws {
        #expect(try described(line) == parts)
    }

    @Test(arguments: ["", "   ", "\t# c", "##", "# include strict", "#a# remove"])
    func `blank lines and comments are no rules`(line: String) throws {
        #expect(try described(line) == nil)
    }

    @Test(arguments: [
        ("bozo", RuleErrorCategory.invalidRule, "Invalid rule: bozo", 1),
        ("  bozo", .invalidRule, "Invalid rule:   bozo", 3),
        ("/a/ remove x", .invalidRule, "Invalid rule: /a/ remove x", 1),
        ("// remove", .invalidRule, "Invalid rule: // remove", 1),
        ("include_debug", .invalidRule, "Invalid rule: include_debug", 1),
        ("Sample 10", .invalidRule, "Invalid rule: Sample 10", 1),
        ("/a! remove", .invalidExpression, "Invalid expression (/a!) in rule: /a! remove", 1),
        (
            "!a! remove_if !b/", .invalidExpression,
            "Invalid expression (!b/) in rule: !a! remove_if !b/", 15
        ),
        ("/a/b/ remove", .unescapedSeparator, "Unescaped separator (/) in rule: /a/b/ remove", 3),
        (
            "/é/ stop # /b/ remove", .unescapedSeparator,
            "Unescaped separator (/) in rule: /é/ stop # /b/ remove", 3
        ),
        (
            "/a/ remove_if /b(c/", .invalidRegex,
            "Invalid regex (/b(c/) in rule: /a/ remove_if /b(c/", 17
        ),
        ("/x{/ remove", .invalidRegex, "Invalid regex (/x{/) in rule: /x{/ remove", 4),
        ("/*/ remove", .invalidRegex, "Invalid regex (/*/) in rule: /*/ remove", 2),
        (
            "/a\\/b[z-a]/ stop", .invalidRegex,
            "Invalid regex (/a\\/b[z-a]/) in rule: /a\\/b[z-a]/ stop", 9
        ),
        ("sample 00", .invalidSamplePercent, "Invalid sample percent: 0", 8),
        ("sample 100", .invalidSamplePercent, "Invalid sample percent: 100", 8),
        ("sample 99999999999", .sampleIntegerOverflow, "For input string: \"99999999999\"", 8),
        (
            "!request_body! remove\r!x! remove", .invalidRule,
            "Invalid rule: !request_body! remove\r!x! remove", 1
        ),
    ])
    func `a fault has Java's words and a place`(
        line: String, category: RuleErrorCategory, text: String, column: Int
    ) {
        do throws(RuleError) {
            _ = try described(line)
            Issue.record("\(line) was accepted")
        } catch {
            #expect(error.category == category)
            #expect(error.text == text)
            #expect(error.column == column, "\(line)")
            #expect(error.lineText == line)
        }
    }
}
