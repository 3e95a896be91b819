// `state/assemble.json`: how far all lanes are, for retention, status and ledger. Written by all
// lanes through one value, a few times a minute.

public import Spool
import Synchronization

/// Keeps the one file that says how far assemble is.
public final class AssembleBook: Sendable {
    private let file: StateFile<AssembleState>
    private let state: Mutex<AssembleState>

    /// Opens the book of a spool.
    ///
    /// A damaged one is begun anew: each lane has its own place in a file of its own.
    public init(_ spool: LaneSpool) throws(SpoolError) {
        file = StateFile(
            AssembleState.self, name: AssembleState.fileName, layout: spool.layout,
            files: spool.files)
        var loaded = AssembleState()
        do throws(SpoolError) {
            loaded = try file.load()?.value ?? AssembleState()
        } catch {
            guard case .damagedState = error else { throw error }
        }
        state = Mutex(loaded)
    }

    /// Notes how far a lane is; durable when it returns.
    ///
    /// - Parameters:
    ///   - lane: The lane.
    ///   - next: The first segment whose calls are not sealed.
    ///   - needed: The first segment a restart reads.
    public func note(_ lane: UInt32, next: UInt64, needed: UInt64) throws(SpoolError) {
        let result = state.withLock { state -> Result<Void, SpoolError> in
            let isKnown =
                state.next[lane]?.sequence == next && state.needed[lane]?.sequence == needed
            if isKnown { return .success(()) }
            state.next[lane] = Position(sequence: next)
            state.needed[lane] = Position(sequence: needed)
            // Under the lock: an older state must not be written over a newer one.
            return Result { () throws(SpoolError) in try file.store(state) }
        }
        try result.get()
    }

    /// How far a lane was.
    public func next(_ lane: UInt32) -> UInt64? { state.withLock { $0.next[lane]?.sequence } }
}
