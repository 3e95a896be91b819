import Telemetry
import Testing

@Suite struct ExpositionTests {
    static func sample() -> MetricsRegistry {
        let metrics = MetricsRegistry()
        let lines = metrics.counter(
            "earshot_ship_lines", help: "Lines by sink.", labels: ["sink": "a\"b\\c\nd"])
        lines.add(41)
        lines.add()
        metrics.counter("earshot_ship_lines_total", help: "", labels: ["sink": "z"]).add(7)
        metrics.gauge("earshot_ship_backlog_bytes", help: "Bytes waiting.").set(1.5)
        let latency = metrics.histogram(
            "earshot_ship_latency_seconds", help: "Wire to sink.", bounds: [0.1, 1])
        latency.observe(0.05, times: 2)
        latency.observe(0.5)
        latency.observe(3)
        latency.observe(.nan)
        metrics.collect { snapshot in
            snapshot.counters("earshot_http", of: "HTTP parser", labels: ["lane": "0"]) { body in
                body("heads_parsed", 3)
                body("heads_refused", 0)
            }
        }
        return metrics
    }

    static let golden = """
        # HELP earshot_http_heads_parsed_total HTTP parser: heads parsed.
        # TYPE earshot_http_heads_parsed_total counter
        earshot_http_heads_parsed_total{lane="0"} 3
        # HELP earshot_http_heads_refused_total HTTP parser: heads refused.
        # TYPE earshot_http_heads_refused_total counter
        earshot_http_heads_refused_total{lane="0"} 0
        # HELP earshot_ship_backlog_bytes Bytes waiting.
        # TYPE earshot_ship_backlog_bytes gauge
        earshot_ship_backlog_bytes 1.5
        # HELP earshot_ship_latency_seconds Wire to sink.
        # TYPE earshot_ship_latency_seconds histogram
        earshot_ship_latency_seconds_bucket{le="0.1"} 2
        earshot_ship_latency_seconds_bucket{le="1"} 3
        earshot_ship_latency_seconds_bucket{le="+Inf"} 4
        earshot_ship_latency_seconds_sum 3.6
        earshot_ship_latency_seconds_count 4
        # HELP earshot_ship_lines_total Lines by sink.
        # TYPE earshot_ship_lines_total counter
        earshot_ship_lines_total{sink="a\\"b\\\\c\\nd"} 42
        earshot_ship_lines_total{sink="z"} 7

        """

    @Test func `the text format is what Prometheus reads, sorted and escaped`() {
        #expect(ExpositionTests.sample().exposition() == ExpositionTests.golden)
    }

    @Test func `the same name and labels give the same instrument`() {
        let metrics = MetricsRegistry()
        let one = metrics.counter("a_total", help: "x", labels: ["l": "1"])
        let two = metrics.counter("a", help: "x", labels: ["l": "1"])
        let other = metrics.counter("a", help: "x", labels: ["l": "2"])
        one.add(5)
        #expect(two.value == 5)
        #expect(other.value == 0)
    }

    @Test(.enabled(if: Promtool.isThere))
    func `promtool has no remark`() throws {
        let metrics = ExpositionTests.sample()
        ProcessMetrics.register(in: metrics, process: "earshot-test", version: "0.0.0")
        #expect(try Promtool.check(metrics.exposition()) == "")
        // The check itself is real: a counter without its suffix is remarked upon.
        let bad = "# HELP a_b x\n# TYPE a_b counter\na_b 1\n"
        #expect(try Promtool.check(bad) != "")
    }

    @Test func `numbers are written without a needless fraction`() {
        let metrics = MetricsRegistry()
        metrics.gauge("a", help: "a").set(3)
        metrics.gauge("b", help: "b").set(.infinity)
        metrics.gauge("c", help: "c").set(-0.25)
        let text = metrics.exposition()
        #expect(text.contains("\na 3\n"))
        #expect(text.contains("\nb +Inf\n"))
        #expect(text.contains("\nc -0.25\n"))
    }
}
