// Counters with the room they belong to: two rooms may use the same word for different things.

import HTTP
import Reassembly
import Rules
import Wire

extension Engine {
    /// Calls `body` with every counter: its room, its name in the room, its value.
    ///
    /// The order is the same for every engine.
    public func forEachCounter(
        _ body: (_ room: StaticString, _ name: StaticString, _ value: UInt64) -> Void
    ) {
        decoder.counters.forEach { body("wire", $0, $1) }
        path.flows.counters.forEach { body("reassembly", $0, $1) }
        path.calls.http1Counters.forEach { body("http1", $0, $1) }
        path.calls.http2Counters.forEach { body("http2", $0, $1) }
        path.calls.webSocketCounters.forEach { body("websocket", $0, $1) }
        path.calls.counters.forEach { body("calls", $0, $1) }
        path.calls.rulesCounters.forEach { body("rules", $0, $1) }
    }
}
