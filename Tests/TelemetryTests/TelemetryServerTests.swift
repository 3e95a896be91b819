import Foundation
import Telemetry
import Testing

@Suite struct TelemetryServerTests {
    @Test(arguments: [
        ("127.0.0.1:9464", "127.0.0.1", 9464), ("9464", "127.0.0.1", 9464), (":0", "", 0),
        ("[::1]:80", "::1", 80), ("localhost:65535", "localhost", 65535),
    ])
    func `addresses to listen on are read`(text: String, host: String, port: Int) {
        #expect(ListenAddress(text) == ListenAddress(host: host, port: UInt16(port)))
    }

    @Test(arguments: [
        "", "x", "1:2:3", "host:", "host:65536", "host:-1", "[]:1", "a b:1", "::1:80",
    ])
    func `what is no address is refused`(text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test func `pages answer by path and method`() {
        let health = HealthState()
        let pages = TelemetryPages(metrics: MetricsRegistry(), health: health)
        #expect(pages.answer(method: "GET", path: "/healthz").status == 200)
        #expect(pages.answer(method: "GET", path: "/readyz").status == 503)
        health.clear("starting")
        #expect(pages.answer(method: "GET", path: "/readyz").body == "ok\n")
        #expect(pages.answer(method: "POST", path: "/metrics").status == 405)
        #expect(pages.answer(method: "GET", path: "/etc/passwd").status == 404)
    }

    @Test func `a descriptor that is no socket is no server`() {
        let pages = TelemetryPages(metrics: MetricsRegistry(), health: HealthState())
        #expect(throws: ListenError.self) { try MetricsServer(inherited: 999, pages: pages) }
    }

    @Test func `a server answers on loopback and a second one is told the port is taken`() throws {
        let pages = TelemetryPages(metrics: ExpositionTests.sample(), health: HealthState())
        let server = try MetricsServer(
            listen: ListenAddress(host: "127.0.0.1", port: 0), pages: pages)
        #expect(server.address.port != 0)
        #expect(try get("/metrics", server).0 == 200)
        #expect(try get("/metrics", server).1 == ExpositionTests.golden)
        #expect(try get("/readyz", server).0 == 503)
        #expect(try get("/nothing", server).0 == 404)
        let failure = #expect(throws: ListenError.self) {
            _ = try MetricsServer(listen: server.address, pages: pages)
        }
        let words = try #require(failure).description
        #expect(words.contains("Address already in use (98)"))
        withExtendedLifetime(server) {}
    }

    @Test func `a name that does not resolve is one clear line`() {
        let pages = TelemetryPages(metrics: MetricsRegistry(), health: HealthState())
        let failure = #expect(throws: ListenError.self) {
            _ = try MetricsServer(
                listen: ListenAddress(host: "256.256.256.256", port: 1), pages: pages)
        }
        #expect(failure?.description.hasPrefix("cannot listen on 256.256.256.256:1: ") == true)
    }

    /// Asks with curl, so that no HTTP client of ours vouches for our own server.
    private func get(_ path: String, _ server: MetricsServer) throws -> (Int, String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "curl", "-s", "--noproxy", "*", "-m", "5", "-w", "%{http_code}",
            "http://\(server.address)\(path)",
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        let text = String(decoding: data, as: UTF8.self)
        return (Int(text.suffix(3)) ?? -1, String(text.dropLast(3)))
    }
}
