import Testing

@testable import Telemetry

@Suite struct HealthProbeTests {
    @Test(arguments: [
        ("http://127.0.0.1:9464/readyz", "127.0.0.1", 9464, "/readyz"),
        ("localhost:80", "localhost", 80, "/healthz"),
        ("[::]:9464", "::1", 9464, "/healthz"),
        ("0.0.0.0:9464/readyz", "127.0.0.1", 9464, "/readyz"),
        (":9464", "127.0.0.1", 9464, "/healthz"),
        ("9464/metrics", "127.0.0.1", 9464, "/metrics"),
        ("http://[::1]:9464", "::1", 9464, "/healthz"),
    ])
    func `an address is read as people write it`(
        text: String, host: String, port: Int, path: String
    ) throws {
        let probe = try #require(HealthProbe(text))
        #expect(probe.host == host)
        #expect(Int(probe.port) == port)
        #expect(probe.path == path)
    }

    @Test(arguments: [
        "", "http://", "http://host", "host:0", "1.2.3.4:80/a b", "https://x:1/", "::1:80",
    ])
    func `what is no address is refused`(text: String) {
        #expect(HealthProbe(text) == nil)
    }

    @Test func `a server of ours is asked and understood`() throws {
        let health = HealthState()
        let server = try MetricsServer(
            listen: ListenAddress(host: "127.0.0.1", port: 0),
            pages: TelemetryPages(metrics: MetricsRegistry(), health: health))
        let base = "http://\(server.address)"
        func ask(_ path: String) throws -> HealthProbe.Answer {
            try #require(HealthProbe(base + path)).ask(timeoutNanoseconds: 5_000_000_000)
        }
        #expect(try ask("/healthz") == HealthProbe.Answer(status: 200, body: "ok\n"))
        let waiting = try ask("/readyz")
        #expect(waiting.status == 503)
        #expect(!waiting.isGood)
        #expect(waiting.body.hasPrefix("starting: "))
        health.clear("starting")
        #expect(try ask("/readyz").isGood)
        #expect(try ask("/nothing").status == 404)
    }

    @Test func `an answer that is not HTTP is none`() {
        #expect(HealthProbe.answer(in: Array("SSH-2.0\r\n\r\n".utf8)) == nil)
        #expect(HealthProbe.answer(in: Array("HTTP/1.1 200 OK\r\n".utf8)) == nil)
        #expect(HealthProbe.answer(in: []) == nil)
        #expect(
            HealthProbe.answer(in: Array("HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody".utf8))
                == HealthProbe.Answer(status: 200, body: "body"))
    }
}
