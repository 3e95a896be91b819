// All series at one moment, on their way to the text format. A snapshot is built by one thread.
//
// Source: the Prometheus text exposition format, version 0.0.4.

/// Families of samples, collected for one answer.
public struct MetricsSnapshot: Sendable {
    struct Sample: Sendable {
        var suffix: String
        var labels: MetricLabels
        var extra: MetricLabels.Pair?
        var value: String
    }

    struct Family: Sendable {
        var kind: MetricKind
        var help: String
        var samples: [Sample] = []
    }

    private(set) var families: [String: Family] = [:]

    /// Creates an empty snapshot.
    public init() {}

    /// Adds one counter value; `_total` is appended to the name when it is missing.
    public mutating func counter(
        _ name: String, _ value: UInt64, help: String, labels: MetricLabels = [:]
    ) {
        add(
            MetricName.counter(name), .counter, help,
            Sample(
                suffix: "", labels: labels, extra: nil, value: String(value)))
    }

    /// Adds one counter that is a sum of seconds or another fraction.
    public mutating func counter(
        _ name: String, fraction value: Double, help: String, labels: MetricLabels = [:]
    ) {
        add(
            MetricName.counter(name), .counter, help,
            Sample(
                suffix: "", labels: labels, extra: nil, value: MetricsSnapshot.text(value)))
    }

    /// Adds one gauge value.
    public mutating func gauge(
        _ name: String, _ value: Double, help: String, labels: MetricLabels = [:]
    ) {
        add(
            name, .gauge, help,
            Sample(
                suffix: "", labels: labels, extra: nil, value: MetricsSnapshot.text(value)))
    }

    /// Adds every counter of a module's counter block as `<prefix>_<name>_total`.
    ///
    /// - Parameters:
    ///   - prefix: For example `earshot_assemble_http`.
    ///   - of: What is counted, for the help text: `HTTP parser`.
    ///   - labels: Labels on each of them.
    ///   - forEach: The block's `forEach`.
    public mutating func counters(
        _ prefix: String, of subject: String, labels: MetricLabels = [:],
        _ forEach: ((StaticString, UInt64) -> Void) -> Void
    ) {
        var pairs: [(String, UInt64)] = []
        forEach { name, value in pairs.append((name.description, value)) }
        for (name, value) in pairs {
            let words = name.split(separator: "_").joined(separator: " ")
            counter("\(prefix)_\(name)", value, help: "\(subject): \(words).", labels: labels)
        }
    }

    /// Adds a histogram.
    public mutating func histogram(
        _ name: String, _ histogram: Histogram, help: String, labels: MetricLabels = [:]
    ) {
        let state = histogram.snapshot
        var total: UInt64 = 0
        for (index, count) in state.counts.enumerated() {
            total &+= count
            let bound =
                index < histogram.bounds.count
                ? MetricsSnapshot.text(histogram.bounds[index]) : "+Inf"
            add(
                name, .histogram, help,
                Sample(
                    suffix: "_bucket", labels: labels,
                    extra: MetricLabels.Pair(name: "le", value: bound), value: String(total)))
        }
        add(
            name, .histogram, help,
            Sample(
                suffix: "_sum", labels: labels, extra: nil, value: MetricsSnapshot.text(state.sum)))
        add(
            name, .histogram, help,
            Sample(
                suffix: "_count", labels: labels, extra: nil, value: String(total)))
    }

    private mutating func add(
        _ name: String, _ kind: MetricKind, _ help: String, _ sample: Sample
    ) {
        precondition(MetricName.isValid(name), "a metric name is lower-case snake case")
        families[name, default: Family(kind: kind, help: help)].samples.append(sample)
    }

    /// The snapshot in the text exposition format, families sorted by name.
    public func exposition() -> String {
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            let help = family.help.split(separator: "\n").joined(separator: " ")
            text += "# HELP \(name) \(help)\n# TYPE \(name) \(family.kind.rawValue)\n"
            for sample in family.samples {
                text += name + sample.suffix + sample.labels.text(extra: sample.extra)
                text += " " + sample.value + "\n"
            }
        }
        return text
    }

    /// A value as the text format writes it: whole numbers without a fraction.
    static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value.rounded() == value, abs(value) < 1e15 { return String(Int64(value)) }
        return String(value)
    }
}
