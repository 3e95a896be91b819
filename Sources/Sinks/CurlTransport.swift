// HTTP through libcurl: one easy handle, kept alive from request to request.
//
// Fence: every libcurl call is in this file. Proxy variables and TLS trust are libcurl's and the
// system's business.

import CCurl
public import Platform

/// POST requests to one URL.
@safe
public final class CurlTransport: HTTPTransport {
    // SAFETY: the handle and the list are owned by this object, used by the one thread that owns it
    // (the class is not Sendable), and freed once in deinit.
    private let handle: UnsafeMutableRawPointer
    // SAFETY: libcurl writes a message of at most CURL_ERROR_SIZE bytes here, during requests of
    // this handle only; freed behind it.
    private let message: UnsafeMutablePointer<CChar>
    private let baseHeaders: [String]
    private let exchange: Exchange

    /// The most bytes of an answer kept.
    public static let excerptBytes = 1024

    /// What the callbacks of one request write to.
    private final class Exchange {
        let control: StopControl
        let time: any TimeSource
        let silenceNanoseconds: Int64
        var excerpt: [UInt8] = []
        var retryAfter: String?
        /// Bytes moved both ways, and when that number last changed.
        var moved: Int64 = 0
        var lastMove: Int64 = 0
        var wasSilent = false

        init(control: StopControl, time: any TimeSource, silenceNanoseconds: Int64) {
            self.control = control
            self.time = time
            self.silenceNanoseconds = silenceNanoseconds
        }

        func begin() {
            excerpt = []
            retryAfter = nil
            moved = 0
            lastMove = time.monotonicNanoseconds()
            wasSilent = false
        }

        /// Whether to go on.
        func progress(_ bytes: Int64) -> Bool {
            let now = time.monotonicNanoseconds()
            if bytes != moved {
                moved = bytes
                lastMove = now
            }
            wasSilent = now - lastMove >= silenceNanoseconds
            return !wasSilent && !control.isOverdue(now)
        }
    }

    /// Prepares requests to `url`; nothing is opened yet.
    ///
    /// - Throws: `SinkError` when libcurl refuses an option.
    public init(
        url: String, options: HTTPOptions, control: StopControl, time: any TimeSource
    ) throws(SinkError) {
        // SAFETY: the first initialization happens before other threads use libcurl: ship opens its
        // sinks one after another on its main thread.
        guard curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK,
            let handle = unsafe curl_easy_init()
        else { throw SinkError("libcurl cannot be initialized") }
        unsafe self.handle = handle
        unsafe message = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe message.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        baseHeaders = options.headers
        let silence = max(options.answerMilliseconds, options.connectMilliseconds)
        exchange = Exchange(
            control: control, time: time, silenceNanoseconds: Int64(silence) * 1_000_000)
        try configure(url, options)
    }

    deinit {
        // SAFETY: see `handle`.
        unsafe curl_easy_cleanup(handle)
        unsafe message.deallocate()
    }

