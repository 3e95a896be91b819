// The rules in force, for all lanes; each takes a change at its next segment.

public import Rules
import Synchronization

/// A set of rules that can be replaced, with a number that grows when it is.
public final class RulesSource: Sendable {
    private struct State: Sendable {
        var rules: RuleSet?
        var generation: UInt64 = 0
    }

    private let state: Mutex<State>

    /// Begins with these rules; nil keeps everything.
    public init(_ rules: RuleSet?) { state = Mutex(State(rules: rules)) }

    /// Replaces the rules; lanes take them at their next segment.
    public func replace(_ rules: RuleSet?) {
        state.withLock { state in
            state.rules = rules
            state.generation += 1
        }
    }

    /// The rules and their number.
    var current: (rules: RuleSet?, generation: UInt64) {
        state.withLock { ($0.rules, $0.generation) }
    }
}
