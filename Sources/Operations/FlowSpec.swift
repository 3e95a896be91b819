// A flow by its two ends: `10.0.0.1:4711-10.0.0.2:80`, IPv6 in brackets. RFC 4291 §2.2.

import ArgumentParser
public import Service
public import Wire

/// The two ends of a TCP connection, in either order.
public struct FlowSpec: ConfigurationValue, Hashable, Sendable, CustomStringConvertible {
    /// One end.
    public let one: Endpoint
    /// The other end.
    public let other: Endpoint
    /// The VXLAN network, when it matters.
    public var vni: UInt32?

    /// Names a flow.
    public init(_ one: Endpoint, _ other: Endpoint, vni: UInt32? = nil) {
        self.one = one
        self.other = other
        self.vni = vni
    }

    /// Reads both ends with `-` between.
    public init(parsing text: String) throws(ValueError) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let one = FlowSpec.endpoint(parts[0]),
            let other = FlowSpec.endpoint(parts[1])
        else {
            throw ValueError(
                "is not a flow: write 10.0.0.1:4711-10.0.0.2:80 or [fd00::1]:4711-[fd00::2]:80")
        }
        self.init(one, other)
    }

    /// Whether a packet belongs to the flow.
    public func contains(_ packet: TCPPacket) -> Bool {
        let isOfEnds =
            packet.source == one && packet.destination == other
            || packet.source == other && packet.destination == one
        return isOfEnds && (vni == nil || packet.encapsulation.vni == vni)
    }

    /// The flow as it can be read again.
    public var description: String { "\(one)-\(other)" }

    /// Reads `address:port`.
    public static func endpoint(_ text: some StringProtocol) -> Endpoint? {
        guard let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...])
        else { return nil }
        let host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            return v6(String(host.dropFirst().dropLast())).map { Endpoint(IPAddress(v6: $0), port) }
        }
        return v4(String(host)).map { Endpoint(IPAddress(v4: $0), port) }
    }

    private static func v4(_ text: String) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard let byte = UInt8(part) else { return nil }
            value = value << 8 | UInt32(byte)
        }
        return value
    }

    private static func v6(_ text: String) -> UInt128? {
        let halves = text.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
        guard (1...2).contains(halves.count), let front = groups(halves[0]) else { return nil }
        var all = front
        if halves.count == 2 {
            guard let back = groups(halves[1]), front.count + back.count < 8 else { return nil }
            all += Array(repeating: 0, count: 8 - front.count - back.count) + back
        }
        guard all.count == 8 else { return nil }
        return all.reduce(0) { $0 << 16 | UInt128($1) }
    }

    private static func groups(_ text: Substring) -> [UInt16]? {
        if text.isEmpty { return [] }
        var groups: [UInt16] = []
        for part in text.split(separator: ":", omittingEmptySubsequences: false) {
            if part.contains("."), let low = v4(String(part)) {
                groups += [UInt16(low >> 16), UInt16(truncatingIfNeeded: low)]
                continue
            }
            guard (1...4).contains(part.utf8.count), let group = UInt16(part, radix: 16) else {
                return nil
            }
            groups.append(group)
        }
        return groups
    }
}
