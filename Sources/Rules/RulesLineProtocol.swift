// `earshot rules apply` and `earshot rules parse`: a JSON line in, a JSON line out. Pure.

import Bytes
import Patterns
import Records

/// The line protocol of the rules commands.
public enum RulesLineProtocol {
    /// Applies rules: `{"rules": text, "input": [[key, value], …]}`.
    ///
    /// - Parameters:
    ///   - line: One JSON object. `rules` may be null, `default_rules` may be given.
    ///   - callKey: Decides on sampling; give each line its own, its number for instance.
    ///   - load: Reads the file behind `file://`; nil when it cannot be read.
    /// - Returns: The resulting pairs, `null` when the call is dropped, or an object with
    ///   `error_category` and `error`. Without a line feed.
    public static func apply(
        line: String, callKey: UInt64 = 0, load: (String) -> String? = { _ in nil }
    ) -> String {
        var request = Request()
        do throws(RecordError) {
            try request.read(line)
        } catch {
            return failure("invalid_input", error.sentence)
        }
        do throws(RuleError) {
            let defaults = request.defaultRules ?? RuleSet.standardDefault
            let set = try RuleSet(request.rules, defaultRules: defaults, load: load)
            var evaluator = RuleEvaluator(set)
            var list = PairList()
            swap(&list, &request.input)
            let verdict = evaluator.apply(to: &list, callKey: callKey)
            if let text = evaluator.replacementFailure {
                return failure(RuleErrorCategory.replacementGroupError.rawValue, text)
            }
            guard verdict == .keep else { return "null" }
            var output = ByteBuffer()
            RecordWriter.append(list, to: &output)
            output.truncate(to: max(output.count - 1, 0))
            return String(decoding: output.span)
        } catch {
            return failure(error.category.rawValue, error.text)
        }
    }

    /// Parses one rule line: `{"rule": line}`.
    ///
    /// - Returns: An object with `valid`, `ignored`, `verb`, `scope`, `param1`, `param2`, or with
    ///   `valid` false, `error_category`, `error`, `column`, `detail`. Without a line feed.
    public static func parse(line: String) -> String {
        var request = Request()
        do throws(RecordError) {
            try request.read(line)
        } catch {
            return "{\"valid\":false,\"error_category\":\"invalid_input\","
                + "\"error\":\(quoted(error.sentence))}"
        }
        do throws(RuleError) {
            var parser = try RuleLineParser()
            return describe(try parser.parse(request.rule ?? ""))
        } catch {
            return "{\"valid\":false,\"error_category\":\(quoted(error.category.rawValue)),"
                + "\"error\":\(quoted(error.text)),\"column\":\(error.column),"
                + "\"detail\":\(quoted(error.detail))}"
        }
    }

    private static func describe(_ rule: Rule?) -> String {
        var first = rule?.value.map { quoted($0.source) } ?? "null"
        if let percent = rule?.percent { first = String(percent) }
        let scope = rule?.scope.map { quoted($0.source) } ?? "null"
        let second = rule?.replacementText.map(quoted) ?? "null"
        let verb = rule.map { quoted($0.verb.rawValue) } ?? "null"
        return "{\"valid\":true,\"ignored\":\(rule == nil),\"verb\":\(verb),\"scope\":\(scope),"
            + "\"param1\":\(first),\"param2\":\(second)}"
    }

    private static func failure(_ category: String, _ text: String) -> String {
        "{\"error_category\":\(quoted(category)),\"error\":\(quoted(text))}"
    }

    /// A text as a JSON string.
    private static func quoted(_ text: String) -> String {
        var buffer = ByteBuffer()
        let bytes = Array(text.utf8)
        buffer.append(0x22 as UInt8)
        RecordWriter.escape(bytes.span, into: &buffer)
        buffer.append(0x22 as UInt8)
        return String(decoding: buffer.span)
    }

    /// What a line asks for; members that are not known are passed over.
    private struct Request: ~Copyable {
        var rules: String?
        var defaultRules: String?
        var rule: String?
        var input = PairList()

        mutating func read(_ line: String) throws(RecordError) {
            let bytes = Array(line.utf8)
            var cursor = JSONCursor(bytes.span)
            try cursor.expect(0x7B)
            if !cursor.take(0x7D) {
                repeat {
                    var name = ByteBuffer()
                    try cursor.readString(into: &name)
                    try cursor.expect(0x3A)
                    if name.span.equals("rules") {
                        rules = try readText(&cursor)
                    } else if name.span.equals("default_rules") {
                        defaultRules = try readText(&cursor)
                    } else if name.span.equals("rule") {
                        rule = try readText(&cursor)
                    } else if name.span.equals("input") {
                        input.removeAll()
                        try RecordReader.readPairs(&cursor, bytes.span, into: &input)
                    } else {
                        try cursor.skipValue()
                    }
                } while cursor.take(0x2C)
                try cursor.expect(0x7D)
            }
            try cursor.expectEnd()
        }

        private func readText(_ cursor: inout JSONCursor) throws(RecordError) -> String? {
            if cursor.take(word: "null") { return nil }
            var text = ByteBuffer()
            try cursor.readString(into: &text)
            return String(decoding: text.span)
        }
    }
}

extension RecordError {
    /// What is wrong with a line, for the one who wrote it.
    fileprivate var sentence: String {
        switch self {
        case .truncated(let offset): "Not a rules request: it ends too early, at byte \(offset)"
        case .unexpected(let offset): "Not a rules request: not as expected at byte \(offset)"
        case .invalidUTF8(let offset): "Not a rules request: no UTF-8 at byte \(offset)"
        case .tooDeep(let offset): "Not a rules request: too many levels at byte \(offset)"
        }
    }
}
