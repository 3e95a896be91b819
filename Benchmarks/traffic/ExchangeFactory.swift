// Requests and responses as browsers, mobile apps and API clients send them and services answer.
//
// What a reader can check: the call's number is in the path and in `x-request-id` of both sides,
// followed there by the expected status; `x-content-crc32` and `etag` are the CRC-32 of the bodies.

/// How big messages are.
enum Profile: String, CaseIterable, Sendable {
    /// API calls: about 3 KB for a request and its response.
    case small
    /// Downloads: about 1 MB.
    case large
    /// Mostly API calls, some pages, few downloads.
    case mixed

    /// How many different exchanges are prepared.
    var libraryCount: Int {
        switch self {
        case .small: 4000
        case .large: 40
        case .mixed: 3000
        }
    }
}

/// Writes exchanges.
struct ExchangeFactory {
    private var bodies: BodyFactory
    private let profile: Profile

    /// Starts from a seed.
    init(profile: Profile, seed: UInt64) {
        self.profile = profile
        bodies = BodyFactory(random: SeededRandom(seed: seed ^ 0x5EED_B0D1_E5))
    }

    /// As many exchanges as the profile wants.
    static func library(_ profile: Profile, seed: UInt64) -> [Exchange] {
        var factory = ExchangeFactory(profile: profile, seed: seed)
        return (0..<profile.libraryCount).map { _ in factory.exchange() }
    }

    private static let agents = [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            + "Chrome/133.0.0.0 Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            + "Version/18.1 Safari/605.1.15",
        "Mozilla/5.0 (X11; Linux x86_64; rv:135.0) Gecko/20100101 Firefox/135.0",
        "okhttp/4.12.0", "python-requests/2.32.3", "Go-http-client/1.1", "curl/8.11.1",
        "ShopApp/7.3.1 (iPhone; iOS 18.2; Scale/3.00)", "axios/1.7.9", "Java-http-client/21.0.5",
    ]
    private static let methods: [(weight: Int, value: String)] = [
        (65, "GET"), (22, "POST"), (6, "PUT"), (4, "DELETE"), (2, "PATCH"), (1, "HEAD"),
    ]
    private static let statuses: [(weight: Int, value: Int)] = [
        (72, 200), (8, 201), (4, 204), (5, 304), (2, 302), (2, 400), (2, 401), (3, 404), (1, 500),
        (1, 503),
    ]

    private mutating func exchange() -> Exchange {
        let method = bodies.random.pick(weighted: ExchangeFactory.methods)
        let status = bodies.random.pick(weighted: ExchangeFactory.statuses)
        let identity = "\(bodies.hex(8))-\(Exchange.placeholder)-\(status)"
        let (requestHead, requestBody) = request(method: method, identity: identity)
        let (responseHead, responseBody) = response(
            to: method, status: status, identity: identity)
        return Exchange(
            requestHead: requestHead, requestBody: requestBody, responseHead: responseHead,
            responseBody: responseBody)
    }

    private mutating func request(method: String, identity: String) -> (String, [UInt8]) {
        let version = bodies.random.within(1...3)
        let path = "/v\(version)/\(bodies.noun())/\(Exchange.placeholder)/\(bodies.noun())"
        var query = ""
        for index in 0..<bodies.random.below(4) {
            query += "\(index == 0 ? "?" : "&")\(bodies.noun())=\(bodies.hex(6))%2C\(bodies.noun())"
        }
        var head = "\(method) \(path)\(query) HTTP/1.1\r\n"
        head += "Host: \(bodies.noun()).shop\(bodies.random.below(20)).example\r\n"
        head += "User-Agent: \(bodies.random.pick(ExchangeFactory.agents))\r\n"
        head += "Accept: application/json, text/html;q=0.9, */*;q=0.8\r\n"
        head += "Accept-Encoding: gzip, deflate\r\n"
        if bodies.random.below(2) == 0 { head += "Accept-Language: en-GB,en;q=0.9,de;q=0.7\r\n" }
        if bodies.random.below(3) == 0 {
            head += "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.\(bodies.hex(96))."
            head += "\(bodies.hex(43))\r\n"
        } else {
            head += "Cookie: session=\(bodies.hex(32)); theme=dark; cart=\(bodies.hex(12)); "
            head += "_ga=GA1.2.\(bodies.random.below(1 << 30))\r\n"
        }
        if bodies.random.below(2) == 0 {
            head += "Referer: https://www.shop.example/\(bodies.noun())/\(bodies.noun())\r\n"
            head += "traceparent: 00-\(bodies.hex(32))-\(bodies.hex(16))-01\r\n"
        }
        head += "X-Request-ID: \(identity)\r\nConnection: keep-alive\r\n"
        guard ["POST", "PUT", "PATCH"].contains(method) else { return (head + "\r\n", []) }
        let kind: BodyKind = bodies.random.below(4) == 0 ? .form : .json
        let body = bodies.body(kind, size: bodies.random.longTailed(median: 500))
        head += "Content-Type: \(kind.contentType)\r\nContent-Length: \(body.count)\r\n"
        head += "X-Content-CRC32: \(String(CRC32.of(body), radix: 16))\r\n\r\n"
        return (head, body)
    }

