// Rules text before it is taken as lines: files, predefined sets, and the ways to write a line end.
//
// Line ends: a line feed, CR LF, and the two characters `\n`, which is how several rules get
// through an environment variable. Since `\n` may also be part of an expression, it ends a line
// only where what stands before it is a whole rule, include, comment or blank, and what follows can
// be read as lines, too: first choice. Otherwise a line that is valid as a whole stays whole, as in
// Java. Otherwise the fault is reported for the shortest piece that explains it.

import Bytes
import Patterns

/// Expands rules text.
struct RuleText: ~Copyable {
    /// What `include debug` stands for.
    static let debug = """
        allow_http_url
        copy_session_field /.*/

        """
    /// What `include standard` stands for.
    static let standard = #"""
        /request_header:cookie|response_header:set-cookie/remove
        /(request|response)_body|request_param/ replace /[a-zA-Z0-9.!#$%&’*+\/=?^_`{|}~-]+@[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)/, /x@y.com/
        /request_body|request_param|response_body/ replace /[0-9\.\-\/]{9,}/, /xyxy/

        """#
    /// What `include strict` stands for.
    static let strict = #"""
        /request_url/ replace /([^\?;]+).*/, /$1/
        /request_body|response_body|request_param:.*|request_header:(?!user-agent).*|response_header:(?!(content-length)|(content-type)).*/ remove

        """#

    /// The most places of literal `\n` in a line that are looked at.
    static let maximumSeams = 512

    private var parser: RuleLineParser
    private var matcher = PatternMatcher()

    init() throws(RuleError) { parser = try RuleLineParser() }

    /// Rules text with everything expanded but the lines themselves.
    ///
    /// - Parameters:
    ///   - text: What was configured; nil like blank means the default rules.
    ///   - defaultRules: The default rules; `include default` inside them is dropped.
    ///   - load: Reads the file behind `file://`; nil when it cannot.
    mutating func expand(
        _ text: String?, defaultRules: String, load: (String) -> String?
    ) throws(RuleError) -> (source: String, expanded: String) {
        let defaults = try replaceInclude("default", in: splitSeams(defaultRules), with: "")
        var rules = text ?? defaults
        if rules.hasPrefix("file://") {
            let path = RuleText.trimmed(String(rules.dropFirst(7)))
            guard let loaded = load(path) else {
                throw RuleError(.failedToLoadRules, "Failed to load rules: " + path)
            }
            rules = loaded
        }
        let source = splitSeams(rules)
        rules = try replaceInclude("default", in: source, with: defaults)
        if RuleText.trimmed(rules).isEmpty { rules = defaults }
        rules = try replaceInclude("debug", in: rules, with: RuleText.debug)
        rules = try replaceInclude("standard", in: rules, with: RuleText.standard)
        rules = try replaceInclude("strict", in: rules, with: RuleText.strict)
        return (source, rules)
    }

    /// Java's `String.trim`: everything up to U+0020 goes.
    static func trimmed(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { $0.value > 0x20 }),
            let last = scalars.lastIndex(where: { $0.value > 0x20 })
        else { return "" }
        return String(scalars[first...last])
    }

    /// The lines of a text: ends are LF and CR LF. Empty ones at the end are none.
    static func lines(of text: String) -> [String] {
        var lines: [String] = []
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "\n" {
                if line.last == "\r" { line.removeLast() }
                lines.append(String(line))
                line.removeAll()
            } else {
                line.append(scalar)
            }
        }
        lines.append(String(line))
        return lines
    }

    private mutating func replaceInclude(
        _ name: String, in text: String, with expansion: String
    ) throws(RuleError) -> String {
        do throws(PatternError) {
            let pattern = try Pattern(parsing: "(?m)^\\s*include \(name)\\s*$", for: .search)
            var quoted = ""
            for character in expansion.unicodeScalars {
                if character == "\\" || character == "$" { quoted += "\\" }
                quoted.unicodeScalars.append(character)
            }
            let replacement = Replacement(parsing: quoted, for: pattern)
            let bytes = Array(text.utf8)
            var target = ByteBuffer()
            matcher.resetBudget()
            switch matcher.replaceAll(pattern, in: bytes.span, with: replacement, into: &target) {
            case .replaced: return String(decoding: target.span)
            case .unchanged: return text
            case .limited, .failed: throw PatternError(message: "Rules text too long", offset: 0)
            }
        } catch {
            throw RuleError(.invalidRule, "Invalid rule: include \(name)", detail: error.message)
        }
    }

    /// The text with a real line end for every `\n` that is one.
    private mutating func splitSeams(_ text: String) -> String {
        guard text.utf8.contains(0x5C) else { return text }
        var result: [String] = []
        for line in RuleText.lines(of: text) { result += pieces(of: line) }
        return result.joined(separator: "\n")
    }

    /// Whether a piece can stand as a line of its own.
    private mutating func isLine(_ piece: Substring) -> Bool {
        let words = RuleText.trimmed(String(piece)).split(
            separator: " ", omittingEmptySubsequences: false)
        if words.count == 2, words[0] == "include",
            ["default", "debug", "standard", "strict"].contains(words[1])
        {
            return true
        }
        do throws(RuleError) {
            _ = try parser.parse(String(piece))
            return true
        } catch { return false }
    }

    /// The lines that a line with literal `\n` in it is.
    private mutating func pieces(of line: String) -> [String] {
        let bytes = Array(line.utf8)
        var seams: [Int] = []
        var index = 0
        while index + 1 < bytes.count, seams.count < RuleText.maximumSeams {
            if bytes[index] == 0x5C, bytes[index + 1] == 0x6E {
                seams.append(index)
                index += 1
            }
            index += 1
        }
        if seams.isEmpty { return [line] }
        if let split = split(line, seams) { return split }
        if isLine(line[...]) { return [line] }
        return piecesBeforeFault(line, seams)
    }

    /// The whole rules at the start of a faulty line, and the rest as one line that has the fault.
    private mutating func piecesBeforeFault(_ line: String, _ seams: [Int]) -> [String] {
        var result: [String] = []
        var start = 0
        for seam in seams {
            let piece = Substring(line.utf8.dropFirst(start).prefix(seam - start))
            // A comment takes all that follows with it, as in Java.
            if isLine(piece), !RuleText.trimmed(String(piece)).hasPrefix("#") {
                result.append(String(piece))
                start = seam + 2
            }
        }
        return result + [String(Substring(line.utf8.dropFirst(start)))]
    }

    /// The split into valid lines with the earliest seams; nil when there is none.
    ///
    /// Works backwards, so that each piece is judged once: `best[k]` is the split of what follows
    /// seam k.
    private mutating func split(_ line: String, _ seams: [Int]) -> [String]? {
        let starts = [0] + seams.map { $0 + 2 }
        let ends = seams + [line.utf8.count]
        var best = [[String]?](repeating: nil, count: starts.count + 1)
        best[starts.count] = []
        for start in starts.indices.reversed() {
            for end in start..<ends.count {
                guard let rest = best[end + 1] else { continue }
                if start == 0, end == ends.count - 1 { continue }
                let piece = Substring(
                    line.utf8.dropFirst(starts[start]).prefix(ends[end] - starts[start]))
                if isLine(piece) {
                    best[start] = [String(piece)] + rest
                    break
                }
            }
        }
        return best[0]
    }
}
