// Takes exchanges out of an HTTP/2 connection while it is at work.

import Bytes
import HTTP

/// The exchanges that ended during one call into a connection.
struct HTTP2Collector: ~Copyable, HTTP2EventSink {
    var exchanges: [HTTP2Exchange] = []

    mutating func exchangeFinished(_ exchange: HTTP2Exchange, messages: inout Slab<Message>) {
        exchanges.append(exchange)
    }
}