    private mutating func response(
        to method: String, status: Int, identity: String
    ) -> (String, [UInt8]) {
        let reasons = [
            200: "OK", 201: "Created", 204: "No Content", 302: "Found", 304: "Not Modified",
            400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 500: "Internal Server Error",
            503: "Service Unavailable",
        ]
        var head = "HTTP/1.1 \(status) \(reasons[status] ?? "Other")\r\n"
        head += "Date: Tue, 03 Mar 2026 1\(bodies.random.below(10)):42:07 GMT\r\n"
        head += "Server: nginx/1.26.2\r\nX-Request-ID: \(identity)\r\n"
        head += "Cache-Control: private, max-age=\(bodies.random.below(600))\r\n"
        head += "Vary: Accept-Encoding\r\n"
        if bodies.random.below(4) == 0 {
            head += "Set-Cookie: session=\(bodies.hex(32)); Path=/; HttpOnly; SameSite=Lax\r\n"
        }
        if status == 302 { head += "Location: /\(bodies.noun())/\(bodies.noun())\r\n" }
        if bodies.random.below(2) == 0 { head += "Strict-Transport-Security: max-age=31536000\r\n" }
        head += "Connection: keep-alive\r\n"
        guard status != 204, status != 304 else { return (head + "\r\n", []) }
        return bodyOfResponse(behind: head, isHead: method == "HEAD", isError: status >= 300)
    }

    private mutating func bodyOfResponse(
        behind start: String, isHead: Bool, isError: Bool
    ) -> (String, [UInt8]) {
        let kind = bodies.random.pick(weighted: [
            (70, BodyKind.json), (20, BodyKind.html), (10, BodyKind.text),
        ])
        let plain = bodies.body(kind, size: isError ? 150 : responseSize())
        var head = start + "Content-Type: \(kind.contentType)\r\n"
        head += "ETag: \"\(String(CRC32.of(plain), radix: 16))\"\r\n"
        var coded = plain
        if bodies.random.below(100) < 15, plain.count > 300 {
            coded = GzipWriter.compress(plain)
            head += "Content-Encoding: gzip\r\n"
        }
        if isHead { return (head + "Content-Length: \(coded.count)\r\n\r\n", []) }
        if bodies.random.below(100) < 25 {
            return (head + "Transfer-Encoding: chunked\r\n\r\n", chunked(coded))
        }
        return (head + "Content-Length: \(coded.count)\r\n\r\n", coded)
    }

    private mutating func responseSize() -> Int {
        switch profile {
        case .small: return bodies.random.longTailed(median: 1900)
        case .large: return bodies.random.within(600_000...1_300_000)
        case .mixed:
            let share = bodies.random.below(1000)
            if share < 5 { return bodies.random.within(200_000...1_000_000) }
            return share < 40
                ? bodies.random.longTailed(median: 25_000) : bodies.random.longTailed(median: 1500)
        }
    }

    private mutating func chunked(_ body: [UInt8]) -> [UInt8] {
        var framed: [UInt8] = []
        var offset = 0
        while offset < body.count {
            let count = min(
                bodies.random.pick([512, 1024, 4096, 8192, 16384]), body.count - offset)
            framed += "\(String(count, radix: 16))\r\n".utf8
            framed += body[offset..<(offset + count)]
            framed += "\r\n".utf8
            offset += count
        }
        return framed + Array("0\r\n\r\n".utf8)
    }
}
