// The rules and the packet filter in force, for all lanes; each takes a change at its next segment,
// so that all packets of one segment met the same filter.

public import Rules
import Synchronization
public import Wire

/// A set of rules and a filter that can be replaced, with a number that grows when one is.
public final class RulesSource: Sendable {
    /// Ports and networks that replace those of the start.
    struct Filter: Sendable {
        var ports: [UInt16]
        var networks: VNIFilter
    }

    /// What is in force.
    struct State: Sendable {
        var rules: RuleSet?
        /// nil until it is replaced: the engine was made with the first one.
        var filter: Filter?
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

    /// Replaces the filter; lanes take it at their next segment.
    public func replaceFilter(ports: [UInt16], networks: VNIFilter) {
        state.withLock { state in
            state.filter = Filter(ports: ports, networks: networks)
            state.generation += 1
        }
    }

    /// What is in force, and its number.
    var current: State { state.withLock { $0 } }
}
