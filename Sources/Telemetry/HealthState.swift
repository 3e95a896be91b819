// Whether the process is alive (its loops turn) and ready (nothing stands in its way).

import Synchronization

/// What `/healthz` and `/readyz` answer from.
///
/// Alive: every registered loop has beaten lately. Ready: alive, and no reason against it is set.
/// A process starts not ready, for the reason `starting`, until `clear("starting")`.
public final class HealthState: Sendable {
    private struct State: Sendable {
        var loops: [Heartbeat] = []
        var reasons: [String: String] = ["starting": "the process has not started its work yet"]
    }

    /// An answer to a probe.
    public struct Answer: Sendable, Equatable {
        /// Whether all is well.
        public var isGood: Bool
        /// One line for each thing that is not, or `ok`.
        public var lines: [String]
    }

    private let state = Mutex(State())

    /// Creates the state of a process that is starting.
    public init() {}

    /// Registers a loop that will beat at least every `maximumSilence`.
    public func loop(
        _ name: String, maximumSilence: Duration = .seconds(30),
        now: ContinuousClock.Instant = .now
    ) -> Heartbeat {
        let heartbeat = Heartbeat(name: name, maximumSilence: maximumSilence, now: now)
        state.withLock { $0.loops.append(heartbeat) }
        return heartbeat
    }

    /// Sets a reason against being ready; the same key replaces the text.
    public func set(_ key: String, because reason: String) {
        state.withLock { $0.reasons[key] = reason }
    }

    /// Takes a reason back.
    public func clear(_ key: String) {
        _ = state.withLock { $0.reasons.removeValue(forKey: key) }
    }

    /// Whether the work has not begun yet.
    public var isStarting: Bool { state.withLock { $0.reasons["starting"] != nil } }

    /// Whether all loops turn.
    public func health(at now: ContinuousClock.Instant = .now) -> Answer {
        let loops = state.withLock { $0.loops }
        var lines: [String] = []
        for loop in loops {
            let silence = loop.silence(at: now)
            if silence > loop.maximumSilence {
                lines.append("\(loop.name): silent for \(silence.components.seconds) s")
            }
        }
        return Answer(isGood: lines.isEmpty, lines: lines.isEmpty ? ["ok"] : lines)
    }

    /// Whether all loops turn and no reason against being ready is set.
    public func readiness(at now: ContinuousClock.Instant = .now) -> Answer {
        let health = health(at: now)
        var lines = health.isGood ? [] : health.lines
        let reasons = state.withLock { $0.reasons }
        for (key, reason) in reasons.sorted(by: { $0.key < $1.key }) {
            lines.append("\(key): \(reason)")
        }
        return Answer(isGood: lines.isEmpty, lines: lines.isEmpty ? ["ok"] : lines)
    }
}