    private func configure(_ url: String, _ options: HTTPOptions) throws(SinkError) {
        try set(CURLOPT_URL, url)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_USERAGENT, options.userAgent)
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_POST, 1)
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        try set(CURLOPT_CONNECTTIMEOUT_MS, max(options.connectMilliseconds, 1))
        // Silence, not length, is what times out (see onProgress): a slow link may take long over
        // 5 MiB. The total is bounded, too, against a peer that drips.
        try set(CURLOPT_TIMEOUT_MS, max(options.answerMilliseconds, 1000) * 10)
        try set(CURLOPT_NOPROGRESS, 0)
        if let credentials = options.credentials { try set(CURLOPT_USERPWD, credentials) }
        if let path = options.certificatePath { try set(CURLOPT_SSLCERT, path) }
        if let path = options.keyPath { try set(CURLOPT_SSLKEY, path) }
        if let path = options.authorityPath { try set(CURLOPT_CAINFO, path) }
        // SAFETY: the exchange lives as long as the handle: both belong to this object.
        let context = unsafe Unmanaged.passUnretained(exchange).toOpaque()
        unsafe earshot_curl_set_write(handle, CURLOPT_WRITEFUNCTION, CurlTransport.onBody)
        unsafe earshot_curl_set_pointer(handle, CURLOPT_WRITEDATA, context)
        unsafe earshot_curl_set_write(handle, CURLOPT_HEADERFUNCTION, CurlTransport.onHeader)
        unsafe earshot_curl_set_pointer(handle, CURLOPT_HEADERDATA, context)
        unsafe earshot_curl_set_progress(handle, CurlTransport.onProgress)
        unsafe earshot_curl_set_pointer(handle, CURLOPT_XFERINFODATA, context)
        unsafe earshot_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, message)
    }

    private func set(_ option: CURLoption, _ value: Int) throws(SinkError) {
        // SAFETY: the option takes a long.
        let code = unsafe earshot_curl_set_long(handle, option, value)
        if code != CURLE_OK { throw SinkError(CurlTransport.text(code)) }
    }

    private func set(_ option: CURLoption, _ value: String) throws(SinkError) {
        // SAFETY: the option takes a string, which libcurl copies.
        let code = unsafe earshot_curl_set_text(handle, option, value)
        if code != CURLE_OK { throw SinkError(CurlTransport.text(code)) }
    }

    /// Sends a body and waits for the answer.
    public func post(_ body: Span<UInt8>, headers: [String]) -> HTTPOutcome {
        exchange.begin()
        // `Expect:` and `Accept:` without a value leave those headers out.
        var list: UnsafeMutablePointer<curl_slist>?
        // SAFETY: the list is built here, used for one request and freed behind it; libcurl copies
        // each string.
        for header in baseHeaders + headers + ["Expect:", "Accept:"] {
            guard let longer = unsafe curl_slist_append(list, header) else {
                unsafe curl_slist_free_all(list)
                return .failed("out of memory")
            }
            unsafe list = longer
        }
        defer { unsafe curl_slist_free_all(list) }
        unsafe earshot_curl_set_list(handle, CURLOPT_HTTPHEADER, list)
        unsafe message[0] = 0
        unsafe earshot_curl_set_off(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
        // SAFETY: the body stays in place for the call; libcurl only reads it, and forgets it at
        // the next request, which sets another.
        let code = unsafe body.withUnsafeBytes { bytes in
            unsafe earshot_curl_set_pointer(
                handle, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
            return unsafe curl_easy_perform(handle)
        }
        unsafe earshot_curl_set_list(handle, CURLOPT_HTTPHEADER, nil)
        if exchange.wasSilent {
            let seconds = Double(exchange.silenceNanoseconds) / 1e9
            return .failed("no answer for \(seconds) s")
        }
        guard code == CURLE_OK else { return .failed(failure(code)) }
        var status = 0
        // SAFETY: the variable is a long and lives for the call.
        unsafe earshot_curl_response_code(handle, &status)
        let excerpt = String(decoding: exchange.excerpt, as: UTF8.self)
        return .answer(status: status, retryAfter: exchange.retryAfter, excerpt: excerpt)
    }

    /// What libcurl says of the last request, and what to do about certificates.
    private func failure(_ code: CURLcode) -> String {
        // SAFETY: the text ends with a zero: libcurl writes it so, and the first byte is zeroed.
        let words = unsafe String(cString: message)
        guard !words.isEmpty else { return CurlTransport.text(code) }
        let line = words.split(whereSeparator: \.isNewline).joined(separator: " ")
        let hint =
            code == CURLE_PEER_FAILED_VERIFICATION
            ? "; check the certificate's names, or name its authority by --tls-ca" : ""
        return "\(line) (curl \(code.rawValue))\(hint)"
    }

    private static func text(_ code: CURLcode) -> String {
        // SAFETY: the string is static.
        let words = unsafe String(cString: curl_easy_strerror(code))
        return "\(words) (curl \(code.rawValue))"
    }

    // SAFETY (all three): libcurl passes the context set in configure, which outlives the handle,
    // and count bytes at data; they run on the thread that called curl_easy_perform.
    private static let onBody: curl_write_callback = { data, size, count, context in
        guard let data = unsafe data, let context = unsafe context else { return 0 }
        let exchange = unsafe Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
        let room = CurlTransport.excerptBytes - exchange.excerpt.count
        let kept = min(room, size * count)
        for index in 0..<max(kept, 0) {
            unsafe exchange.excerpt.append(UInt8(bitPattern: data[index]))
        }
        return size * count
    }

    private static let onHeader: curl_write_callback = { data, size, count, context in
        guard let data = unsafe data, let context = unsafe context else { return 0 }
        let exchange = unsafe Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
        let length = min(size * count, 256)
        var line: [UInt8] = []
        for index in 0..<length { unsafe line.append(UInt8(bitPattern: data[index])) }
        let text = String(decoding: line, as: UTF8.self)
        if text.lowercased().hasPrefix("retry-after:") {
            let value = text.dropFirst("retry-after:".count)
            exchange.retryAfter = value.split(whereSeparator: \.isWhitespace)
                .joined(separator: " ")
        }
        return size * count
    }

    private static let onProgress: curl_xferinfo_callback = { context, _, down, _, up in
        guard let context = unsafe context else { return 0 }
        let exchange = unsafe Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
        return exchange.progress(Int64(down) &+ Int64(up)) ? 0 : 1
    }
}
