// The flags in a set of logging rules that concern submission. spec resurface.md 2.4, 3.1, 3.4,
// 3.6.

import FoundationEssentials

/// What rules say of submission.
public struct RuleFlags {
    /// `allow_http_url`, also by `include debug`.
    public var allowsHTTP = false
    /// `skip_compression`.
    public var skipsCompression = false
    /// `skip_submission`.
    public var skipsSubmission = false

    /// Reads rules, or the file that `file://` names; nil when that cannot be read.
    init?(_ text: String) {
        var text = text
        if text.hasPrefix("file://") {
            var path = text.dropFirst(7)
            while let last = path.last, last.isWhitespace { path.removeLast() }
            while let first = path.first, first.isWhitespace { path.removeFirst() }
            guard let data = try? Data(contentsOf: URL(filePath: String(path))) else { return nil }
            text = String(decoding: data, as: UTF8.self)
        }
        // Real line feeds, and the two characters the sniffer's shell script needed.
        let lines = text.replacing("\\n", with: "\n").split(whereSeparator: \.isNewline)
        for line in lines {
            let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
            switch words {
            case ["allow_http_url"], ["include", "debug"]: allowsHTTP = true
            case ["skip_compression"]: skipsCompression = true
            case ["skip_submission"]: skipsSubmission = true
            default: break
            }
        }
    }
}
