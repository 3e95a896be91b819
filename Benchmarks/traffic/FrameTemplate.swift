// Everything in front of the payload for one direction of one connection: only lengths, numbers and
// checksums change from packet to packet.
//
//   [outer Ethernet 14, IPv4 20, UDP 8, VXLAN 8]  Ethernet 14, IPv4 20 or IPv6 40, TCP 32

/// The headers of one direction of a connection.
struct FrameTemplate {
    /// The headers, variable fields zero.
    var bytes: [UInt8] = []
    /// Where the inner IP header starts.
    var networkOffset = 0
    /// Where the TCP header starts.
    var transportOffset = 0
    /// Whether the inner header is IPv6.
    var isIPv6 = false

    /// How much stands in front of an encapsulated frame.
    static let tunnelByteCount = 50
    /// A TCP header with timestamps, as Linux sends it.
    static let transportByteCount = 32

    /// One end of a connection: a number that becomes an address, and a port.
    struct End {
        /// Which host.
        var host: Int
        /// Which port.
        var port: UInt16
    }

    /// Writes the headers for packets from `source` to `destination`.
    init(from source: End, to destination: End, isIPv6: Bool, tunnel: Tunnel?) {
        self.isIPv6 = isIPv6
        if let tunnel { appendTunnel(tunnel) }
        appendLinkAddress(destination.host)
        appendLinkAddress(source.host)
        bytes += isIPv6 ? [0x86, 0xDD] : [0x08, 0x00]
        networkOffset = bytes.count
        if isIPv6 {
            bytes += [0x60, 0, 0, 0, 0, 0, 6, 64]
            appendIPv6(source.host)
            appendIPv6(destination.host)
        } else {
            bytes += [0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 6, 0, 0]
            appendIPv4(source.host)
            appendIPv4(destination.host)
        }
        transportOffset = bytes.count
        append(source.port)
        append(destination.port)
        bytes += [UInt8](repeating: 0, count: 8)  // sequence and acknowledgement
        bytes += [0x80, 0, 0x01, 0xF5, 0, 0, 0, 0]  // offset, flags, window, checksum, urgent
        bytes += [1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0]  // timestamps (RFC 7323)
    }

    /// The VXLAN wrapping of a mirror session: one source address for both directions.
    ///
    /// RFC 7348 §5.
    struct Tunnel {
        /// The virtual network.
        var vni: UInt32
        /// The outer source port: the same for both directions of a connection.
        var sourcePort: UInt16
    }

    private mutating func appendTunnel(_ tunnel: Tunnel) {
        appendLinkAddress(9_000_001)
        appendLinkAddress(9_000_002)
        bytes += [0x08, 0x00, 0x45, 0, 0, 0, 0, 0, 0x40, 0, 255, 17, 0, 0]
        bytes += [172, 31, 0, 10, 172, 31, 0, 20]
        append(tunnel.sourcePort)
        append(4789)
        bytes += [0, 0, 0, 0, 0x08, 0, 0, 0]
        bytes += [tunnel.vni >> 16, tunnel.vni >> 8, tunnel.vni].map {
            UInt8(truncatingIfNeeded: $0)
        }
        bytes.append(0)
    }

    private mutating func append(_ number: UInt16) {
        bytes += [UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)]
    }

    private mutating func appendLinkAddress(_ host: Int) {
        bytes += [0x02, 0x42] + FrameTemplate.bigEndian(host)
    }

    private mutating func appendIPv4(_ host: Int) {
        bytes.append(10)
        bytes += FrameTemplate.bigEndian(host).dropFirst()
    }

    private mutating func appendIPv6(_ host: Int) {
        bytes += [0xFD, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] + FrameTemplate.bigEndian(host)
    }

    private static func bigEndian(_ number: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }
}
