// What an HTTP/2 connection gives out: one exchange per stream.

public import Bytes

/// How an exchange ended.
public enum HTTP2Ending: UInt8, Sendable, BitwiseCopyable {
    /// Both messages ended.
    case finished
    /// RST_STREAM.
    case reset
    /// GOAWAY said that the stream was not processed.
    case refused
    /// The connection, or the server's side of it, ended first.
    case connectionEnded
    /// Too many streams were open.
    case evicted
}

/// A request and its response, as far as they were seen.
public struct HTTP2Exchange: Equatable, Sendable, BitwiseCopyable {
    /// The stream.
    public var stream: UInt32
    /// The request's handle, -1 when it was never seen.
    public var request: Int32
    /// The response's handle, -1 when there was none.
    public var response: Int32
    /// How it ended.
    public var ending: HTTP2Ending
    /// RST_STREAM's error code; 0 otherwise.
    public var errorCode: UInt32
    /// Whether the server promised it (RFC 9113 §8.4).
    public var isPushed: Bool
    /// Whether the method is CONNECT: bodies are a tunnel's bytes (RFC 9113 §8.5, RFC 8441).
    public var isTunnel: Bool
    /// Pieces of it written before.
    public var pieceCount: UInt32 = 0
    /// Decoded bytes of the response's body that those said.
    public var saidByteCount = 0
}

/// Takes exchanges.
public protocol HTTP2EventSink: ~Copyable {
    /// An exchange is over; its messages belong to the sink now, which releases them.
    mutating func exchangeFinished(_ exchange: HTTP2Exchange, messages: inout Slab<Message>)
}
