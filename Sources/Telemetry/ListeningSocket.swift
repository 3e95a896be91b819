// A TCP socket that listens. Fence: the socket calls of this module are here and nowhere else.

import Glibc

/// Why nothing listens.
public struct ListenError: Error, Sendable, CustomStringConvertible {
    /// One line for the person who started the process.
    public var description: String
}

/// Opens a listening socket.
enum ListeningSocket {
    /// Resolves, binds and listens; the caller owns the descriptor.
    static func open(_ address: ListenAddress) throws(ListenError) -> (
        descriptor: Int32, port: UInt16
    ) {
        // SAFETY: all zero is a valid addrinfo: its pointers are null.
        var hints = unsafe addrinfo()
        unsafe hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        let host: String? = address.host.isEmpty ? nil : address.host
        var list: UnsafeMutablePointer<addrinfo>?
        // SAFETY: `hints` and `list` live for the call; the strings are bridged for the call.
        let status = unsafe getaddrinfo(host, String(address.port), &hints, &list)
        guard status == 0, let first = unsafe list else {
            // SAFETY: gai_strerror returns a static string.
            let reason = unsafe String(cString: gai_strerror(status))
            throw ListenError(description: "cannot listen on \(address): \(reason)")
        }
        // SAFETY: the list came from getaddrinfo and is freed once.
        defer { unsafe freeaddrinfo(first) }
        var failure = ListenError(description: "cannot listen on \(address): no address")
        var next: UnsafeMutablePointer<addrinfo>? = unsafe first
        while let entry = unsafe next {
            // SAFETY: the entries are valid until freeaddrinfo.
            unsafe next = entry.pointee.ai_next
            do {
                return unsafe try bind(entry.pointee, address)
            } catch { failure = error }
        }
        throw failure
    }

    private static func bind(
        _ entry: addrinfo, _ address: ListenAddress
    ) throws(ListenError) -> (descriptor: Int32, port: UInt16) {
        // SAFETY: plain integers of a valid entry.
        let descriptor = unsafe socket(
            entry.ai_family, entry.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), entry.ai_protocol)
        guard descriptor >= 0 else { throw error("socket", address) }
        var yes: Int32 = 1
        // SAFETY: `yes` lives for the call and has the size said.
        _ = unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        // SAFETY: address and length are those of the entry.
        guard unsafe Glibc.bind(descriptor, entry.ai_addr, entry.ai_addrlen) == 0,
            listen(descriptor, 16) == 0
        else {
            let failure = error("bind", address)
            close(descriptor)
            throw failure
        }
        return (descriptor, boundPort(descriptor) ?? address.port)
    }

    /// The port a socket is bound to; nil when it is none.
    static func boundPort(_ descriptor: Int32) -> UInt16? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        // SAFETY: storage is large enough for every family; both live for the call.
        let status = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { rebound in
                unsafe getsockname(descriptor, rebound, &length)
            }
        }
        guard status == 0 else { return nil }
        // SAFETY: IPv4 and IPv6 addresses both keep the port, big-endian, at offset 2.
        return unsafe withUnsafeBytes(of: &storage) { bytes in
            unsafe UInt16(bytes[2]) << 8 | UInt16(bytes[3])
        }
    }

    private static func error(_ call: String, _ address: ListenAddress) -> ListenError {
        let code = errno
        // SAFETY: strerror's string is copied at once.
        let reason = unsafe String(cString: strerror(code))
        return ListenError(
            description: "cannot listen on \(address): \(call): \(reason) (\(code))")
    }
}
