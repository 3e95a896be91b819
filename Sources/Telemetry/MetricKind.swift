/// What a metric's values mean.
public enum MetricKind: String, Sendable {
    /// Only grows; starts at 0 with the process.
    case counter
    /// Goes up and down.
    case gauge
    /// Counts observations by size.
    case histogram
}
