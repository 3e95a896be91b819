// Where to ship: `resurface+http://host:port/message` (a bare http(s) URL means the same),
// `file:PATH`, `stdout:`. Read and checked before anything is opened.

/// A sink as it is named on the command line.
public enum SinkAddress: Hashable, Sendable {
    /// A Resurface capture endpoint; an http or https URL.
    case resurface(url: String)
    /// Files, one or many.
    case file(FileAddress)
    /// Standard output.
    case standardOutput

    /// Readers for units, lent by the caller: sizes in bytes and times in nanoseconds.
    public struct Units: Sendable {
        var size: @Sendable (String) -> Int?
        var time: @Sendable (String) -> Int64?

        /// Creates the readers.
        public init(
            size: @escaping @Sendable (String) -> Int?, time: @escaping @Sendable (String) -> Int64?
        ) {
            self.size = size
            self.time = time
        }
    }

    /// Reads an address.
    ///
    /// - Throws: `SinkError` worded to follow the quoted text.
    public init(_ text: String, units: Units) throws(SinkError) {
        if text == "stdout:" || text == "-" {
            self = .standardOutput
        } else if text.hasPrefix("file:") {
            self = .file(try FileAddress(String(text.dropFirst(5)), units: units))
        } else if text.hasPrefix("resurface+") {
            self = .resurface(url: try SinkAddress.url(String(text.dropFirst(10))))
        } else if text.hasPrefix("http://") || text.hasPrefix("https://") {
            self = .resurface(url: try SinkAddress.url(text))
        } else {
            throw SinkError(
                "is not a sink: write resurface+http://host:port/message, file:DIR/ or stdout:")
        }
    }

    private static func url(_ text: String) throws(SinkError) -> String {
        let scheme = ["http://", "https://"].first { text.hasPrefix($0) }
        guard let scheme else { throw SinkError("is not a sink: its URL is not http or https") }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !text.contains("#") else {
            throw SinkError("is not a URL: it has blanks, a fragment or characters beyond ASCII")
        }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        if authority.contains("@") {
            throw SinkError(
                "holds credentials; give them by --user-file or --bearer-token-file instead")
        }
        var host = authority[...]
        if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
            host = authority[..<colon]
            let port = authority[authority.index(after: colon)...]
            guard port.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let number = UInt16(port),
                number > 0
            else { throw SinkError("is not a URL: '\(port)' is not a port") }
        }
        guard !host.isEmpty, host.hasPrefix("[") == host.hasSuffix("]") else {
            throw SinkError("is not a URL: it has no host")
        }
        let path = rest[authority.endIndex...]
        return path.isEmpty || path == "/" ? "\(scheme)\(authority)/message" : text
    }

    /// Whether records travel unencrypted over the network.
    public var isPlainHTTP: Bool {
        guard case .resurface(let url) = self else { return false }
        return url.hasPrefix("http://")
    }

    /// The name for metrics, state files and dead letters: letters, digits, dots and dashes.
    public var name: String {
        switch self {
        case .resurface(let url):
            let rest = url.split(separator: "/").dropFirst().joined(separator: "-")
            return SinkAddress.sanitized("resurface-\(url.hasPrefix("https") ? "tls-" : "")\(rest)")
        case .file(let address):
            return SinkAddress.sanitized("file-\(address.path)")
        case .standardOutput: return "stdout"
        }
    }

    /// Keeps what is safe in a file name; a hash keeps apart what was cut or changed.
    static func sanitized(_ text: String) -> String {
        var name = ""
        var isChanged = false
        for byte in text.utf8 {
            let isPlain =
                byte == 0x2D || byte == 0x2E || (byte >= 0x30 && byte <= 0x39)
                || (byte >= 0x41 && byte <= 0x5A) || (byte >= 0x61 && byte <= 0x7A)
            if isPlain {
                name.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                if name.last != "-" { name += "-" }
                // A slash or a colon becoming a dash is expected; anything else is told apart.
                if byte != 0x2F && byte != 0x3A { isChanged = true }
            }
        }
        while name.last == "-" || name.last == "." { name.removeLast() }
        if name.utf8.count > 64 {
            name = String(name.prefix(64))
            isChanged = true
        }
        guard isChanged else { return name }
        // FNV-1a: short, and the same on every run.
        let hash = text.utf8.reduce(0x811C_9DC5 as UInt32) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
        return name + "-" + String(hash, radix: 16)
    }
}
