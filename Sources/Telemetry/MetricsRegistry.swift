// Where a process keeps its metrics: instruments that threads raise, and closures asked at scrape
// time.

import Synchronization

/// The metrics of one process.
///
/// Instruments (`counter`, `gauge`, `histogram`) are lock-free or cheap to raise; asking twice for
/// the same name and labels gives the same instrument. `collect` adds closures for numbers kept
/// elsewhere.
public final class MetricsRegistry: Sendable {
    private enum Instrument: Sendable {
        case counter(Counter)
        case gauge(Gauge)
        case histogram(Histogram)
    }

    private struct Entry: Sendable {
        var name: String
        var labels: MetricLabels
        var help: String
        var instrument: Instrument
    }

    private struct State: Sendable {
        var entries: [Entry] = []
        var collectors: [@Sendable (inout MetricsSnapshot) -> Void] = []
    }

    private let state = Mutex(State())

    /// Creates an empty registry.
    public init() {}

    /// The counter of this name and these labels; `_total` is appended when it is missing.
    public func counter(_ name: String, help: String, labels: MetricLabels = [:]) -> Counter {
        let name = MetricName.counter(name)
        return state.withLock { state in
            for entry in state.entries where entry.name == name && entry.labels == labels {
                if case .counter(let counter) = entry.instrument { return counter }
            }
            let counter = Counter()
            state.entries.append(
                Entry(
                    name: name, labels: labels, help: help, instrument: .counter(counter)))
            return counter
        }
    }

    /// The gauge of this name and these labels.
    public func gauge(_ name: String, help: String, labels: MetricLabels = [:]) -> Gauge {
        state.withLock { state in
            for entry in state.entries where entry.name == name && entry.labels == labels {
                if case .gauge(let gauge) = entry.instrument { return gauge }
            }
            let gauge = Gauge()
            state.entries.append(
                Entry(
                    name: name, labels: labels, help: help, instrument: .gauge(gauge)))
            return gauge
        }
    }

    /// The histogram of this name and these labels, in seconds or bytes as its name says.
    public func histogram(
        _ name: String, help: String, labels: MetricLabels = [:],
        bounds: [Double] = Histogram.latencyBounds
    ) -> Histogram {
        state.withLock { state in
            for entry in state.entries where entry.name == name && entry.labels == labels {
                if case .histogram(let histogram) = entry.instrument { return histogram }
            }
            let histogram = Histogram(bounds: bounds)
            state.entries.append(
                Entry(
                    name: name, labels: labels, help: help, instrument: .histogram(histogram)))
            return histogram
        }
    }

    /// Registers a closure that adds samples whenever the metrics are read.
    ///
    /// It runs on the server's thread: it may take a short lock, never do input or output that
    /// waits.
    public func collect(_ body: @escaping @Sendable (inout MetricsSnapshot) -> Void) {
        state.withLock { $0.collectors.append(body) }
    }

    /// Everything as it is now.
    public func snapshot() -> MetricsSnapshot {
        let (entries, collectors) = state.withLock { ($0.entries, $0.collectors) }
        var snapshot = MetricsSnapshot()
        for entry in entries {
            switch entry.instrument {
            case .counter(let counter):
                snapshot.counter(
                    entry.name, counter.value, help: entry.help, labels: entry.labels)
            case .gauge(let gauge):
                snapshot.gauge(entry.name, gauge.value, help: entry.help, labels: entry.labels)
            case .histogram(let histogram):
                snapshot.histogram(
                    entry.name, histogram, help: entry.help, labels: entry.labels)
            }
        }
        for collector in collectors { collector(&snapshot) }
        return snapshot
    }

    /// Everything as it is now, in the Prometheus text format.
    public func exposition() -> String { snapshot().exposition() }
}
