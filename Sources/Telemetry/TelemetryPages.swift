// What the telemetry server answers, without the server: path in, page out.

/// The pages of the telemetry server.
public struct TelemetryPages: Sendable {
    /// One answer.
    public struct Page: Sendable, Equatable {
        /// The HTTP status.
        public var status: Int
        /// The `Content-Type`.
        public var contentType: String
        /// The body.
        public var body: String
    }

    private let metrics: MetricsRegistry
    private let health: HealthState

    /// Creates the pages over a process's metrics and health.
    public init(metrics: MetricsRegistry, health: HealthState) {
        self.metrics = metrics
        self.health = health
    }

    /// The answer to a request.
    public func answer(method: String, path: String) -> Page {
        guard method == "GET" || method == "HEAD" else {
            return Page(status: 405, contentType: "text/plain", body: "only GET and HEAD\n")
        }
        switch path {
        case "/metrics":
            return Page(
                status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8",
                body: metrics.exposition())
        case "/healthz", "/livez":
            return probe(health.health())
        case "/readyz":
            return probe(health.readiness())
        case "/":
            return Page(
                status: 200, contentType: "text/plain", body: "/metrics\n/healthz\n/readyz\n")
        default:
            return Page(status: 404, contentType: "text/plain", body: "no such page\n")
        }
    }

    private func probe(_ answer: HealthState.Answer) -> Page {
        Page(
            status: answer.isGood ? 200 : 503, contentType: "text/plain; charset=utf-8",
            body: answer.lines.joined(separator: "\n") + "\n")
    }
}
