// The telemetry server: /metrics, /healthz and /readyz over libmicrohttpd.
//
// Fence: every libmicrohttpd call is in this file. One polling thread serves all connections, at
// most `connectionLimit` of them, each with bounded memory and a timeout, so that a scraper cannot
// starve us.

import CMicrohttpd
import Glibc

/// A running telemetry server; it stops when it is released or `stop()` is called.
@safe
public final class MetricsServer: @unchecked Sendable {
    // SAFETY: libmicrohttpd's daemon is used by its own thread and, for stopping, by whoever holds
    // the only reference here; `stop` is idempotent under the lock of `daemon`'s owner (see
    // stop()).
    private final class Context: Sendable {
        let pages: TelemetryPages
        init(pages: TelemetryPages) { self.pages = pages }
    }

    /// The most connections served at once; further ones are refused.
    public static let connectionLimit: UInt32 = 32
    /// Idle connections are closed after so many seconds.
    public static let timeoutSeconds: UInt32 = 10
    /// The most memory one connection's request may take, in bytes.
    public static let connectionMemoryBytes = 16 * 1024

    /// Where it listens, with the port the kernel chose when 0 was asked for.
    public let address: ListenAddress

    private let context: Context
    private let daemon: OpaquePointer

    /// Binds and starts to serve.
    ///
    /// - Throws: `ListenError` with one clear line when the address cannot be had.
    public convenience init(listen: ListenAddress, pages: TelemetryPages) throws(ListenError) {
        let (descriptor, port) = try ListeningSocket.open(listen)
        try self.init(
            descriptor: descriptor, address: ListenAddress(host: listen.host, port: port),
            pages: pages)
    }

    /// Serves on a socket that a service manager opened and listens on: so a process without a
    /// network has a page to look at. The socket is closed with the server.
    ///
    /// - Throws: `ListenError` when the descriptor is no socket.
    public convenience init(inherited descriptor: Int32, pages: TelemetryPages) throws(ListenError)
    {
        guard let port = ListeningSocket.boundPort(descriptor) else {
            throw ListenError(description: "cannot listen on descriptor \(descriptor): no socket")
        }
        try self.init(
            descriptor: descriptor, address: ListenAddress(host: "inherited", port: port),
            pages: pages)
    }

    private init(
        descriptor: Int32, address: ListenAddress, pages: TelemetryPages
    ) throws(ListenError) {
        let context = Context(pages: pages)
        // SAFETY: the context outlives the daemon: `self` holds it until stop() has joined the
        // thread.
        let started = unsafe earshot_mhd_start(
            descriptor, MetricsServer.handler, Unmanaged.passUnretained(context).toOpaque(),
            MetricsServer.connectionLimit, MetricsServer.timeoutSeconds,
            MetricsServer.connectionMemoryBytes)
        guard let daemon = unsafe started else {
            close(descriptor)
            throw ListenError(description: "cannot listen on \(address): no server thread")
        }
        self.context = context
        unsafe self.daemon = daemon
        self.address = address
    }

    deinit {
        // SAFETY: the daemon was started in init and is stopped exactly once, here; the call joins
        // its thread and closes the socket.
        unsafe MHD_stop_daemon(daemon)
    }

    // SAFETY: called by libmicrohttpd's thread with the context given at the start, which is alive
    // until MHD_stop_daemon has returned; the strings are valid for the call.
    private static let handler: MHD_AccessHandlerCallback = {
        context, connection, url, method, _, _, _, _ in
        guard let context = unsafe context, let connection = unsafe connection,
            let url = unsafe url, let method = unsafe method
        else { return .NO }
        let owner = unsafe Unmanaged<Context>.fromOpaque(context).takeUnretainedValue()
        let page = unsafe owner.pages.answer(
            method: String(cString: method), path: String(cString: url))
        return unsafe MetricsServer.send(page, to: connection)
    }

    @unsafe
    private static func send(
        _ page: TelemetryPages.Page, to connection: OpaquePointer
    ) -> MHD_Result {
        var body = Array(page.body.utf8)
        // SAFETY: the body is copied by the call (MUST_COPY) before the array goes away.
        let response = unsafe body.withUnsafeMutableBytes { bytes in
            unsafe MHD_create_response_from_buffer(
                bytes.count, bytes.baseAddress, .RESPMEM_MUST_COPY)
        }
        guard let response = unsafe response else { return .NO }
        // SAFETY: the response is destroyed once; the connection holds its own reference.
        defer { unsafe MHD_destroy_response(response) }
        _ = unsafe MHD_add_response_header(response, "Content-Type", page.contentType)
        return unsafe MHD_queue_response(connection, UInt32(page.status), response)
    }
}
