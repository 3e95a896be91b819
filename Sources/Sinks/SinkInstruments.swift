// The metrics of one sink. Counters run from the start of the process; totals live in the cursor.

public import Telemetry

/// What a sink counts.
public final class SinkInstruments: Sendable {
    let lines: Counter
    let bytes: Counter
    let batches: Counter
    let retries: Counter
    let dead: Counter
    let oversized: Counter
    let damagedBytes: Counter
    let missingSegments: Counter
    let latency: Histogram
    private let states: [(mood: String, gauge: Gauge)]

    /// Registers the instruments of a sink.
    public init(sink: String, metrics: MetricsRegistry) {
        let labels: MetricLabels = ["sink": sink]
        func counter(_ name: String, _ help: String) -> Counter {
            metrics.counter("earshot_ship_\(name)_total", help: help, labels: labels)
        }
        lines = counter("lines_acknowledged", "Call records the sink acknowledged.")
        bytes = counter("bytes_acknowledged", "Bytes of call records the sink acknowledged.")
        batches = counter("batches_acknowledged", "Batches the sink acknowledged.")
        retries = counter("attempts_failed", "Attempts that failed and are repeated.")
        dead = counter("records_dead", "Call records the sink refused for good.")
        oversized = counter("records_oversized", "Call records too long to be sent; dead, too.")
        damagedBytes = counter("damaged_bytes", "Bytes of broken lines in damaged segments.")
        missingSegments = counter("missing_segments", "Call segments gone before they were sent.")
        latency = metrics.histogram(
            "earshot_ship_latency_seconds",
            help: "From a response's first packet to the sink's acknowledgement.", labels: labels)
        states = ["running", "retrying", "paused", "ended"].map { mood in
            (
                mood,
                metrics.gauge(
                    "earshot_ship_sink_state", help: "1 for the state the sink is in.",
                    labels: labels.adding("state", mood))
            )
        }
    }

    /// Shows the state.
    func show(_ mood: String) {
        for state in states { state.gauge.set(state.mood == mood ? 1 : 0) }
    }
}
