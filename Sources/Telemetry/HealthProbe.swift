// Asks a telemetry server for a page: what curl would do, in images that have none. RFC 9112, as
// far as our own server speaks it: HTTP/1.0, the answer ends with the connection.

import Platform

/// A page of a telemetry server on this host, or another.
public struct HealthProbe: Sendable, Equatable {
    /// What came back.
    public struct Answer: Sendable, Equatable {
        /// The HTTP status.
        public var status: Int
        /// The body.
        public var body: String
        /// Whether the status is one of success.
        public var isGood: Bool { (200..<300).contains(status) }
    }

    /// Why there is no answer.
    public struct Failure: Error, Sendable, CustomStringConvertible {
        /// One line for the person who asked.
        public var description: String
    }

    /// The most bytes of an answer.
    public static let maximumBytes = 4 << 20

    /// The server's name or address.
    public let host: String
    /// The server's port.
    public let port: UInt16
    /// The path, with its slash.
    public let path: String

    /// Reads `http://host:port/path`, `host:port/path` or `:port`; the path is `/healthz` when
    /// there is none.
    public init?(_ text: String) {
        var rest = Substring(text)
        if rest.hasPrefix("http://") { rest = rest.dropFirst(7) }
        let authority = rest.prefix { $0 != "/" }
        let path = rest.dropFirst(authority.count)
        let isPlain = path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        guard isPlain, let address = ListenAddress(String(authority)), address.port > 0
        else { return nil }
        // Every interface to who listens is this host to who asks.
        switch address.host {
        case "", "0.0.0.0": host = "127.0.0.1"
        case "::": host = "::1"
        default: host = address.host
        }
        port = address.port
        self.path = path.isEmpty ? "/healthz" : String(path)
    }

    /// Asks once.
    ///
    /// - Throws: `Failure` when nothing answered in time, or not in HTTP.
    public func ask(timeoutNanoseconds: Int64) throws(Failure) -> Answer {
        let address = ListenAddress(host: host, port: port)
        let bytes: [UInt8]
        do throws(IOError) {
            bytes = try Peer.ask(
                host: host, port: port,
                request: "GET \(path) HTTP/1.0\r\nHost: \(address)\r\n\r\n",
                maximumBytes: HealthProbe.maximumBytes, timeoutNanoseconds: timeoutNanoseconds)
        } catch {
            throw Failure(description: error.description)
        }
        guard let answer = HealthProbe.answer(in: bytes) else {
            throw Failure(description: "\(address): the answer is not HTTP")
        }
        return answer
    }

    /// The answer in what a server sent.
    static func answer(in bytes: [UInt8]) -> Answer? {
        let text = String(decoding: bytes, as: UTF8.self)
        let words = text.prefix { !$0.isNewline }.split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]),
            let end = bytes.indices.first(where: { bytes[$0...].starts(with: [13, 10, 13, 10]) })
        else { return nil }
        return Answer(
            status: status, body: String(decoding: bytes[(end + 4)...], as: UTF8.self))
    }
}
