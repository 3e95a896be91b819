// A socket on every VXLAN port that throws everything away.
//
// Without one the kernel answers each mirrored packet with ICMP port unreachable, to production
// hosts. A filter that refuses everything keeps packets from being queued, so that it costs next to
// nothing.

import Bytes
import Glibc

/// Keeps the UDP ports of VXLAN bound for as long as it lives.
public struct VXLANDrain: ~Copyable {
    /// What became of a port.
    public enum Outcome: Sendable, Equatable {
        /// Packets to it are discarded.
        case bound
        /// Someone else has it, a VXLAN device perhaps, and that is as good.
        case taken
        /// The machine has no such protocol.
        case unsupported
        /// It cannot be bound.
        case failed(String)
    }

    /// One port of one protocol and what became of it.
    public struct Binding: Sendable, Equatable {
        /// The UDP port.
        public let port: UInt16
        /// Whether it is IPv6's.
        public let isIPv6: Bool
        /// What became of it.
        public let outcome: Outcome
    }

    /// Every port and what became of it.
    public let bindings: [Binding]
    let sockets: [Int32]

    /// Binds the ports, for IPv4 and IPv6.
    public init(ports: [UInt16]) {
        var bindings: [Binding] = []
        var sockets: [Int32] = []
        for port in ports {
            for isIPv6 in [false, true] {
                let (outcome, socket) = Self.bind(port: port, isIPv6: isIPv6)
                bindings.append(Binding(port: port, isIPv6: isIPv6, outcome: outcome))
                if socket >= 0 { sockets.append(socket) }
            }
        }
        self.bindings = bindings
        self.sockets = sockets
    }

    deinit { for socket in sockets { close(socket) } }

    static func bind(port: UInt16, isIPv6: Bool) -> (Outcome, Int32) {
        let family = isIPv6 ? AF_INET6 : AF_INET
        let datagram = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, datagram, 0)
        if descriptor < 0 { return (errno == EAFNOSUPPORT ? .unsupported : failure(), -1) }
        do throws(CaptureError) {
            try SocketFilter.attach(.refuseAll, to: descriptor, subject: "udp port \(port)")
        } catch {
            close(descriptor)
            return (.failed("\(error)"), -1)
        }
        set(SOL_SOCKET, SO_RCVBUF, 0, on: descriptor)
        if isIPv6 { set(Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1, on: descriptor) }
        guard bindAny(descriptor, port: port, isIPv6: isIPv6) != 0 else {
            return (.bound, descriptor)
        }
        let outcome: Outcome
        switch errno {
        case EADDRINUSE: outcome = .taken
        case EADDRNOTAVAIL: outcome = .unsupported
        case _: outcome = failure()
        }
        close(descriptor)
        return (outcome, -1)
    }

    static func bindAny(_ descriptor: Int32, port: UInt16, isIPv6: Bool) -> Int32 {
        // The wildcard address is all zeros in both families.
        if isIPv6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            return bind(descriptor, &address)
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        return bind(descriptor, &address)
    }

    static func bind<Address>(_ descriptor: Int32, _ address: inout Address) -> Int32 {
        // SAFETY: a socket address of a family may be passed as sockaddr with its own size.
        unsafe withUnsafeBytes(of: &address) { bytes in
            guard let start = bytes.baseAddress else { return -1 }
            let general = unsafe start.assumingMemoryBound(to: sockaddr.self)
            return unsafe Glibc.bind(descriptor, general, socklen_t(bytes.count))
        }
    }

    static func set(_ level: Int32, _ option: Int32, _ value: Int32, on descriptor: Int32) {
        var value = value
        // SAFETY: the option takes an int. What cannot be set keeps its default, which works.
        _ = unsafe setsockopt(
            descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    static func failure() -> Outcome { .failed("\(CaptureError.system("socket", "udp", errno))") }
}
