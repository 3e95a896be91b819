// One loop's sign of life. Relaxed ordering: only the number itself is read.

import Synchronization

/// A loop that promises to beat at least every `maximumSilence`.
public final class Heartbeat: Sendable {
    /// The loop's name, as `/healthz` shows it.
    public let name: String
    /// The longest silence that still counts as alive.
    public let maximumSilence: Duration

    private let started: ContinuousClock.Instant
    private let lastNanoseconds = Atomic<Int64>(0)

    init(name: String, maximumSilence: Duration, now: ContinuousClock.Instant) {
        self.name = name
        self.maximumSilence = maximumSilence
        started = now
    }

    /// Says that the loop turns.
    public func beat(at now: ContinuousClock.Instant = .now) {
        lastNanoseconds.store((now - started).wholeNanoseconds, ordering: .relaxed)
    }

    /// Says that the loop has ended as it should: it is never silent again.
    public func retire() { lastNanoseconds.store(.max, ordering: .relaxed) }

    /// How long the loop has been silent.
    public func silence(at now: ContinuousClock.Instant = .now) -> Duration {
        let last = lastNanoseconds.load(ordering: .relaxed)
        return (now - started) - .nanoseconds(last)
    }
}

extension Duration {
    /// The duration in whole nanoseconds, saturating.
    public var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carried) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carried ? (seconds < 0 ? .min : .max) : sum
    }

    /// The duration in seconds, as a fraction.
    public var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
