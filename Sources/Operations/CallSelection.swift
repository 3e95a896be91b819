// Which calls are meant. Criteria of different kinds must all hold; of one kind, any.

public import Assembly
import Bytes
public import Service

/// Picks call records.
public struct CallSelection: Sendable {
    /// When their request began (their response, where no request was seen), packet time.
    public var time = TimeRange()
    /// Ports of the server.
    public var ports: PortList?
    /// VXLAN networks.
    public var vnis: VNIList?
    /// Hosts of the URL, without port.
    public var hosts: [Glob] = []
    /// Paths of the URL, without the query.
    public var paths: [Glob] = []
    /// Request methods.
    public var methods: Set<String> = []
    /// Status codes.
    public var statuses: StatusList?
    /// Call ids.
    public var ids: Set<String> = []

    /// Picks everything.
    public init() {}

    /// Whether only the time counts.
    public var isTimeOnly: Bool {
        ports == nil && vnis == nil && hosts.isEmpty && paths.isEmpty && methods.isEmpty
            && statuses == nil && ids.isEmpty
    }

    /// Whether a record is meant; its time was looked at before.
    public func takes(_ call: borrowing CallFields) -> Bool {
        if !ids.isEmpty, !(call.text("call:id").map { ids.contains($0) } ?? false) { return false }
        if let statuses, !statuses.contains(call.number("response_code").map(Int.init)) {
            return false
        }
        if !methods.isEmpty,
            !(call.text("request_method").map { methods.contains($0.uppercased()) } ?? false)
        {
            return false
        }
        if let ports {
            guard let port = CallSelection.port(call.text("call:server")), ports.contains(port)
            else { return false }
        }
        if let vnis {
            guard let vni = call.number("call:vni").flatMap({ UInt32(exactly: $0) }),
                vnis.takes(vni)
            else { return false }
        }
        if hosts.isEmpty && paths.isEmpty { return true }
        let url = CallURL(call.text("request_url") ?? "")
        return (hosts.isEmpty || hosts.contains { $0.matches(url.host) })
            && (paths.isEmpty || paths.contains { $0.matches(url.path) })
    }

    private static func port(_ endpoint: String?) -> UInt16? {
        guard let endpoint, let colon = endpoint.lastIndex(of: ":") else { return nil }
        return UInt16(endpoint[endpoint.index(after: colon)...])
    }
}

/// The parts of a record's URL.
public struct CallURL: Sendable, Equatable {
    /// The host, without port; empty when there is none.
    public var host: String
    /// The path, `/` at least, without query.
    public var path: String

    /// Takes a URL apart: `http://host:port/path`.
    public init(_ url: String) {
        var rest = url[...]
        if let scheme = url.firstRange(of: "://") { rest = url[scheme.upperBound...] }
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let tail = rest[authority.endIndex...].prefix { $0 != "?" && $0 != "#" }
        path = tail.isEmpty ? "/" : String(tail)
        var name = authority
        if let at = name.lastIndex(of: "@") { name = name[name.index(after: at)...] }
        if name.hasPrefix("["), let end = name.firstIndex(of: "]") {
            name = name[...end]
        } else if let colon = name.lastIndex(of: ":") {
            name = name[..<colon]
        }
        host = String(name)
    }
}

/// Reads a record's time without taking the record apart.
enum CallTime {
    /// When its request began, else its response; nanoseconds since 1970, nil when it does not say.
    ///
    /// The unescaped text `["call:` cannot stand inside a JSON string, and own keys are last.
    static func nanoseconds(of line: Span<UInt8>) -> Int64? {
        number(behind: "[\"call:request_start\",\"", in: line)
            ?? number(behind: "[\"call:response_start\",\"", in: line)
    }

    private static func number(behind needle: StaticString, in line: Span<UInt8>) -> Int64? {
        let width = needle.utf8CodeUnitCount
        var start = line.count - width
        while start >= 0 {
            if line[start] == 0x5B, line.slice(start, width).equals(needle) {
                var value: Int64 = 0
                var offset = start + width
                while offset < line.count, offset < start + width + 19, line[offset].isASCIIDigit {
                    value = value &* 10 &+ Int64(line[offset] - 0x30)
                    offset += 1
                }
                return offset > start + width ? value : nil
            }
            start -= 1
        }
        return nil
    }
}
