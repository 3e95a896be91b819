// `--listen HOST:PORT`: where the telemetry server listens. Nothing listens by default.

/// A host and a port to listen on.
public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// An address or a name; empty for every interface.
    public var host: String
    /// The TCP port; 0 lets the kernel choose.
    public var port: UInt16

    /// Creates an address.
    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Reads `HOST:PORT`, `[IPv6]:PORT`, `:PORT` (every interface) or `PORT` (loopback only).
    public init?(_ text: String) {
        var host = "127.0.0.1"
        var port = Substring(text)
        if let colon = text.lastIndex(of: ":") {
            host = String(text[..<colon])
            port = text[text.index(after: colon)...]
            if host.hasPrefix("["), host.hasSuffix("]") {
                host = String(host.dropFirst().dropLast())
                if host.isEmpty { return nil }
            } else if host.contains(":") {
                return nil
            }
        }
        guard !port.isEmpty, port.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
            let number = UInt16(port), !host.contains(" ")
        else { return nil }
        self.init(host: host, port: number)
    }

    /// `host:port`, brackets around an IPv6 address.
    public var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
