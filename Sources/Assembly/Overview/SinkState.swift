// How a sink is, as ship writes it down once a second: `state/ship-<sink>.status.json`.

import Platform
import Spool

/// A sink's last word.
public struct SinkState: Codable, Sendable, Equatable {
    /// The sink's name.
    public var sink: String
    /// `running`, `retrying`, `paused`, `stopped` or `ended`.
    public var state: String
    /// Why the last attempt failed.
    public var lastError: String?
    /// When that was, nanoseconds since 1970.
    public var lastErrorNanoseconds: Int64?
    /// When it last acknowledged something.
    public var lastSuccessNanoseconds: Int64?
    /// Failures in a row.
    public var failures: Int
    /// Totals by name.
    public var totals: [String: UInt64]
    /// When this was written.
    public var updatedNanoseconds: Int64

    /// The states of all sinks; one that cannot be read is left out.
    static func all(in spool: LaneSpool) throws(SpoolError) -> [SinkState] {
        var states: [SinkState] = []
        let names: [String]
        do throws(IOError) {
            names = try spool.files.names(in: spool.layout.stateDirectory)
        } catch {
            if error.isMissing { return [] }
            throw .io(error)
        }
        for name in names where name.hasPrefix("ship-") && name.hasSuffix(".status.json") {
            let file = StateFile(
                SinkState.self, name: name, layout: spool.layout, files: spool.files)
            // It is replaced while we look; the next look sees it.
            if let state = try? file.load()?.value { states.append(state) }
        }
        return states
    }
}
