// What became of connections, messages and bytes behind reassembly.

/// Counters of the calls' room.
public struct CallCounters: Sendable, BitwiseCopyable {
    /// Calls written, request and response both whole.
    public var full: UInt64 = 0
    /// Calls written with bytes missing.
    public var partial: UInt64 = 0
    /// Requests written without a response.
    public var requestOnly: UInt64 = 0
    /// Responses written without a request.
    public var responseOnly: UInt64 = 0
    /// Interim (1xx) responses, which are no calls.
    public var interimResponses: UInt64 = 0
    /// Messages of which only part of the head was seen, and nothing to go with it.
    public var remnants: UInt64 = 0
    /// Calls that a rule dropped.
    public var droppedByRule: UInt64 = 0
    /// Connections on which HTTP was found.
    public var httpConnections: UInt64 = 0
    /// Connections that carried bytes, none of them HTTP.
    public var otherConnections: UInt64 = 0
    /// Bytes of TLS connections.
    public var tlsBytes: UInt64 = 0
    /// Bytes of cleartext HTTP/2 connections.
    public var http2Bytes: UInt64 = 0
    /// Bytes of WebSocket conversations.
    public var webSocketBytes: UInt64 = 0
    /// WebSocket messages that could not be inflated and were kept as they were.
    public var webSocketMessagesUndecodable: UInt64 = 0
    /// Records that are a piece of a longer call or conversation.
    public var pieces: UInt64 = 0
    /// Bytes in tunnels and upgraded connections of other protocols.
    public var tunnelBytes: UInt64 = 0
    /// Bytes of other protocols.
    public var otherBytes: UInt64 = 0
    /// Bytes of PROXY protocol headers.
    public var proxyHeaderBytes: UInt64 = 0
    /// Bodies that could not be decoded and were kept as they were.
    public var bodiesUndecodable: UInt64 = 0
    /// Bodies cut at the body limit.
    public var bodiesCut: UInt64 = 0
    /// Bodies of which only the beginning was kept because memory ran short.
    public var bodiesCutForMemory: UInt64 = 0
    /// Requests reported without waiting further because too many waited.
    public var waitingOverLimit: UInt64 = 0
    /// Requests or responses whose counterpart TCP evidence showed to be lost.
    public var repaired: UInt64 = 0

    /// Creates counters at zero.
    public init() {}

    /// All records written.
    public var calls: UInt64 { full + partial + requestOnly + responseOnly }

    /// Calls `body` with every counter's name and value.
    public func forEach(_ body: (_ name: StaticString, _ value: UInt64) -> Void) {
        body("calls_full", full)
        body("calls_partial", partial)
        body("calls_request_only", requestOnly)
        body("calls_response_only", responseOnly)
        body("calls_interim_responses", interimResponses)
        body("calls_remnants", remnants)
        body("calls_dropped_by_rule", droppedByRule)
        body("connections_http", httpConnections)
        body("connections_other", otherConnections)
        body("bytes_tls", tlsBytes)
        body("bytes_http2", http2Bytes)
        body("bytes_websocket", webSocketBytes)
        body("websocket_messages_undecodable", webSocketMessagesUndecodable)
        body("calls_pieces", pieces)
        body("bytes_tunnel", tunnelBytes)
        body("bytes_other_protocol", otherBytes)
        body("bytes_proxy_header", proxyHeaderBytes)
        body("bodies_undecodable", bodiesUndecodable)
        body("bodies_cut", bodiesCut)
        body("bodies_cut_for_memory", bodiesCutForMemory)
        body("requests_waiting_over_limit", waitingOverLimit)
        body("pairs_repaired", repaired)
    }
}
